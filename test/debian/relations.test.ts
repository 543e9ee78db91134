import fc from 'fast-check'
import { expect, test } from 'vitest'
import { architectureListAdmits, formatClause, parseRelations } from '../../lib/debian/relations.ts'
import { askApt } from './oracle.ts'

test('reads alternatives, versions, qualifiers, architecture lists and profiles', () => {
  const { clauses, findings } = parseRelations(
    'libc6 (>= 2.36), python3:any(<<3.12~) | pypy3,\n foo:native (= 1:2-3) [linux-any !i386] <!nocheck> <cross>,'
  )
  expect(findings).toEqual([])
  expect(clauses).toEqual([
    [{ name: 'libc6', operator: '>=', version: '2.36', architectures: [] }],
    [
      { name: 'python3', qualifier: 'any', operator: '<<', version: '3.12~', architectures: [] },
      { name: 'pypy3', architectures: [] }
    ],
    [
      {
        name: 'foo',
        qualifier: 'native',
        operator: '=',
        version: '1:2-3',
        architectures: ['linux-any', '!i386'],
        profiles: '<!nocheck> <cross>'
      }
    ]
  ])
  expect(clauses.map(formatClause)).toEqual([
    'libc6 (>= 2.36)',
    'python3:any (<< 3.12~) | pypy3',
    'foo:native (= 1:2-3) [linux-any !i386] <!nocheck> <cross>'
  ])
})

test('reports what it cannot read and keeps the other alternatives', () => {
  const { clauses, findings } = parseRelations('good, ba d | fine, (>= 1), ver (>= )')
  expect(clauses.map(formatClause)).toEqual(['good', 'fine'])
  expect(findings.map((finding) => finding.message)).toEqual([
    "'ba d' is not a package relation.",
    "'(>= 1)' is not a package relation.",
    "'ver (>= )' is not a package relation."
  ])
  expect(parseRelations('a (>= _)').findings).toMatchObject([{ code: 'RELATION_SYNTAX' }])
})

test('parses random relation fields as apt does', () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,6}$/)
  const constraint = fc
    .tuple(
      fc.constantFrom('<<', '<=', '=', '>=', '>>'),
      fc.stringMatching(/^(1:)?[0-9][a-z0-9.+~]{0,5}(-[0-9]{1,2})?$/)
    )
    .map(([operator, version]) => ({ operator, version, text: ` (${operator} ${version})` }))
  const relation = fc.tuple(name, fc.constantFrom('', '', ':any'), fc.option(constraint))
  const field = fc
    .array(fc.array(relation, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 5 })
    .map((clauses) =>
      clauses
        .map((clause) =>
          clause.map(([one, qualifier, more]) => one + qualifier + (more?.text ?? '')).join(' | ')
        )
        .join(', ')
    )
  const fields = fc.sample(field, 1000)
  const program = 'out = [[[list(r) for r in c] for c in apt_pkg.parse_depends(t, False)] for t in data]'
  const short: Readonly<Record<string, string>> = { '<<': '<', '>>': '>' } // apt's own spelling
  const actual = fields.map((text) =>
    parseRelations(text).clauses.map((clause) =>
      clause.map((one) => [
        one.qualifier === undefined ? one.name : `${one.name}:${one.qualifier}`,
        one.version ?? '',
        short[one.operator ?? ''] ?? one.operator ?? ''
      ])
    )
  )
  expect(actual).toEqual(askApt(program, fields))
})

test('stays linear on hostile text', () => {
  const blanks = ' '.repeat(200_000)
  expect(parseRelations(`a${blanks}(${blanks}>=${blanks}1${blanks}b`).findings).toHaveLength(1)
  expect(parseRelations('<'.repeat(100_000)).findings).toHaveLength(1)
})

test.each([
  [[], true],
  [['amd64'], true],
  [['arm64', 'any-amd64'], true],
  [['linux-any'], true],
  [['arm64'], false],
  [['!amd64'], false],
  [['!arm64', '!armhf'], true],
  [['!linux-any'], false]
])('an architecture list %j admits amd64: %s', (list, expected) => {
  expect(architectureListAdmits(list, 'amd64')).toBe(expected)
})
