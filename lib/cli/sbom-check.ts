import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import { resolve } from 'node:path'
import { exitCodes } from '../base/errors.ts'
import { plainText } from '../base/text.ts'
import type { Score } from '../../sbom/check.ts'
import type { Profile } from '../../sbom/profiles.ts'
import { writeJson, type CliContext } from './context.ts'

interface Options {
  profile: Profile
  json?: boolean
  failUnder?: number
}

/** `kas-harden sbom check FILE`: how complete a CycloneDX JSON is, whoever wrote it. */
export function addSbomCheck(sbom: Command, context: CliContext): void {
  sbom
    .command('check')
    .summary('score a CycloneDX JSON of any tool')
    .description('Counts per field how many components have what BSI TR-03183-2, NTIA or CISA ask for.')
    .argument('<file>', 'CycloneDX in JSON')
    .addOption(
      new Option('--profile <name>', 'what to score against').choices(['bsi', 'ntia', 'cisa']).default('bsi')
    )
    .option('--fail-under <percent>', 'exit 1 when the required fields are filled less than that', percentage)
    .option(
      '--json',
      'the whole score for machines (schemas/sbom-check.schema.json), with the references of what is missing'
    )
    .action(async (file: string, options: Options) => {
      const { io } = context
      const { checkSbom } = await import('../../sbom/check.ts')
      const { readText } = await import('./read-text.ts')
      const score = checkSbom(await readText(resolve(io.cwd, file)), options.profile, file)
      if (options.failUnder !== undefined && score.percent < options.failUnder)
        context.exitCode = exitCodes.gate
      if (options.json) writeJson(io, score)
      else io.stdout.write(describe(score))
    })
}

function percentage(text: string): number {
  const number = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || number > 100)
    throw new InvalidArgumentError('Not a number from 0 to 100.')
  return number
}

function describe(score: Score): string {
  const lines = score.fields.map((one) => {
    const first = one.missing.slice(0, 3).map((reference) => plainText(reference).slice(0, 80))
    const missing =
      first.length === 0 ? '' : `  without: ${first.join(', ')}${one.missing.length > 3 ? ', …' : ''}`
    const counts = `${one.have}/${one.total}`.padStart(11)
    return `${one.percent.toFixed(1).padStart(5)} %${counts}  ${one.title}${one.level === 'additional' ? ' (where the data exist)' : ''}${missing}`
  })
  const head = `${score.profile}: ${score.percent} % of the required fields over ${score.components} components (CycloneDX ${plainText(score.specVersion).slice(0, 10)})`
  return `${[head, ...lines].join('\n')}\n`
}
