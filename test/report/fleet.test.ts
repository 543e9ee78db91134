import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scopeSentence } from '../../lib/assess/assessment.ts'
import { renderFleetHtml } from '../../lib/report/fleet-html.tsx'
import {
  fleetPassed,
  renderFleetJson,
  renderFleetMarkdown,
  renderFleetMetrics,
  type FleetReport,
  type FleetResult
} from '../../lib/report/fleet.ts'
import { sample } from './fixture.ts'

function reportOf(gate: FleetReport['gate'], hostile = ''): FleetReport {
  const { assessment, verification } = sample(hostile)
  const { target, headline, vector, counts, requirements } = assessment
  return { target, headline, counts, requirements, banners: [], slc: vector, image: verification.image, gate }
}

const good: FleetResult = { name: 'gate-x.2', report: reportOf('passed') }
const failed: FleetResult = { name: 'gate-y.2', report: reportOf('failed') }
const unknown: FleetResult = { name: 'gate-z.2', report: reportOf('unknown') }
const missing: FleetResult = { name: 'gate-q.2', problem: 'The job left no report.' }

const schema = JSON.parse(
  readFileSync(new URL('../../schemas/fleet.schema.json', import.meta.url), 'utf8')
) as object
const valid = new Ajv({ strict: false }).compile(schema)

describe('a fleet', () => {
  it('passed only when everybody is there and passed', () => {
    expect(fleetPassed([good])).toBe(true)
    expect(fleetPassed([])).toBe(false)
    for (const other of [failed, unknown, missing]) expect(fleetPassed([good, other])).toBe(false)
  })

  it('as Markdown and HTML says what it is not, and has a row for everybody', () => {
    for (const text of [
      renderFleetMarkdown([good, failed, missing]),
      renderFleetHtml([good, failed, missing])
    ]) {
      expect(text).toContain(scopeSentence)
      expect(text).toContain('1 of 3 passed the gate')
      expect(text).toMatch(/gate-x\.2[^]*gate-y\.2[^]*gate-q\.2[^]*The job left no report\./)
      expect(text).toMatch(/CR 1\.11[^]*gate-x\.2, gate-y\.2/)
    }
  })

  it('as metrics is OpenMetrics: a type before every family, a number on every line, an end', () => {
    const lines = renderFleetMetrics([good, missing]).trimEnd().split('\n')
    expect(lines.at(-1)).toBe('# EOF')
    expect(lines).toContain('kas_harden_gate{result="gate-q.2"} 0')
    for (const line of lines) expect(line).toMatch(/^(?:# (?:TYPE \w+ gauge|EOF)|\w+\{[^{}]+\} \d+)$/)
  })

  it('holds its form whatever a name or an image says', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('| a |', '<script>', '](x)', '\u001b[31m', '"}')
    )
    fc.assert(
      fc.property(hostile, (text) => {
        const results: FleetResult[] = [
          { name: `x${text}`, report: { ...reportOf('passed', text), banners: [text] } },
          { name: 'y', problem: text }
        ]
        expect(valid(JSON.parse(renderFleetJson(results))) || valid.errors).toBe(true)
        expect(renderFleetHtml(results)).not.toMatch(/<script|<img/)
        const rows = renderFleetMarkdown(results)
          .split('\n')
          .filter((line) => /^\| [xy]/.test(line))
        expect(rows).toHaveLength(2)
        for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(12)
        for (const line of renderFleetMetrics(results).trimEnd().split('\n'))
          expect(line).toMatch(
            /^(?:# (?:TYPE \w+ gauge|EOF)|\w+\{result="[^"]*"(?:,verdict="[a-z-]+")?\} \d+)$/
          )
      }),
      { numRuns: 60 }
    )
  })
})
