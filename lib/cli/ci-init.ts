import type { Command } from 'commander'
import { targetChoice, withTarget, writeJson, type CliContext, type TargetOptions } from './context.ts'

interface Options extends TargetOptions {
  board?: string[]
  engine?: string
  fleet?: boolean
  check?: boolean
  json?: boolean
}

/** `kas-harden ci init CHAIN`: the GitLab component in a project. */
export function addCiInit(ci: Command, context: CliContext): void {
  withTarget(ci.command('init'))
    .summary('put the GitLab component into a project')
    .description(
      'Writes .gitlab/kas-harden.yml (with --fleet .gitlab/kas-harden-fleet.yml) and adds its include to .gitlab-ci.yml; nothing else of that file changes. A second run changes nothing.'
    )
    .argument('<chain>', 'kas files, joined by colons')
    .option('--board <names>', 'boards to build, joined by commas', (text: string) => text.split(','))
    .option('--engine <name>', 'what builds: kas-container, kas or mmdebstrap')
    .option('--fleet', 'the component that makes a child pipeline from the boards of kas-harden.yml')
    .option('--check', 'write nothing; exit 1 when something would be written')
    .option('--json', 'machine-readable')
    .action(async (chain: string, options: Options) => {
      const { io } = context
      const { initCi } = await import('../flow/ci-init.ts')
      const { securityLevel, components } = targetChoice(options)
      const done = await initCi(
        {
          chain,
          securityLevels: securityLevel === undefined ? undefined : [securityLevel],
          components,
          boards: options.board,
          engine: options.engine,
          fleet: options.fleet,
          check: options.check
        },
        io
      )
      if (options.check && done.written.length > 0) context.exitCode = 1
      if (options.json) {
        writeJson(io, done)
        return
      }
      for (const path of done.missing)
        io.stderr.write(`note: ${path} is not there yet; the pipeline needs it (docs/gitlab.md)\n`)
      for (const path of done.written) io.stdout.write(`${path}\n`)
      if (done.written.length === 0) io.stderr.write('Nothing to do: component and include are there.\n')
    })
}
