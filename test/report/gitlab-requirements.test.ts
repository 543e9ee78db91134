import { execFileSync } from 'node:child_process'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadCatalogue } from '../../lib/catalogue/load-catalogue.ts'
import { parseCsv } from '../../lib/report/csv.ts'
import {
  renderRequirementsCsv,
  renderRequirementsReport,
  requirementNumbers
} from '../../lib/report/gitlab-requirements.ts'

const { entries } = loadCatalogue()

/** As GitLab exports it: more columns, other order, quotes. */
const exported = `Requirement ID,Title,Description,Author,State
REQ-3,"CR 1.11 Unsuccessful login attempts","Locks, and tells",Jo,opened
4,CR 1.1 RE(1) Unique identification,"Two
lines, ""quoted""",Jo,opened
REQ-5,Something of our own,,Jo,opened
REQ-6,EDR 3.14 Integrity of the boot process,,Jo,opened
`

describe('the CSV for GitLab', () => {
  it('has each requirement once, and comes back from an export by its id', () => {
    const csv = renderRequirementsCsv(entries)
    const [head, ...rows] = parseCsv(csv)
    expect(head).toEqual(['title', 'description'])
    expect(rows).toHaveLength(entries.length)
    for (const row of rows) expect(row).toHaveLength(2)
    const numbered = rows.map(([title], index) => `${index + 1},"${(title ?? '').replaceAll('"', '""')}"`)
    const numbers = requirementNumbers(['Requirement ID,Title', ...numbered].join('\n'))
    expect([...(numbers?.keys() ?? [])]).toEqual(entries.map(({ id }) => id))
  })

  it('is read as Python reads CSV', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', 'é') })
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 4 })
    const texts = fc
      .sample(table, 80)
      .map((rows) =>
        rows
          .map(
            (row) =>
              row.map((one) => (/[,"\n]/.test(one) ? `"${one.replaceAll('"', '""')}"` : one)).join(',') + '\n'
          )
          .join('')
      )
    const program =
      'import csv,io,json,sys\nprint(json.dumps([list(csv.reader(io.StringIO(t,newline=""))) for t in json.load(sys.stdin)]))'
    const expected = JSON.parse(
      execFileSync('python3', ['-c', program], { input: JSON.stringify(texts), encoding: 'utf8' })
    ) as string[][][]
    expect(texts.map(parseCsv)).toEqual(expected)
  })

  it('is nothing to us without its columns', () => {
    expect(requirementNumbers('title,description\nCR 1.1 x,y\n')).toBeUndefined()
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 40 }), (text) => {
        requirementNumbers(`Requirement ID,Title\n${text}`)
      })
    )
  })
})

describe('the requirements report', () => {
  const numbers = requirementNumbers(exported) ?? new Map<string, string[]>()
  const report = (answers: Parameters<typeof renderRequirementsReport>[0], complete?: boolean) =>
    JSON.parse(renderRequirementsReport(answers, numbers, complete)) as unknown

  it('knows requirements again by the id in their title', () => {
    expect([...numbers]).toEqual([
      ['CR 1.11', ['3']],
      ['CR 1.1 RE(1)', ['4']],
      ['EDR 3.14', ['6']]
    ])
  })

  it.each(['partial', 'open', 'not-applicable', 'met-by-compensation'] as const)(
    'says nothing about %s',
    (verdict) => {
      expect(report([{ id: 'CR 1.11', verdict }])).toEqual({})
    }
  )

  it('is passed only where all boards meet it, failed where one does not', () => {
    expect(
      report([
        { id: 'CR 1.11', verdict: 'met' },
        { id: 'CR 1.11', verdict: 'met' },
        { id: 'CR 1.1 RE(1)', verdict: 'met' },
        { id: 'CR 1.1 RE(1)', verdict: 'not-met' },
        { id: 'EDR 3.14', verdict: 'met' },
        { id: 'EDR 3.14', verdict: 'partial' }
      ])
    ).toEqual({ '3': 'passed', '4': 'failed' })
  })

  it('calls nothing passed while the answer of a board is missing', () => {
    expect(
      report(
        [
          { id: 'CR 1.11', verdict: 'met' },
          { id: 'EDR 3.14', verdict: 'not-met' }
        ],
        false
      )
    ).toEqual({ '6': 'failed' })
  })
})
