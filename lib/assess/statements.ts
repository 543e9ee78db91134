import type { Finding } from '../base/finding.ts'
import type { CatalogueEntry } from '../catalogue/entry.ts'
import type { Statement, Waiver } from './inputs.ts'

/** A calendar day, checked: `2026-02-30` is none. */
function dayOf(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const day = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== text ? undefined : day
}

/**
 * The statements that count: text, name and date are there, the day has come (anywhere on earth at `now`) and the line
 * is in the profile.
 */
export function validStatements(
  statements: readonly Statement[],
  requirements: readonly CatalogueEntry[],
  now: number,
  findings: Finding[]
): Statement[] {
  return statements.filter((one) => {
    const known = requirements.some((entry) => entry.id === one.requirement)
    const day = dayOf(one.date)
    const early = day !== undefined && day > now + 14 * 3_600_000
    const whole = one.text.trim() !== '' && one.who.trim() !== '' && day !== undefined && !early
    if (known && whole) return true
    findings.push({
      code: known ? 'STATEMENT_INCOMPLETE' : 'STATEMENT_UNKNOWN_REQUIREMENT',
      severity: 'warning',
      message: known
        ? early
          ? `The statement on ${one.requirement} does not count before its date, ${one.date}.`
          : `The statement on ${one.requirement} does not count: it needs a text, a name and a date (YYYY-MM-DD).`
        : `There is a statement on ${one.requirement}, which this target does not ask for.`,
      requirement: [one.requirement]
    })
    return false
  })
}

/** The waivers in force on the day of `now` (milliseconds); the last day counts whole, in UTC. */
export function waiversInForce(waivers: readonly Waiver[], now: number, findings: Finding[]): Waiver[] {
  return waivers.filter((one) => {
    const last = dayOf(one.expires)
    const whole = one.reason.trim() !== '' && one.owner.trim() !== ''
    if (whole && last !== undefined && now < last + 86_400_000) return true
    const what = one.requirement ?? one.check ?? '(nothing)'
    findings.push({
      code: whole && last !== undefined ? 'WAIVER_EXPIRED' : 'WAIVER_INCOMPLETE',
      severity: 'warning',
      message:
        whole && last !== undefined
          ? `The waiver of ${what} ended on ${one.expires}.`
          : `The waiver of ${what} does not count: it needs a reason, an owner and a date (YYYY-MM-DD).`,
      requirement: one.requirement === undefined ? undefined : [one.requirement]
    })
    return false
  })
}

/**
 * The waiver that excuses a line: one that names the line, or one for each check that failed or could not
 * be answered. A missing package is excused only by a waiver of the line.
 */
export function waiverFor(
  id: string,
  badChecks: readonly string[],
  badPackages: number,
  waivers: readonly Waiver[]
): Waiver | undefined {
  const named = waivers.find((one) => one.requirement === id)
  if (named || badChecks.length === 0 || badPackages > 0) return named
  const perCheck = badChecks.map((check) => waivers.find((one) => one.check === check))
  return perCheck.every((one) => one !== undefined) ? perCheck[0] : undefined
}
