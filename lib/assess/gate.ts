import type { Assessment, RequirementAssessment, Verdict } from './assessment.ts'
import { wordsOf } from './verdict.ts'

/** What a gate can stop at: a verdict, or something nobody could answer. */
export type GateCondition =
  Extract<Verdict, 'not-met' | 'open' | 'partial' | 'met-by-compensation'> | 'unknown'

export interface GateResult {
  passed: boolean
  /** One sentence per line that stops the gate, in the order of the catalogue. */
  reasons: readonly string[]
}

/** What the gate stops at when nobody says otherwise. */
export const defaultGate: readonly GateCondition[] = ['not-met', 'unknown']

/** Whether an assessment passes. A waiver in force lets its line through; it changes nothing else. */
export function gate(assessment: Assessment, failOn: readonly GateCondition[] = defaultGate): GateResult {
  const reasons = assessment.requirements
    .filter((one) => one.waiver === undefined)
    .flatMap((one) => {
      const why = stopOf(one, failOn)
      return why === undefined ? [] : [`${one.id} ${one.title}: ${why}`]
    })
  return { passed: reasons.length === 0, reasons }
}

function stopOf(one: RequirementAssessment, failOn: readonly GateCondition[]): string | undefined {
  const first = one.reasons[0]
  if (failOn.some((condition) => condition === one.verdict)) {
    return `${wordsOf(one.verdict)}${first ? ` (${first})` : ''}`
  }
  if (one.unknown && failOn.includes('unknown')) return `could not be answered${first ? ` (${first})` : ''}`
  return undefined
}
