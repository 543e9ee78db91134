import { resolve } from 'node:path'
import type { Command } from 'commander'
import { exitCodes } from '../base/errors.ts'
import { formatFinding } from '../base/code-frame.ts'
import { targetChoice, withTarget, type CliContext, type TargetOptions } from './context.ts'
import { runtimeChoice, withRuntime, type RuntimeOptions } from './runtime-options.ts'

interface Options extends TargetOptions, RuntimeOptions {
  json?: boolean
  junit?: boolean
}

/** `kas-harden verify`: what an image proves, on one screen; exit 1 when the gate fails. */
export function addVerify(program: Command, context: CliContext): void {
  const command = withTarget(program.command('verify'))
    .summary('verify packages and settings of an image, offline')
    .description(
      "Works on anyone's image: directory, tar, ext4, squashfs, erofs, .wic, .swu, container image, dpkg status. Nothing of it is executed. Exit 1 when the gate fails."
    )
    .argument('<image>', 'the image')
    .option('--json', 'the assessment for machines (schemas/assessment.schema.json)')
    .option('--junit', 'JUnit XML; only met is a pass')
  withRuntime(command).action(async (image: string, options: Options) => {
    const { io } = context
    const { openSession } = await import('../flow/session.ts')
    const { assessImage } = await import('../flow/assess-image.ts')
    const session = await openSession(targetChoice(options), io)
    const result = await assessImage(resolve(io.cwd, image), session, io, {
      release: options.release,
      ...runtimeChoice(options, io)
    })
    for (const finding of result.findings) io.stderr.write(formatFinding(finding) + '\n')
    if (options.json) {
      const { renderJson } = await import('../report/json.ts')
      io.stdout.write(renderJson(result))
    } else if (options.junit) {
      const { renderJunit } = await import('../report/junit.ts')
      io.stdout.write(renderJunit(result))
    } else {
      const { renderTerminal } = await import('../report/terminal.ts')
      io.stdout.write(
        renderTerminal(result.assessment, result.verification, {
          columns: io.stdout.columns,
          colour: io.stdout.isTTY === true && !io.env['NO_COLOR']
        })
      )
    }
    for (const reason of result.gate.reasons) io.stderr.write(`gate: ${reason}\n`)
    if (!result.gate.passed) context.exitCode = exitCodes.gate
  })
}
