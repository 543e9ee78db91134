import type { CatalogueEntry } from '../catalogue/entry.ts'
import type { RequirementAssessment, Verdict } from './assessment.ts'
import type { Claim } from './claim.ts'
import type { LineEvidence } from './evidence.ts'
import type { Statement } from './inputs.ts'

/** All that decides about one line. */
export interface Facts {
  entry: CatalogueEntry
  claim: Claim
  evidence: LineEvidence
  /** Messages of keys and passwords that hold the line. */
  held: readonly string[]
  statements: readonly Statement[]
  /** The requirement an enhancement enhances, already decided. */
  base: RequirementAssessment | undefined
}

export interface Decision {
  applicability: RequirementAssessment['applicability']
  verdict: Verdict
  reasons: string[]
}

/**
 * The verdict on one line, in the order of the rules; the first that fits decides.
 *
 * 1. A published key or password that touches the line: not met, whatever else.
 * 2. Not applicable: the catalogue has a condition and every check that counts found the thing absent, or
 *    the line enhances one that is not applicable under the same condition.
 * 3. An outside measure of the supplier (CCSC 2): met by compensation.
 * 4. A common constraint lives in the product's design and process; the supplier's word makes it partial. CCSC 4
 *    needs evidence named with it (a certificate of IEC 62443-4-1 or an audit); CCSC 2 is decided after all lines.
 * 5. A failed check or a missing package contradicts the claim: not met.
 * 6. Something could not be answered: open.
 * 7. Nothing serves the line: open. Nothing to look at where the line has no condition: not met.
 * 8. Nobody but us says so (declared): open.
 * 9. A part of it: partial. Files prove it, but the line needs the running system: partial.
 * 10. An enhancement whose requirement is not met: partial.
 * 11. Met.
 */
export function decide(facts: Facts): Decision {
  const { entry, claim, evidence, held, statements, base } = facts
  const decided = (verdict: Verdict, ...reasons: string[]): Decision => ({
    applicability: verdict === 'not-applicable' ? 'not-applicable' : 'applicable',
    verdict,
    reasons: [...reasons, ...evidence.failed, ...evidence.unanswered]
  })

  if (held.length > 0) return decided('not-met', ...held)

  if (entry.conditional !== undefined && evidence.failed.length + evidence.unanswered.length === 0) {
    if (evidence.nothingThere) {
      return decided('not-applicable', `Applies ${entry.conditional}; the checks found it absent.`)
    }
    const sameCondition = base?.verdict === 'not-applicable' && base.conditional === entry.conditional
    if (sameCondition && !evidence.somethingThere) {
      return decided(
        'not-applicable',
        `Applies ${entry.conditional}, as ${entry.base ?? ''}, which is not applicable.`
      )
    }
  }

  const compensation = statements.find((one) => one.kind === 'compensation')
  if (compensation && entry.kind !== 'CCSC') {
    return decided(
      'met-by-compensation',
      `Outside measure: ${compensation.text} (${signature(compensation)}).`
    )
  }

  if (evidence.failed.length > 0) return decided('not-met')
  if (evidence.unanswered.length > 0) return decided('open')

  const words = statements.map(
    (one) => `Stated by the supplier, not verified here: ${one.text} (${signature(one)}).`
  )
  if (entry.kind === 'CCSC' && words.length > 0) {
    return entry.id !== 'CCSC 4' || statements.some(provenProcess)
      ? decided('partial', ...words)
      : decided('open', noCertificate, ...words)
  }
  if (claim.serving.length === 0) return decided('open', 'No control of the base layer serves it.', ...words)
  if (evidence.carriersEmpty && evidence.grade !== 'proven-running') {
    return decided(
      'not-met',
      entry.conditional === undefined
        ? 'The checks found nothing to look at, and this line applies without a condition.'
        : 'The checks of the control that carries it found nothing to look at.'
    )
  }
  if (evidence.grade === 'declared' || evidence.grade === 'none') {
    return decided(
      'open',
      claim.declaredOnly
        ? 'Only a control of the project itself serves it, and nobody reviewed that control.'
        : 'Declared by the control; no check proves it.'
    )
  }
  if (claim.contribution === 'partial') {
    return decided('partial', 'The base layer covers a part of it.', ...words)
  }
  if (claim.proof === 'running' && evidence.grade !== 'proven-running') {
    return decided('partial', 'Proven on the image; needs the test on the running system.')
  }
  if (entry.base !== undefined && base?.verdict !== 'met') {
    return decided(
      'partial',
      `An enhancement is met only with its requirement: ${entry.base} is ${wordsOf(base?.verdict ?? 'open')}.`
    )
  }
  return decided(
    'met',
    evidence.grade === 'proven-running' ? 'Proven on the running system.' : 'Proven on the image.'
  )
}

const noCertificate =
  'The statement names no evidence: the certificate of the process of IEC 62443-4-1, or the report of its audit.'

/** A statement on CCSC 4 that settles it, as far as a statement can. */
export function provenProcess({ evidence }: Statement): boolean {
  return evidence !== undefined && evidence.trim() !== ''
}

/** A verdict as people read it: `not met`. */
export function wordsOf(verdict: Verdict): string {
  return verdict.replaceAll('-', ' ')
}

function signature(statement: Statement): string {
  return [statement.who, statement.date, statement.evidence].filter(Boolean).join(', ')
}
