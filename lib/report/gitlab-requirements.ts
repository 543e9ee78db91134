import { parseCsv } from './csv.ts'
import type { Verdict } from '../assess/assessment.ts'

/** A requirement of the standard as GitLab's requirements management takes it. */
export interface NamedRequirement {
  id: string
  title: string
  paraphrase: string
}

/** One answer about one line of the standard. */
export interface AnsweredRequirement {
  id: string
  verdict: Verdict
}

/**
 * The file to import into GitLab's requirements (docs.gitlab.com, requirements management, CSV). The id stands at the
 * start of the title: that is how `requirementNumbers` knows a requirement again.
 */
export function renderRequirementsCsv(requirements: readonly NamedRequirement[]): string {
  const rows = requirements.map(({ id, title, paraphrase }) => [`${id} ${title}`, paraphrase])
  return [['title', 'description'], ...rows].map((row) => row.map(cell).join(',') + '\n').join('')
}

function cell(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return /[",;\t]/.test(line) ? `"${line.replaceAll('"', '""')}"` : line
}

/**
 * GitLab's numbers (IIDs) by id of the standard, out of what GitLab exports; its columns are `Requirement ID` and
 * `Title`. Rows of other requirements are left alone. A title that stands twice gives both numbers.
 * @returns undefined when the text has no such columns.
 */
export function requirementNumbers(csv: string): Map<string, string[]> | undefined {
  const [head = [], ...rows] = parseCsv(csv.replace(/^\ufeff/, ''))
  const column = (name: string) => head.findIndex((one) => one.trim().toLowerCase() === name)
  const [number, title] = [column('requirement id'), column('title')]
  if (number === -1 || title === -1) return undefined
  const numbers = new Map<string, string[]>()
  for (const row of rows) {
    const iid = /^(?:REQ-|#)?(\d+)$/.exec(row[number]?.trim() ?? '')?.[1]
    const id = /^(?:(?:CR|SAR|EDR|HDR|NDR) \d\.\d{1,2}(?: RE\(\d\))?|CCSC \d)(?=\s|$)/.exec(
      row[title]?.trim() ?? ''
    )?.[0]
    if (iid !== undefined && id !== undefined) numbers.set(id, [...(numbers.get(id) ?? []), iid])
  }
  return numbers
}

/**
 * GitLab's requirements report: `passed` only for what is met wherever it was asked, `failed` for what somebody does
 * not meet. About everything else nothing is said, so that GitLab keeps what it knows.
 * @param complete false where an answer of somebody is missing: then nothing is called passed.
 */
export function renderRequirementsReport(
  answers: readonly AnsweredRequirement[],
  numbers: ReadonlyMap<string, readonly string[]>,
  complete = true
): string {
  const report: Record<string, 'passed' | 'failed'> = {}
  for (const [id, iids] of numbers) {
    const verdicts = answers.filter((one) => one.id === id).map(({ verdict }) => verdict)
    if (verdicts.length === 0) continue
    if (verdicts.includes('not-met')) for (const iid of iids) report[iid] = 'failed'
    else if (complete && verdicts.every((one) => one === 'met'))
      for (const iid of iids) report[iid] = 'passed'
  }
  return `${JSON.stringify(report, undefined, 2)}\n`
}
