import type { Verification } from '../verify/verification.ts'
import type {
  Assessment,
  FrSummary,
  LevelShare,
  RequirementAssessment,
  RequirementContribution,
  Verdict
} from './assessment.ts'
import { verdicts } from './assessment.ts'
import { provenProcess, wordsOf } from './verdict.ts'

/** Short titles of the seven foundational requirements (IEC 62443-1-1), our words. */
export const frTitles: Readonly<Record<number, string>> = {
  1: 'Identification and authentication',
  2: 'Use control',
  3: 'System integrity',
  4: 'Data confidentiality',
  5: 'Restricted data flow',
  6: 'Timely response to events',
  7: 'Resource availability'
}

/** The seven foundational requirements with their strict level and the base layer's share. */
export function summariseFrs(
  requirements: readonly RequirementAssessment[],
  securityLevel: number
): FrSummary[] {
  return [1, 2, 3, 4, 5, 6, 7].map((fr) => {
    const lines = requirements.filter((one) => one.fr === fr)
    return {
      fr,
      title: frTitles[fr] ?? `FR ${fr}`,
      total: lines.length,
      reached: reachedLevel(lines, securityLevel),
      verdicts: countVerdicts(lines),
      toRun: lines.filter(waitsForRun).length,
      share: countShares(lines),
      levels: Array.from({ length: securityLevel }, (_, index) => levelShare(lines, index + 1))
    }
  })
}

function levelShare(lines: readonly RequirementAssessment[], securityLevel: number): LevelShare {
  const upTo = lines.filter((one) => one.securityLevel <= securityLevel)
  return { securityLevel, total: upTo.length, ...countShares(upTo) }
}

function countShares(lines: readonly RequirementAssessment[]): Record<RequirementContribution, number> {
  const share = { full: 0, partial: 0, none: 0 }
  for (const line of lines) share[shareOf(line)]++
  return share
}

/** True for a line the image proves in full, and only the test on the running system is missing. */
export function waitsForRun(one: RequirementAssessment): boolean {
  return (
    one.verdict === 'partial' &&
    one.contribution === 'full' &&
    one.proof === 'running' &&
    one.evidence === 'proven-on-image'
  )
}

/** How many lines got which verdict. */
export function countVerdicts(requirements: readonly RequirementAssessment[]): Record<Verdict, number> {
  const counts = Object.fromEntries(verdicts.map((verdict) => [verdict, 0])) as Record<Verdict, number>
  for (const one of requirements) counts[one.verdict]++
  return counts
}

/** The highest level up to which every line is met or proven not applicable; compensation does not count. */
function reachedLevel(lines: readonly RequirementAssessment[], aimed: number): number {
  let reached = 0
  for (let level = 1; level <= aimed; level++) {
    const short = lines.some(
      (one) => one.securityLevel <= level && one.verdict !== 'met' && one.verdict !== 'not-applicable'
    )
    if (short) break
    reached = level
  }
  return reached
}

/** What the base layer carries of a line on this image: its claim, as far as the image bears it out. */
function shareOf(line: RequirementAssessment): RequirementContribution {
  const proven = line.evidence === 'proven-on-image' || line.evidence === 'proven-running'
  return proven && line.applicability === 'applicable' ? line.contribution : 'none'
}

/** The one sentence above everything, and whether the aimed SL-C could be claimed at all. */
export function headlineOf(
  requirements: readonly RequirementAssessment[],
  frs: readonly FrSummary[],
  securityLevel: number,
  image: Pick<Verification['image'], 'fidelity' | 'example'>
): Pick<Assessment, 'headline' | 'claimable'> {
  const not = (why: string) => ({ headline: `SL-C not claimable: ${why}`, claimable: false })
  const constraints = requirements.filter((one) => one.kind === 'CCSC')
  if (!constraints.some((one) => one.id === 'CCSC 4' && one.statements.some(provenProcess))) {
    return not('CCSC 4 open')
  }

  // The supplier's word lifts a constraint to partial; what a check contradicts, no word lifts.
  const short = constraints.filter(
    (one) => one.verdict !== 'met' && !(one.verdict === 'partial' && one.statements.length > 0)
  )
  if (short.length > 0) return not(short.map((one) => `${one.id} ${wordsOf(one.verdict)}`).join(', '))
  if (image.fidelity === 'base-only') return not('the image is the base only, not the product')
  if (image.example) return not('the image is an example')

  const below = frs.filter((one) => one.reached < securityLevel).map((one) => `FR ${one.fr}`)
  if (below.length > 0) {
    return { headline: `SL-C ${securityLevel} not reached in ${below.join(', ')}`, claimable: false }
  }
  return {
    headline: `Every line up to SL-C ${securityLevel} is met or not applicable; the CCSC rest on the supplier's statements`,
    claimable: true
  }
}
