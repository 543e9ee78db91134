import type { Command } from 'commander'
import { exitCodes } from '../base/errors.ts'
import { writeJson, type CliContext } from './context.ts'
import type { RemoveJson } from './results.ts'

/** `kas-harden remove`: undoes apply. */
export function addRemove(program: Command, context: CliContext): void {
  program
    .command('remove')
    .summary('undo apply: take the include out, remove what apply wrote')
    .description(
      'Takes our include out of the kas files of the chain, byte for byte as they were, and removes the files below kas-harden/ that apply wrote and nobody changed.'
    )
    .argument('<chain>', 'kas files, joined by colons')
    .option('--check', 'change nothing; exit 1 when there is something to remove')
    .option('--json', 'machine-readable')
    .action(async (chain: string, options: { check?: boolean; json?: boolean }) => {
      const { io } = context
      const { removeProject } = await import('../flow/remove-project.ts')
      const done = await removeProject(chain, io, options)
      const drift = done.edited.length + done.removed.length
      if (options.check && drift > 0) context.exitCode = exitCodes.gate
      if (options.json) {
        writeJson(io, done satisfies RemoveJson)
        return
      }
      for (const path of done.edited)
        io.stderr.write(`${options.check ? 'would take' : 'took'} the overlay out of ${path}\n`)
      for (const path of done.removed)
        io.stderr.write(`${options.check ? 'would remove' : 'removed'} ${path}\n`)
      for (const path of done.kept) io.stderr.write(`kept ${path}: it was changed after apply wrote it\n`)
      if (drift === 0) io.stderr.write('Nothing to remove.\n')
    })
}
