import type { Finding } from '../base/finding.ts'
import type { EntryKind } from '../catalogue/entry.ts'
import type { Owner } from '../controls/control.ts'
import type { CheckResult } from '../controls/result.ts'
import type { Target } from '../controls/target.ts'
import type { PackageResult } from '../verify/verification.ts'
import type { Statement, Waiver } from './inputs.ts'

/** Stands in every report, word for word (ARCHITECTURE.md, verdicts). */
export const scopeSentence =
  'Self-assessment of the base layer as shipped. Not a certificate, no conformity with IEC 62443-4-2, no presumption of conformity under the CRA.'

/** The answer per requirement, best first. */
export const verdicts = [
  'met',
  'met-by-compensation',
  'partial',
  'open',
  'not-met',
  'not-applicable'
] as const
export type Verdict = (typeof verdicts)[number]

/** How much of a requirement the base layer claims to carry. */
export type RequirementContribution = 'full' | 'partial' | 'none'

/**
 * What stands behind the claim. `proven-on-image`: checks of files passed. `proven-running`: the tests on
 * the running system passed too. `declared`: somebody says so (a control without checks, an unsigned result
 * file, a supplier). `contradicted`: a check failed or a package is missing.
 */
export type EvidenceGrade = 'proven-running' | 'proven-on-image' | 'declared' | 'none' | 'contradicted'

/** Something the base layer leaves to somebody else. */
export interface Remainder {
  what: string
  owner: readonly Owner[]
}

/** One line of the standard, answered for one image. */
export interface RequirementAssessment {
  id: string
  title: string
  /** Our own words, not the standard's. */
  paraphrase: string
  kind: EntryKind
  /** Foundational requirement 1 to 7; null for a CCSC. */
  fr: number | null
  /** SL-C from which the line binds this target. */
  securityLevel: number
  base?: string
  conditional?: string
  hardware: boolean
  /** The level rests on one public source only. */
  singleSource: boolean

  applicability: 'applicable' | 'not-applicable'
  contribution: RequirementContribution
  /** Sub-items the base layer covers, in the words of the controls; empty unless `partial`. */
  covers: readonly string[]
  evidence: EvidenceGrade
  /** Evidence that `met` needs; undefined when no control serves the line. */
  proof?: 'on-image' | 'running'
  /** Who does the rest; empty when nothing remains. */
  owners: readonly Owner[]
  verdict: Verdict
  /** Why, one sentence each; the one that decided comes first. */
  reasons: readonly string[]

  /** Ids of the controls that serve it. */
  controls: readonly string[]
  /** Results that count for it, offline and running. */
  checks: readonly CheckResult[]
  packages: readonly PackageResult[]
  /** True when a check or package that counts could not be answered, or was not asked at all. */
  unknown: boolean
  remains: readonly Remainder[]
  /** What a lab wants to see beside our checks. */
  labEvidence: readonly string[]
  statements: readonly Statement[]
  /** A waiver in force; it changes the gate, never the verdict. */
  waiver?: Waiver
}

/** What the base layer carries of the lines up to one level. */
export interface LevelShare extends Readonly<Record<RequirementContribution, number>> {
  securityLevel: number
  /** Lines up to this level. */
  total: number
}

/** One foundational requirement. */
export interface FrSummary {
  fr: number
  title: string
  /** Lines up to the aimed level. */
  total: number
  /** The highest SL-C, up to the aimed one, of which every line is met or proven not applicable; 0 for none. */
  reached: number
  verdicts: Readonly<Record<Verdict, number>>
  /** Of the partial lines, those the image proves in full and only the test on the running system is missing. */
  toRun: number
  /** What the base layer carries on this image, proven: how many lines in full, in part, not at all. */
  share: Readonly<Record<RequirementContribution, number>>
  /** The same for every level from 1 up to the aimed one; the last is `share`. */
  levels: readonly LevelShare[]
}

/** How a next step is tagged. */
export type StepKind = 'add this control' | 'your job' | 'hardware'

/** Something useful to do next. */
export interface NextStep {
  kind: StepKind
  text: string
  requirements: readonly string[]
  control?: string
}

/** One line that is not met, and what covers it (CCSC 2). */
export interface Countermeasure {
  requirement: string
  title: string
  verdict: Verdict
  /**
   * `measure`: an outside measure of the supplier; `statement`: the supplier answers for it; `owner`: our controls
   * say what remains and whose it is; `none`: nobody has said anything.
   */
  answer: 'measure' | 'statement' | 'owner' | 'none'
  statements: readonly Statement[]
  remains: readonly Remainder[]
  /** Whose it is, in any case. */
  owners: readonly Owner[]
}

/** The answer for one image and one target. */
export interface Assessment {
  /** `IEC 62443-4-2`. */
  standard: string
  target: Target
  /** `scopeSentence`. */
  scope: string
  /** `SL-C not claimable: CCSC 4 open`. */
  headline: string
  /** False while a common constraint (CCSC) is open or a FR does not reach the aimed level. */
  claimable: boolean
  /** Strict SL-C per FR 1 to 7. */
  vector: readonly number[]
  frs: readonly FrSummary[]
  /** Over all lines, the CCSC among them. */
  counts: Readonly<Record<Verdict, number>>
  /** In the order of the catalogue. */
  requirements: readonly RequirementAssessment[]
  /** The lines that are not met, for the integrator; CCSC 2 rests on it. In the order of the catalogue. */
  countermeasures: readonly Countermeasure[]
  /** Most useful first, at most five. */
  nextSteps: readonly NextStep[]
  /** Expired waivers, statements that don't count, results that belong to another image. */
  findings: readonly Finding[]
}
