import type { Catalogue, CatalogueEntry } from '../catalogue/entry.ts'
import { loadCatalogue } from '../catalogue/load-catalogue.ts'
import { requirementsFor } from '../catalogue/requirements-for.ts'
import { targetOf, type TargetChoice } from './session.ts'

/** Requirements of a target, or the whole catalogue. */
export interface ListedRequirements {
  standard: string
  edition: string
  components?: readonly string[]
  securityLevel?: number
  requirements: readonly CatalogueEntry[]
}

/** The requirements of the chosen target; all entries when neither component nor level is chosen. */
export function listRequirements(choice: TargetChoice): ListedRequirements {
  const catalogue: Catalogue = loadCatalogue(choice.edition)
  const { standard, edition } = catalogue
  if (!choice.components?.length && choice.securityLevel === undefined) {
    return { standard, edition, requirements: catalogue.entries }
  }
  const target = targetOf({
    components: choice.components?.length ? choice.components : ['EDR', 'HDR', 'NDR', 'SAR'],
    securityLevel: choice.securityLevel ?? 4,
    edition
  })
  return {
    standard,
    edition,
    components: target.components,
    securityLevel: target.securityLevel,
    requirements: requirementsFor(target, catalogue)
  }
}

/** The list for people, with a count per FR at its end. */
export function describeRequirements(listed: ListedRequirements): string {
  const head = listed.components
    ? `${listed.standard}:${listed.edition}, ${listed.components.join(' + ')}, SL-C ${listed.securityLevel ?? 4}`
    : `${listed.standard}:${listed.edition}, all entries`
  const lines = listed.requirements.map((entry) => {
    const level = entry.minSL === null ? '  - ' : `SL ${entry.minSL}`
    const marks = [
      ...(entry.hardware ? ['hardware'] : []),
      ...(entry.conditional ? [entry.conditional] : []),
      ...(entry.singleSource ? ['level from one public source'] : []),
      ...(entry.delegatesTo ? [`see ${entry.delegatesTo.join(', ') || 'the system standard'}`] : [])
    ]
    return `${entry.id.padEnd(16)} ${level}  ${entry.title}${marks.length > 0 ? `  (${marks.join('; ')})` : ''}`
  })
  const perFr = [1, 2, 3, 4, 5, 6, 7].map(
    (fr) => listed.requirements.filter((entry) => entry.fr === fr).length
  )
  const constraints = listed.requirements.filter((entry) => entry.fr === null).length
  const total = perFr.reduce((sum, count) => sum + count, 0)
  return [head, '', ...lines, '', `FR 1-7: ${perFr.join('/')} = ${total}, and ${constraints} CCSC`, ''].join(
    '\n'
  )
}
