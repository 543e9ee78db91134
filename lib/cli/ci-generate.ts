import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { HardenError } from '../base/errors.ts'
import type { CliContext } from './context.ts'

interface Options {
  config?: string
  output?: string
  check?: boolean
}

/** `kas-harden ci generate CHAIN`: a child pipeline for the boards of kas-harden.yml. */
export function addCiGenerate(ci: Command, context: CliContext): void {
  ci.command('generate')
    .summary('write a child pipeline for the boards of kas-harden.yml')
    .description(
      'Writes a GitLab child pipeline: a job for each board and level of kas-harden.yml, and one that joins their reports. The same project gives the same bytes.'
    )
    .argument('<chain>', 'kas files, joined by colons')
    .option('--config <file>', "the project's kas-harden.yml (default: the one in the current directory)")
    .option('-o, --output <file>', 'where the pipeline goes (default: standard output)')
    .option('--check', 'write nothing; exit 1 when the output file is not up to date')
    .action(async (chain: string, options: Options) => {
      const { io } = context
      if (options.check && options.output === undefined) {
        throw new HardenError('usage', 'CI_CHECK', '--check compares a file: which one?', {
          hint: 'Name it: --output FILE --check'
        })
      }
      const { generatePipeline } = await import('../flow/ci-generate.ts')
      const { text, jobs } = await generatePipeline({ chain, config: options.config }, io)
      if (options.output === undefined) {
        io.stdout.write(text)
        return
      }
      const path = resolve(io.cwd, options.output)
      if (options.check) {
        if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return
        io.stderr.write(`${options.output} is not what kas-harden.yml makes now.\n`)
        context.exitCode = 1
        return
      }
      const { writeWhole } = await import('../base/files.ts')
      await writeWhole(path, text)
      io.stderr.write(`${options.output}: ${jobs.length} jobs\n`)
    })
}
