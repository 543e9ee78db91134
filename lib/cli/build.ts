import type { Command } from 'commander'
import { exitCodes } from '../base/errors.ts'
import type { BoardBuild } from '../flow/kas-build-boards.ts'
import { targetChoice, withTarget, writeJson, type CliContext, type TargetOptions } from './context.ts'
import { bitbakeArguments, ended, kasChoice, withKas, type KasOptions } from './kas-options.ts'
import { reportError } from './report-error.ts'

interface Options extends TargetOptions, KasOptions {
  output?: string
  mirror?: string
  securityMirror?: string
  allowIncomplete?: boolean
  locked?: string
  json?: boolean
}

/** `kas-harden build`: makes the image of a kas project. */
export function addBuild(program: Command, context: CliContext): void {
  withKas(withTarget(program.command('build')))
    .summary('build the image of a kas project')
    .description(
      'Builds the hardened image with kas-container, kas or the embedded engine (mmdebstrap: no container, no isar, no mount). With kas the project is not touched: everything generated is in a work directory of its own; after `apply` the versioned overlay is built.'
    )
    .argument('<chain>', 'kas files, joined by colons')
    .argument('[bitbake...]', 'behind --: arguments for bitbake, as they are')
    .option(
      '-o, --output <directory>',
      'mmdebstrap: where the artefacts go (default: build/kas-harden/images/<machine>)'
    )
    .option('--mirror <uri>', 'mmdebstrap: Debian mirror (default: the one of this machine)')
    .option('--security-mirror <uri>', "mmdebstrap: mirror of Debian's security updates")
    .option('--allow-incomplete', 'mmdebstrap: build although the project holds parts only isar can build')
    .option('--locked <file>', 'mmdebstrap: require the package versions and hashes of a lock file')
    .option('--json', 'machine-readable')
    .action(async (chain: string, bitbake: string[], options: Options) => {
      const { io } = context
      const { buildWith } = await import('../flow/build-project-with.ts')
      const { worstOf } = await import('../flow/kas-build-boards.ts')
      const { terminalProgress } = await import('./progress.ts')
      const progress = terminalProgress(io)
      const { output, mirror, securityMirror, allowIncomplete, locked, release } = options
      const building = buildWith(chain, io, progress, {
        ...{ output, mirror, securityMirror, allowIncomplete, locked, release },
        ...kasChoice(options),
        bitbakeArgs: bitbakeArguments(bitbake, io),
        target: targetChoice(options)
      })
      const result = await building.then(ended(progress)).finally(() => {
        progress.stop()
      })
      if (result.engine === 'mmdebstrap') {
        if (options.json) writeJson(io, result.built)
        else for (const path of Object.values(result.built.artefacts)) io.stdout.write(path + '\n')
        return
      }
      const { boards } = result
      if (options.json) writeJson(io, { engine: result.engine, boards: boards.map(forMachines) })
      else {
        for (const { path } of boards.flatMap(({ built }) => built?.artefacts ?? []))
          io.stdout.write(path + '\n')
      }
      for (const { failure } of boards) if (failure) reportError(failure, io)
      const worst = worstOf(boards)
      if (worst) context.exitCode = exitCodes[worst.kind]
    })
}

/** The plan has a verb of its own, and errors are no JSON by themselves. */
function forMachines({ board, built, failure }: BoardBuild) {
  const { plan, ...rest } = built ?? {}
  const { code, kind, message, hint, path } = failure ?? {}
  return {
    board,
    ...rest,
    target: plan?.target,
    error: failure ? { code, kind, message, hint, path } : undefined
  }
}
