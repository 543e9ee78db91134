import type { CatalogueEntry } from '../catalogue/entry.ts'
import type { Control, ControlRequirement } from '../controls/control.ts'
import type { RequirementContribution } from './assessment.ts'

/** What the controls of a profile claim about one line of the standard. */
export interface Claim {
  contribution: RequirementContribution
  /** Every control that serves the line. */
  serving: readonly Control[]
  /** Those whose contribution is the claimed one; their checks have to prove it. */
  carriers: readonly Control[]
  /** True when only controls nobody reviewed carry the claim. */
  declaredOnly: boolean
  covers: readonly string[]
  /** `running` as soon as one serving control says that files can't prove the line. */
  proof: 'on-image' | 'running' | undefined
}

/**
 * The claim of the base layer on one line. Partials never add up: two controls
 * with a part each make a partial claim, not a full one. A control of the
 * project itself carries a claim only where no reviewed control does.
 */
export function claimOn(
  entry: CatalogueEntry,
  controls: readonly Control[],
  unreviewed: ReadonlySet<string>
): Claim {
  const serving = controls.filter((control) => lineOf(control, entry) !== undefined)
  const reviewed = serving.filter((control) => !unreviewed.has(control.id))
  const claiming = reviewed.length > 0 ? reviewed : serving
  const full = claiming.filter((control) => lineOf(control, entry)?.contribution === 'full')
  const carriers = full.length > 0 ? full : claiming
  return {
    contribution: full.length > 0 ? 'full' : claiming.length > 0 ? 'partial' : 'none',
    serving,
    carriers,
    declaredOnly: serving.length > 0 && reviewed.length === 0,
    covers:
      full.length > 0
        ? []
        : [...new Set(claiming.flatMap((control) => lineOf(control, entry)?.covers ?? []))],
    proof: proofOf(serving, entry)
  }
}

/** What a control says about a line; undefined when it doesn't serve it. */
export function lineOf(control: Control, entry: CatalogueEntry): ControlRequirement | undefined {
  return control.requirements.find((line) => line.id === entry.id)
}

function proofOf(serving: readonly Control[], entry: CatalogueEntry): Claim['proof'] {
  if (serving.length === 0) return undefined
  return serving.some((control) => lineOf(control, entry)?.proof === 'running') ? 'running' : 'on-image'
}
