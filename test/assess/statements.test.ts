import { describe, expect, test } from 'vitest'
import type { Finding } from '../../lib/base/finding.ts'
import { loadCatalogue } from '../../lib/catalogue/load-catalogue.ts'
import { validStatements } from '../../lib/assess/statements.ts'

const [entry] = loadCatalogue().entries.filter(({ id }) => id === 'CR 1.1')
const now = Date.parse('2026-11-22T17:00:00Z')

function counts(date: string): boolean {
  const findings: Finding[] = []
  const statement = { requirement: 'CR 1.1', kind: 'compensation', text: 'a', who: 'b', date } as const
  return validStatements([statement], [entry!], now, findings).length === 1
}

describe('a statement counts from its date on', () => {
  test.each([
    ['2026-11-22', true],
    ['2026-11-23', true], // it is that day already somewhere
    ['2026-11-24', false],
    ['2099-01-01', false],
    ['2026-02-30', false]
  ])('%s: %s', (date, wanted) => {
    expect(counts(date)).toBe(wanted)
  })
})
