import type { Command } from 'commander'
import { Option } from 'commander'
import type { CliContext } from './context.ts'
import { writeJson } from './context.ts'

interface Options {
  engine: string
  output?: string
  mirror?: string
  securityMirror?: string
  allowIncomplete?: boolean
  locked?: string
  json?: boolean
}

/** `kas-harden build`: makes the image of a kas project. */
export function addBuild(program: Command, context: CliContext): void {
  program
    .command('build')
    .summary('build the image of a kas project')
    .description(
      'Builds the image with the embedded engine: Debian packages by mmdebstrap, our settings packages, ext4, a UEFI disk. No container, no isar, no mount.'
    )
    .argument('<chain>', 'kas files, joined by colons')
    .addOption(new Option('--engine <name>', 'what builds').choices(['mmdebstrap']).default('mmdebstrap'))
    .option('-o, --output <directory>', 'where the artefacts go (default: build/kas-harden/images/<machine>)')
    .option('--mirror <uri>', 'Debian mirror (default: the one of this machine)')
    .option('--security-mirror <uri>', "mirror of Debian's security updates")
    .option('--allow-incomplete', 'build although the project holds parts only isar can build')
    .option('--locked <file>', 'require the package versions and hashes of a lock file')
    .option('--json', 'machine-readable')
    .action(async (chain: string, options: Options) => {
      const { io } = context
      const { buildProject } = await import('../flow/build-project.ts')
      const { terminalProgress } = await import('./progress.ts')
      const progress = terminalProgress(io)
      const built = await buildProject(chain, io, progress, {
        output: options.output,
        mirror: options.mirror,
        securityMirror: options.securityMirror,
        allowIncomplete: options.allowIncomplete,
        locked: options.locked
      })
      progress.done()
      if (options.json) writeJson(io, built)
      else for (const path of Object.values(built.artefacts)) io.stdout.write(path + '\n')
    })
}
