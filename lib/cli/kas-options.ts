import type { Command } from 'commander'
import { Option } from 'commander'
import { HardenError } from '../base/errors.ts'
import type { Io } from '../base/io.ts'

/** Options of every verb that builds, as commander parses them. */
export interface KasOptions {
  engine?: string
  workDir?: string
  target?: string[]
  task?: string
  provenance?: string
  board?: string[]
  runtimeArgs?: string
  isar?: boolean
  isarPrivileged?: boolean
  isarRootless?: boolean
}

function collect(text: string, before: string[] = []): string[] {
  return [...before, text]
}

function list(text: string, before: string[] = []): string[] {
  return [...before, ...text.split(',').map((part) => part.trim())]
}

/** Adds --engine and what kas and kas-container take. Former names of kas are understood and not shown. */
export function withKas(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--engine <name>',
        'what builds: kas-container, kas or mmdebstrap (default: kas-container where docker or podman answers, else kas)'
      )
    )
    .option(
      '--work-dir <directory>',
      'kas: KAS_WORK_DIR of the build (default: one per project below ~/.cache/kas-harden)'
    )
    .option(
      '--target <recipe>',
      "kas: build this instead of the project's target; several times for several",
      collect
    )
    .option('--task <name>', 'kas: the task of bitbake, such as rootfs')
    .option('--provenance <mode>', 'kas: attestation of the build: true, mode=min or mode=max')
    .option('--board <name>', 'kas: build for these boards in turn, joined by commas', list)
    .option('--runtime-args <args>', 'kas-container: more arguments for docker or podman')
    .addOption(new Option('--docker-args <args>').hideHelp())
    .option('--isar-privileged', 'kas-container: run a privileged container whatever build_system says')
    .option('--isar-rootless', 'kas-container: run without root whatever build_system says')
    .addOption(new Option('--isar').hideHelp())
}

/** The options as the library takes them. */
export function kasChoice(options: KasOptions & { dockerArgs?: string }) {
  const privileged = options.isar === true || options.isarPrivileged === true
  if (privileged && options.isarRootless) {
    throw new HardenError('usage', 'ISAR_MODE', 'A build is either privileged or rootless.', {
      hint: 'Name one of --isar-privileged and --isar-rootless, or none: build_system says it.'
    })
  }
  const mode = privileged
    ? ('isar-privileged' as const)
    : options.isarRootless
      ? ('isar-rootless' as const)
      : undefined
  return {
    engine: options.engine,
    workDir: options.workDir,
    targets: options.target,
    task: options.task,
    provenance: options.provenance,
    boards: options.board,
    runtimeArgs: options.runtimeArgs ?? options.dockerArgs,
    mode
  }
}

/**
 * What stands behind `--`, for bitbake.
 * @throws HardenError usage `UNEXPECTED_ARGUMENT` when there is no `--`: a second chain, most likely.
 */
export function bitbakeArguments(words: readonly string[], io: Pick<Io, 'argv'>): readonly string[] {
  if (words.length === 0 || io.argv.includes('--')) return words
  throw new HardenError('usage', 'UNEXPECTED_ARGUMENT', `What is '${words[0] ?? ''}'?`, {
    hint: 'Kas files are joined by colons; arguments for bitbake stand behind --.'
  })
}

/** Tells a progress that all went well and hands the result on. */
export function ended<T>(progress: { done(): void }): (result: T) => T {
  return (result) => {
    progress.done()
    return result
  }
}
