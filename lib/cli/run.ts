import type { Command } from 'commander'
import { exitCodes } from '../base/errors.ts'
import { targetChoice, withTarget, type CliContext, type TargetOptions } from './context.ts'

interface Options extends TargetOptions {
  output?: string
  mirror?: string
  securityMirror?: string
  allowIncomplete?: boolean
  comparePlain?: boolean
  exampleKey?: boolean
  boot?: boolean
}

/** `kas-harden run`: apply, build, SBOM, verify and report in one go. */
export function addRun(program: Command, context: CliContext): void {
  withTarget(program.command('run'))
    .summary('apply, build, describe, verify and report in one go')
    .description(
      'Hardens the kas project, builds its image with the embedded engine, writes the SBOM, verifies the image and writes the report.'
    )
    .argument('<chain>', 'kas files, joined by colons')
    .option('-o, --output <directory>', 'where the artefacts go')
    .option('--mirror <uri>', 'Debian mirror (default: the one of this machine)')
    .option('--security-mirror <uri>', "mirror of Debian's security updates")
    .option('--allow-incomplete', 'build although the project holds parts only isar can build')
    .option('--compare-plain', 'build the plain image as well and show both side by side')
    .option('--example-key', 'make throw-away operator keys and mark the image as an example')
    .option('--boot', 'boot what was built in QEMU and log in with the example key')
    .action(async (chain: string, options: Options) => {
      const { io } = context
      const { runAll } = await import('../flow/run-all.ts')
      const { terminalProgress } = await import('./progress.ts')
      const progress = terminalProgress(io)
      const result = await runAll(chain, targetChoice(options), io, progress, options)
      progress.done()
      const { renderTerminal } = await import('../report/terminal.ts')
      io.stdout.write(
        renderTerminal(result.assessed.assessment, result.assessed.verification, {
          columns: io.stdout.columns,
          colour: io.stdout.isTTY === true && !io.env['NO_COLOR'],
          reports: result.reports
        })
      )
      io.stdout.write('\n' + result.closing)
      for (const reason of result.assessed.gate.reasons) io.stderr.write(`gate: ${reason}\n`)
      if (!result.assessed.gate.passed) context.exitCode = exitCodes.gate
    })
}
