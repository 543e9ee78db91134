import type { Command } from 'commander'
import { targetChoice, withTarget, writeJson, type CliContext, type TargetOptions } from './context.ts'
import type { PackagesJson } from './results.ts'

interface Options extends TargetOptions {
  json?: boolean
  reference?: string
}

/** `kas-harden packages`: the Debian packages of a profile, each with the requirement that justifies it. */
export function addPackages(program: Command, context: CliContext): void {
  withTarget(program.command('packages'))
    .summary('list the Debian packages of a target')
    .description('The Debian packages a target needs, each with the requirement that justifies it.')
    .option('--reference <set>', 'compare with a reference set: cip')
    .option('--json', 'machine-readable')
    .action(async (options: Options) => {
      const { listPackages, describePackages } = await import('../flow/list-packages.ts')
      const { openSession } = await import('../flow/session.ts')
      const session = await openSession(targetChoice(options), context.io)
      const listed = listPackages(session, options.release, options.reference)
      if (options.json) writeJson(context.io, listed satisfies PackagesJson)
      else context.io.stdout.write(describePackages(listed))
    })
}
