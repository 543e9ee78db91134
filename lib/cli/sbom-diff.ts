import type { Command } from 'commander'
import { resolve } from 'node:path'
import { exitCodes } from '../base/errors.ts'
import { plainText } from '../base/text.ts'
import type { Difference, SbomDifference } from '../../sbom/diff.ts'
import { writeJson, type CliContext } from './context.ts'

/** `kas-harden sbom diff A B`: what two CycloneDX documents disagree about; exit 1 when they do. */
export function addSbomDiff(sbom: Command, context: CliContext): void {
  sbom
    .command('diff')
    .summary('compare two CycloneDX JSON documents of any tools')
    .description(
      'Components, versions, licences and edges, matched by package URL. Exit 1 when anything differs.'
    )
    .argument('<a>', 'CycloneDX in JSON')
    .argument('<b>', 'CycloneDX in JSON')
    .option('--json', 'the differences for machines (schemas/sbom-diff.schema.json)')
    .action(async (a: string, b: string, options: { json?: boolean }) => {
      const { io } = context
      const { diffSboms } = await import('../../sbom/diff.ts')
      const { readText } = await import('./read-text.ts')
      const [left, right] = [await readText(resolve(io.cwd, a)), await readText(resolve(io.cwd, b))]
      const difference = diffSboms(left, right, [a, b])
      if (!difference.equal) context.exitCode = exitCodes.gate
      if (options.json) writeJson(io, difference)
      else io.stdout.write(describe(difference, a, b))
    })
}

function describe(difference: SbomDifference, a: string, b: string): string {
  const values = (list: readonly Difference[]): string[] =>
    list.map((one) => `${one.component}: ${one.a} | ${one.b}`)
  const sections: [string, readonly string[]][] = [
    [`only in ${a}`, difference.onlyA],
    [`only in ${b}`, difference.onlyB],
    ['other version', values(difference.versions)],
    ['other licence', values(difference.licenses)],
    [`dependency only in ${a}`, difference.edgesOnlyA],
    [`dependency only in ${b}`, difference.edgesOnlyB]
  ]
  const lines = sections.flatMap(([title, list]) =>
    list.length === 0 ? [] : [`${title}: ${list.length}`, ...list.map((one) => `  ${plainText(one)}`)]
  )
  return `${[...lines, `${difference.common} components in both${difference.equal ? ', no difference' : ''}`].join('\n')}\n`
}
