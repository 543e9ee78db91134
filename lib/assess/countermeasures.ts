import type { Countermeasure, RequirementAssessment } from './assessment.ts'
import { waitsForRun } from './summary.ts'
import { wordsOf } from './verdict.ts'

/** What is said where the list is empty. */
export const nothingUnmet = 'Every line is met, not applicable, or waits for a test only.'

/**
 * Every line that is not met, with what covers it (CCSC 2): the section an integrator reads. Lines that only wait
 * for the test on the running system, or for the requirement they enhance, need no countermeasure of their own.
 */
export function countermeasuresOf(requirements: readonly RequirementAssessment[]): Countermeasure[] {
  return requirements
    .filter((one) => one.kind !== 'CCSC' && one.verdict !== 'met' && one.verdict !== 'not-applicable')
    .filter((one) => !waitsForRun(one) && !waitsForBase(one))
    .map((one) => ({
      requirement: one.id,
      title: one.title,
      verdict: one.verdict,
      answer: answerOf(one),
      statements: one.statements,
      remains: one.remains,
      owners: one.owners
    }))
}

/** Carried and proven in full; what is missing stands on the line of its requirement. */
function waitsForBase(one: RequirementAssessment): boolean {
  return one.base !== undefined && one.verdict === 'partial' && one.contribution === 'full'
}

/** A waiver is no answer: it changes the gate and nothing else. */
function answerOf(one: RequirementAssessment): Countermeasure['answer'] {
  if (one.verdict === 'met-by-compensation') return 'measure'
  // An outside measure that did not count (a published key holds the line) answers for nothing.
  if (one.statements.some(({ kind }) => kind === 'declaration')) return 'statement'
  const claimed = one.verdict === 'partial' || (one.verdict === 'open' && !one.unknown)
  return claimed && one.remains.length > 0 ? 'owner' : 'none'
}

/**
 * CCSC 2 rests on that list and on nothing in the image: open while a line has neither measure nor owner, whatever
 * is stated; partial when each has one, since whether the measures are in place is not seen here.
 */
export function withCcsc2(
  ccsc2: RequirementAssessment,
  list: readonly Countermeasure[]
): RequirementAssessment {
  // A control of the project that serves it has its own evidence, and a failed or unanswered check stays.
  if (ccsc2.controls.length > 0) return ccsc2
  const without = list.filter(({ answer }) => answer === 'none')
  if (without.length > 0) {
    const lines = without.map(({ requirement, verdict }) => `${requirement} (${wordsOf(verdict)})`)
    const reason = `Neither an outside measure nor an owner is named for: ${lines.join(', ')}.`
    const words = ccsc2.statements.length > 0 ? ccsc2.reasons : []
    return { ...ccsc2, verdict: 'open', reasons: [reason, ...words] }
  }
  const count = (answer: Countermeasure['answer']) => list.filter((one) => one.answer === answer).length
  const reason =
    list.length === 0
      ? nothingUnmet
      : `Each of the ${list.length} lines that are not met has an outside measure (${count('measure')}), a statement of the supplier (${count('statement')}) or an owner named by our controls (${count('owner')}); whether the measures are in place is not seen here.`
  const words = ccsc2.statements.length > 0 ? ccsc2.reasons : []
  return {
    ...ccsc2,
    verdict: 'partial',
    contribution: 'partial',
    covers: ['The list of lines that are not met, each with its outside measure or its owner.'],
    evidence: 'declared',
    reasons: [reason, ...words]
  }
}
