import { HardenError } from '../base/errors.ts'
import type { CatalogueEntry } from '../catalogue/entry.ts'
import { findRequirement } from '../catalogue/find-requirement.ts'
import { loadCatalogue } from '../catalogue/load-catalogue.ts'
import { securityLevelOf } from '../catalogue/requirements-for.ts'
import { componentTypes, type Control } from '../controls/control.ts'
import { loadControls } from '../controls/load-controls.ts'

/** One requirement and everything we do about it. */
export interface Explanation {
  requirement: CatalogueEntry
  /** Component type -> the SL-C from which it is required. */
  securityLevels: Readonly<Record<string, number | undefined>>
  controls: readonly {
    id: string
    title: string
    rationale: string
    from: number
    contribution: 'full' | 'partial'
    covers?: string
    proof: string
    packages: readonly string[]
    settings: readonly string[]
    checks: readonly string[]
    breaks: readonly string[]
  }[]
  remains: readonly { what: string; owner: readonly string[] }[]
  evidence: readonly string[]
}

function served(control: Control, id: string): Explanation['controls'][number] | undefined {
  const claim = control.requirements.find((requirement) => requirement.id === id)
  if (!claim) return undefined
  return {
    id: control.id,
    title: control.title,
    rationale: control.rationale,
    from: control.from,
    contribution: claim.contribution,
    covers: claim.covers,
    proof: claim.proof,
    packages: control.packages.map(({ name }) => name),
    settings: control.settings,
    checks: control.checks.map((check) => check.title),
    breaks: control.breaks
  }
}

/** @throws HardenError usage `REQUIREMENT_UNKNOWN` with what was probably meant. */
export async function explain(text: string, edition?: string): Promise<Explanation> {
  const catalogue = loadCatalogue(edition)
  const { entry, suggestions } = findRequirement(text, catalogue)
  if (!entry) {
    throw new HardenError('usage', 'REQUIREMENT_UNKNOWN', `IEC 62443-4-2 has no requirement '${text}'.`, {
      hint:
        suggestions.length > 0
          ? `Did you mean ${suggestions.map(({ id }) => id).join(', ')}?`
          : 'kas-harden catalogue lists them all.'
    })
  }
  const { controls } = await loadControls()
  const serving = controls.filter((control) => control.requirements.some(({ id }) => id === entry.id))
  return {
    requirement: entry,
    securityLevels: Object.fromEntries(componentTypes.map((type) => [type, securityLevelOf(entry, type)])),
    controls: serving.flatMap((control) => served(control, entry.id) ?? []),
    remains: serving.flatMap((control) =>
      control.remains
        .filter(({ requirement }) => requirement === entry.id)
        .map(({ what, owner }) => ({ what, owner }))
    ),
    evidence: [...new Set(serving.flatMap((control) => control.evidence))]
  }
}

/** The explanation for people. */
export function describeExplanation(explanation: Explanation): string {
  const { requirement, securityLevels, controls, remains, evidence } = explanation
  const levels = Object.entries(securityLevels)
    .filter(([, level]) => level !== undefined)
    .map(([type, level]) => `${type} from SL ${level ?? ''}`)
  const lines = [`${requirement.id}  ${requirement.title}`, '', requirement.paraphrase, '']
  if (requirement.delegatesTo) {
    lines.push(
      requirement.delegatesTo.length > 0
        ? `No requirement by itself: see ${requirement.delegatesTo.join(', ')}.`
        : 'No requirement for components: it is asked of the system (IEC 62443-3-3).'
    )
  } else {
    lines.push(`Applies to: ${levels.join(', ')}`)
  }
  if (requirement.conditional) lines.push(`Condition: ${requirement.conditional}`)
  if (requirement.base) lines.push(`Enhances: ${requirement.base} (met only if that is met)`)
  if (requirement.hardware) lines.push('Needs hardware: software alone cannot meet it.')
  if (requirement.singleSource) lines.push('The security level rests on one public source.')
  if (controls.length === 0 && !requirement.delegatesTo) lines.push('', 'Open: no control serves it yet.')
  for (const control of controls) {
    lines.push(
      '',
      `Control ${control.id} (from SL ${control.from}): ${control.title}`,
      `  ${control.rationale.trim()}`
    )
    lines.push(`  Contribution: ${control.contribution}${control.covers ? `: ${control.covers}` : ''}`)
    lines.push(`  Proof: ${control.proof === 'on-image' ? 'files of the image' : 'the running system'}`)
    if (control.packages.length > 0) lines.push(`  Packages: ${control.packages.join(', ')}`)
    if (control.settings.length > 0) lines.push(`  Settings: ${control.settings.join(', ')}`)
    for (const check of control.checks) lines.push(`  Check: ${check}`)
    for (const what of control.breaks) lines.push(`  May break: ${what}`)
  }
  if (remains.length > 0) lines.push('', 'What remains, and whose it is:')
  for (const { what, owner } of remains) lines.push(`  - ${what} (${owner.join(', ')})`)
  if (evidence.length > 0) lines.push('', 'A lab also wants to see:')
  for (const what of evidence) lines.push(`  - ${what}`)
  return lines.join('\n') + '\n'
}
