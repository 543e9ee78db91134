import { relative } from 'node:path'
import type { Command } from 'commander'
import { exitCodes } from '../base/errors.ts'
import type { CliContext } from './context.ts'

interface Options {
  output: string
  expect?: string[]
}

/** `kas-harden ci summary`: the reports of all jobs of a fleet in one. */
export function addCiSummary(ci: Command, context: CliContext): void {
  ci.command('summary')
    .summary('join the reports of all boards into one')
    .description(
      "Reads <board>.<level>/report/ of every job below a directory and writes one summary: HTML, Markdown, JSON and metrics. Exit 1 when a board's gate failed or its report is missing."
    )
    .argument('[directory]', 'where the folders of the boards lie', 'kas-harden-result')
    .option('-o, --output <directory>', 'where the summary goes', 'kas-harden-result/summary')
    .option(
      '--expect <names>',
      'results that must be there, joined by commas: gate-x.2,gate-y.2',
      (text: string) => text.split(',').map((name) => name.trim())
    )
    .action(async (directory: string, options: Options) => {
      const { io } = context
      const { summariseFleet } = await import('../flow/ci-summary.ts')
      const { gateWord } = await import('../report/fleet.ts')
      const { plainText } = await import('../base/text.ts')
      const done = await summariseFleet({ directory, output: options.output, expected: options.expect }, io)
      const width = Math.max(...done.results.map(({ name }) => name.length))
      for (const one of done.results) {
        const line = `${one.name.padEnd(width)}  ${gateWord(one)}${one.problem ? `: ${one.problem}` : ''}`
        io.stderr.write(`${plainText(line)}\n`)
      }
      for (const path of done.written) io.stdout.write(`${relative(io.cwd, path)}\n`)
      if (!done.passed) context.exitCode = exitCodes.gate
    })
}
