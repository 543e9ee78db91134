import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../../lib/base/finding.ts'
import { renderSarif } from '../../lib/report/sarif.ts'

/** What we write, by the sections of SARIF 2.1.0 (OASIS): the whole schema is in no package we install. */
const text = { type: 'object', required: ['text'], properties: { text: { type: 'string', minLength: 1 } } }
const level = { enum: ['none', 'note', 'warning', 'error'] }
const position = { type: 'integer', minimum: 1 }
const closed = (required: readonly string[], properties: object) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties
})
const sarifRule = closed(['id'], {
  id: { type: 'string' }, // 3.49.3
  shortDescription: text,
  fullDescription: text,
  help: text,
  defaultConfiguration: closed([], { level }),
  properties: { type: 'object', properties: { tags: { type: 'array', uniqueItems: true } } }
})
const location = closed([], {
  physicalLocation: closed(['artifactLocation'], {
    artifactLocation: closed([], { uri: { type: 'string', pattern: '^[!-~]+$' } }), // 3.4.3: RFC 3986
    region: closed([], { startLine: position, startColumn: position, endLine: position, endColumn: position })
  })
})
const result = closed(['message'], {
  ruleId: { type: 'string' },
  ruleIndex: { type: 'integer', minimum: -1 },
  level,
  message: text,
  locations: { type: 'array', items: location },
  partialFingerprints: { type: 'object', additionalProperties: { type: 'string' } }
})
const driver = closed(['name'], {
  name: { type: 'string' },
  semanticVersion: { type: 'string' },
  rules: { type: 'array', uniqueItems: true, items: sarifRule }
})
const sarifShape = closed(['version', 'runs'], {
  $schema: { type: 'string' },
  version: { const: '2.1.0' },
  runs: {
    type: 'array',
    items: closed(['tool'], {
      tool: closed(['driver'], { driver }),
      columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
      results: { type: 'array', items: result }
    })
  }
})

interface Log {
  version: string
  runs: {
    tool: { driver: { rules: { id: string; defaultConfiguration: { level: string } }[] } }
    results: {
      ruleId: string
      ruleIndex: number
      level: string
      message: { text: string }
      locations?: { physicalLocation: { artifactLocation: { uri: string }; region?: object } }[]
      partialFingerprints: Record<string, string>
    }[]
  }[]
}

const rule = {
  code: 'A',
  title: 'a',
  severity: 'error' as const,
  why: 'w',
  fix: 'f',
  requirement: ['CR 1.1']
}
const finding: Finding = {
  code: 'A',
  severity: 'warning',
  message: 'bad',
  hint: 'Do it.',
  path: '/p/a b/kas#1.yml',
  range: { line: 3, column: 5, endLine: 3, endColumn: 9 }
}

function render(findings: readonly Finding[]): Log['runs'][0] {
  const log = JSON.parse(renderSarif({ findings, rules: [rule], root: '/p', version: '1.2.3' })) as Log
  expect(log.version).toBe('2.1.0')
  return log.runs[0]!
}

describe('SARIF', () => {
  it('has the members SARIF 2.1.0 requires, of the types it wants, and no others', () => {
    const log = JSON.parse(
      renderSarif({
        findings: [finding, { code: 'B', severity: 'info', message: 'no file' }],
        rules: [rule],
        root: '/p',
        version: '1.2.3'
      })
    ) as unknown
    const validate = new Ajv({ strict: false, allErrors: true }).compile(sarifShape)
    expect(validate(log), JSON.stringify(validate.errors)).toBe(true)
    expect(validate({ ...(log as object), version: '2.0.0' })).toBe(false)
  })

  it('has a rule for every finding and a place below the root as a relative reference', () => {
    const { results, tool } = render([finding, { code: 'B', severity: 'info', message: 'no file' }])
    expect(tool.driver.rules.map(({ id }) => id)).toEqual(['A', 'B'])
    for (const result of results) expect(tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId)
    expect(results[0]?.locations?.[0]?.physicalLocation).toEqual({
      artifactLocation: { uri: 'a%20b/kas%231.yml' },
      region: { startLine: 3, startColumn: 5, endLine: 3, endColumn: 9 }
    })
    expect(results.map(({ level }) => level)).toEqual(['warning', 'note'])
    expect(results[1]?.locations).toBeUndefined()
  })

  it('keeps the identity of a finding when lines above it come and go', () => {
    const moved = { ...finding, range: { line: 30, column: 5 } }
    const [a, b] = render([finding, moved]).results
    expect(a?.partialFingerprints).toEqual(b?.partialFingerprints)
  })

  it('names a file outside the root by its whole path', () => {
    const [result] = render([{ ...finding, path: '/q/layer/a.bb' }]).results
    expect(result?.locations?.[0]?.physicalLocation.artifactLocation.uri).toBe('file:///q/layer/a.bb')
  })
})
