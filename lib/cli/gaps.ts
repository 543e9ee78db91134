import { resolve } from 'node:path'
import type { Command } from 'commander'
import { formatFinding } from '../base/code-frame.ts'
import { targetChoice, withTarget, writeJson, type CliContext, type TargetOptions } from './context.ts'
import type { GapsJson } from './results.ts'
import { runtimeChoice, withRuntime, type RuntimeOptions } from './runtime-options.ts'

interface Options extends TargetOptions, RuntimeOptions {
  json?: boolean
}

/** `kas-harden gaps IMAGE --sl 3`: what lies between an image and a level, by who closes it. */
export function addGaps(program: Command, context: CliContext): void {
  const command = withTarget(program.command('gaps'))
    .summary('list what an image lacks for a security level, and who closes it')
    .description(
      'Verifies the image and lists every line that is not met: ready-made controls with their packages, tests to run, the work of the supplier, hardware. Exit 0 whatever is missing; `verify` has the gate.'
    )
    .argument('<image>', 'the image')
    .option('--json', 'machine-readable')
  withRuntime(command).action(async (image: string, options: Options) => {
    const { io } = context
    const { openSession } = await import('../flow/session.ts')
    const { assessImage } = await import('../flow/assess-image.ts')
    const { gapsOf } = await import('../assess/gaps.ts')
    const session = await openSession(targetChoice(options), io)
    const result = await assessImage(resolve(io.cwd, image), session, io, {
      release: options.release,
      ...runtimeChoice(options, io)
    })
    for (const finding of result.findings) io.stderr.write(formatFinding(finding) + '\n')
    const gaps = gapsOf(result.assessment, result.profile.controls)
    if (options.json) {
      writeJson(io, {
        target: result.assessment.target,
        scope: result.assessment.scope,
        gaps
      } satisfies GapsJson)
      return
    }
    const { renderGaps } = await import('../report/gaps.ts')
    io.stdout.write(renderGaps(result.assessment, gaps))
  })
}
