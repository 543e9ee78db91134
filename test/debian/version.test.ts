import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareVersions, parseVersion, versionProblem, versionSatisfies } from '../../lib/debian/version.ts'
import { askApt } from './oracle.ts'

// Few tokens, so that random pairs are close to each other and every rule is met often.
const token = fc.constantFrom(
  '0',
  '1',
  '9',
  '10',
  '007',
  '~',
  '~~',
  '.',
  '+',
  'a',
  'b',
  'Z',
  '~rc',
  '+deb',
  'dfsg'
)
const tail = fc.array(token, { maxLength: 6 }).map((parts) => parts.join(''))
const upstream = fc.tuple(fc.constantFrom('0', '1', '2', '10', '01'), tail).map(([head, rest]) => head + rest)
const revision = fc
  .tuple(fc.constantFrom('0', '1', '~', 'a', '.1'), tail)
  .map(([head, rest]) => `-${head}${rest}`)
const version = fc
  .tuple(
    fc.constantFrom('', '', '', '0:', '1:', '12:'),
    upstream,
    fc.option(
      revision.map((text) => text.replace('-', '-x-')),
      { nil: '', freq: 8 }
    ),
    fc.option(revision, { nil: '' })
  )
  .map((parts) => parts.join(''))
const pair = fc.oneof(
  fc.tuple(version, version),
  // The same version with one character more, less or other: the nearest misses.
  fc.tuple(version, tail).map(([text, more]): [string, string] => [text, text + more])
)

test('orders 25,000 random pairs as apt does', () => {
  const pairs = fc.sample(pair, 25_000)
  const out = askApt('out = [apt_pkg.version_compare(a, b) for a, b in data]', pairs) as number[]
  const wrong = pairs.filter(([a, b], index) => compareVersions(a, b) !== Math.sign(out[index] ?? Number.NaN))
  expect(wrong).toEqual([])
})

test('orders 300 random pairs as dpkg does', () => {
  const pairs = fc.sample(pair, 300)
  const script =
    'while read -r a b; do if dpkg --compare-versions "$a" lt "$b"; then echo -1; ' +
    'elif dpkg --compare-versions "$a" eq "$b"; then echo 0; else echo 1; fi; done'
  const input = pairs.map(([a, b]) => `${a} ${b}\n`).join('')
  const out = execFileSync('sh', ['-c', script], { input }).toString('utf8').trim().split('\n').map(Number)
  expect(out).toHaveLength(pairs.length)
  expect(pairs.filter(([a, b], index) => compareVersions(a, b) !== out[index])).toEqual([])
})

test('agrees with dpkg on which versions are sound', () => {
  const texts = [
    ...[
      '1',
      '1:2-3',
      '0:1',
      '1:1:2-1',
      '1-2-3',
      '1~rc1+dfsg-1',
      '',
      'a1',
      ':1',
      'x:1',
      '1:',
      '-1',
      '1-',
      '1_2'
    ],
    ...['1-1_2', '9999999999:1', '-1:1', '1 2', '1:a', '1-1:2', '2147483647:1', '2147483648:1', '1é']
  ]
  for (const text of texts) {
    const verdict = execFileSync('sh', [
      '-c',
      'dpkg --validate-version "$1" 2>/dev/null && echo sound || true',
      'sh',
      text
    ])
    expect([text, versionProblem(text) === undefined]).toEqual([text, verdict.toString() === 'sound\n'])
  }
})

test('splits at the first colon and the last hyphen', () => {
  expect(parseVersion('1:2.0:3-rc-4')).toEqual({ epoch: 1, upstream: '2.0:3-rc', revision: '4' })
  expect(parseVersion('2.36')).toEqual({ epoch: 0, upstream: '2.36', revision: '' })
})

test('is a total order on anything, however odd or long', () => {
  const any = fc.oneof(version, fc.string({ unit: 'binary', maxLength: 20 }))
  fc.assert(
    fc.property(any, any, any, (a, b, c) => {
      expect(compareVersions(a, a)).toBe(0)
      expect(compareVersions(a, b) + compareVersions(b, a)).toBe(0)
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
        expect(compareVersions(a, c)).toBeLessThanOrEqual(0)
    })
  )
  expect(compareVersions('9'.repeat(1_000_000), `1${'0'.repeat(1_000_000)}`)).toBe(-1)
})

test.each([
  ['<<', [true, false, false]],
  ['<=', [true, true, false]],
  ['<', [true, true, false]],
  ['=', [false, true, false]],
  ['>=', [false, true, true]],
  ['>', [false, true, true]],
  ['>>', [false, false, true]]
] as const)('%s compares an older, an equal and a newer version', (operator, expected) => {
  const versions = ['1.0~rc1-1', '1.0-0', '1:0.1']
  expect(versions.map((one) => versionSatisfies(one, operator, '1.0'))).toEqual(expected)
})
