import type { Command } from 'commander'
import { targetChoice, withTarget, writeJson, type CliContext, type TargetOptions } from './context.ts'
import type { CatalogueJson } from './results.ts'

/** `kas-harden catalogue`: the requirements of a target, or the whole standard. */
export function addCatalogue(program: Command, context: CliContext): void {
  withTarget(program.command('catalogue'))
    .summary('list the requirements of IEC 62443-4-2')
    .description(
      'Lists the requirements of a target, or all 141 entries of IEC 62443-4-2 when no target is named.'
    )
    .option('--json', 'machine-readable')
    .action(async (options: TargetOptions & { json?: boolean }) => {
      const { listRequirements, describeRequirements } = await import('../flow/list-requirements.ts')
      const listed = listRequirements(targetChoice(options))
      if (options.json) writeJson(context.io, listed satisfies CatalogueJson)
      else context.io.stdout.write(describeRequirements(listed))
    })
}
