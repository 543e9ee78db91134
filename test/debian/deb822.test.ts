import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Finding } from '../../lib/base/finding.ts'
import { fieldOf, readStanzas } from '../../lib/debian/deb822.ts'
import { askApt } from './oracle.ts'

function read(text: string) {
  const findings: Finding[] = []
  const stanzas = [...readStanzas(text, { path: 'status', onFinding: (finding) => findings.push(finding) })]
  return { stanzas, findings }
}

test('reads fields, continuation lines, comments and both line ends', () => {
  const text =
    '# head\nPackage: a\r\nDescription: one\n two\n # not a comment\n# a comment\n .\n  three\n\n\n \t\nPackage: b'
  const { stanzas, findings } = read(text)
  expect(stanzas.map((stanza) => [stanza.line, fieldOf(stanza, 'PACKAGE')])).toEqual([
    [2, 'a'],
    [12, 'b']
  ])
  expect(fieldOf(stanzas[0]!, 'description')).toBe('one\ntwo\n# not a comment\n.\n three')
  expect(findings).toEqual([])
})

test('keeps the first of two fields and says where the second stands', () => {
  const { stanzas, findings } = read('Package: a\nVersion: 1\nversion: 2\n more of 2\nSection: x\n')
  expect(fieldOf(stanzas[0]!, 'Version')).toBe('1')
  expect(fieldOf(stanzas[0]!, 'Section')).toBe('x')
  expect(findings).toMatchObject([{ code: 'DEB822_DUPLICATE_FIELD', range: { line: 3 }, path: 'status' }])
})

test('reports what is no deb822 and reads the rest', () => {
  const { stanzas, findings } = read(' lost\nno colon here\n its continuation\nPackage: a\nVers ion: 1\n\0\n')
  expect(stanzas).toHaveLength(1)
  expect(fieldOf(stanzas[0]!, 'package')).toBe('a')
  expect(findings.map((finding) => [finding.code, finding.range?.line])).toEqual([
    ['DEB822_BINARY', 1],
    ['DEB822_SYNTAX', 1],
    ['DEB822_SYNTAX', 2],
    ['DEB822_SYNTAX', 5],
    ['DEB822_SYNTAX', 6]
  ])
})

test('stops at its limits with an error that names the file, and tires of findings', () => {
  const drain = (text: string, limits: object) => () => [...readStanzas(text, { path: 'status', limits })]
  expect(drain('A: 1\n\nA: 1\n', { stanzas: 1 })).toThrow(/status has more than 1 stanzas/)
  expect(drain(`A: 1\n ${'x'.repeat(100)}\n`, { stanza: 50 })).toThrow(/at line 2/)
  expect(drain('A: 1\n', { text: 3 })).toThrow(/5 characters/)
  expect(read('junk\n'.repeat(1000)).findings).toHaveLength(101)
})

test('reads random documents as apt does', () => {
  const word = fc.stringMatching(/^[!-9;-~]{1,6}$/)
  const line = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' '))
  const name = fc.stringMatching(/^[A-Z][A-Za-z0-9-]{0,5}$/)
  const field = fc
    .tuple(
      name,
      fc.option(line, { nil: '' }),
      fc.array(line, { maxLength: 3 }),
      fc.constantFrom('', ' ', '\t')
    )
    .map(([key, first, more, blank]) => ({
      key: key.toLowerCase(),
      text: `${key}:${blank}${first}\n${more.map((one) => ` ${one}\n`).join('')}`
    }))
  const stanza = fc
    .uniqueArray(field, { minLength: 1, maxLength: 6, selector: (one) => one.key })
    .map((fields) => fields.map((one) => one.text).join(''))
  const document = fc
    .array(fc.tuple(stanza, fc.constantFrom('\n', '\n\n\n')), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.flat().join(''))
  const documents = fc.sample(document, 500)

  const directory = mkdtempSync(join(tmpdir(), 'deb822-'))
  try {
    const paths = documents.map((text, index) => {
      const path = join(directory, String(index))
      writeFileSync(path, text)
      return path
    })
    const program =
      'out = [[{k.lower(): " ".join(s[k].split()) for k in s.keys()} for s in apt_pkg.TagFile(open(p))] for p in data]'
    const expected = askApt(program, paths)
    const actual = documents.map((text) =>
      read(text).stanzas.map((one) =>
        Object.fromEntries(
          [...one.fields].map(([key, { value }]) => [key, value.split(/\s+/).join(' ').trim()])
        )
      )
    )
    expect(actual).toEqual(expected)
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test('never throws and never hangs on arbitrary text within the limits', () => {
  const piece = fc.constantFrom(
    'A: ',
    'Package:',
    ' ',
    '\t',
    '\n',
    '\n\n',
    '#',
    ':',
    '\r',
    '\0',
    'x',
    '\u{1f600}',
    '\ufeff'
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      for (const stanza of read(pieces.join('')).stanzas) expect(stanza.fields.size).toBeGreaterThan(0)
    }),
    { numRuns: 2000 }
  )
})
