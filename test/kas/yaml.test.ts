import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HardenError } from '../../lib/base/errors.ts'
import { parseYaml } from '../../lib/kas/yaml.ts'

// Values come back as [type, value], so that 1 and 1.0, and text and dates, can be told apart.
const script = `
import datetime, json, sys, yaml
def show(v):
    if isinstance(v, bool): return ['boolean', v]
    if v is None: return ['null']
    if isinstance(v, (int, float)): return ['number', repr(float(v))]
    if isinstance(v, str): return ['string', v]
    if isinstance(v, (datetime.date, datetime.datetime)): return ['date']
    if isinstance(v, list): return ['list', [show(i) for i in v]]
    return ['map', [[k if isinstance(k, str) else '!', show(i)] for k, i in v.items()]]
for line in sys.stdin:
    try: print(json.dumps(show(yaml.safe_load(json.loads(line)))))
    except Exception as e: print('["error"]')
`

/** What PyYAML makes of each text; one process for all. */
function pyYaml(sources: readonly string[]): unknown[] {
  const input = sources.map((source) => `${JSON.stringify(source)}\n`).join('')
  const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', script], { input, encoding: 'utf8' })
  const lines = stdout.trimEnd().split('\n')
  if (lines.length !== sources.length) throw new Error(stderr)
  return lines.map((line) => JSON.parse(line) as unknown)
}

function show(value: unknown): unknown {
  if (value === null) return ['null']
  if (Array.isArray(value)) return ['list', value.map(show)]
  if (typeof value === 'object') return ['map', Object.entries(value).map(([key, one]) => [key, show(one)])]
  if (typeof value === 'number') return ['number', value]
  return [typeof value, value]
}

function ours(source: string): unknown {
  try {
    const { value, findings } = parseYaml(source, 'k.yml')
    return findings.some(({ code }) => code === 'KAS_YAML_DATE') ? 'date' : show(value)
  } catch (error) {
    return (error as HardenError).code === 'KAS_YAML' ? ['error'] : error
  }
}

/** Python's repr of a number as ours. */
function theirs(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  if (value[0] === 'number') return ['number', Number(String(value[1]).replace('inf', 'Infinity'))]
  return value.map(theirs)
}

const awkward = [
  ...[
    'y',
    'n',
    'Y',
    'N',
    'yes',
    'Yes',
    'YES',
    'yEs',
    'no',
    'on',
    'Off',
    'true',
    'TRUE',
    'tRue',
    'null',
    'Null',
    '~',
    ''
  ],
  ...[
    '0',
    '00',
    '-0',
    '+1',
    '0755',
    '08',
    '0o17',
    '0x1F',
    '0xg',
    '0b101',
    '0b2',
    '1_000',
    '_1',
    '1__0',
    '1:30',
    '1:60',
    '-1:30:15'
  ],
  ...[
    '1e3',
    '1.e3',
    '1.0e3',
    '1.0e+3',
    '1.5E-2',
    '.5',
    '.5e+1',
    '-.5',
    '+.5',
    '1.',
    '._1',
    '.inf',
    '-.INF',
    '.nan',
    '.iNf',
    '1:30.5'
  ],
  ...[
    '12e03',
    '0.1.2',
    '1.2.3',
    '2024-01-01',
    '2024-1-1',
    '2024-01-01 10:00:00',
    '2024-01-01T10:00:00Z',
    '24-01-01',
    '=',
    '<<',
    '-',
    '0_',
    '0_7',
    '1_',
    '0x_',
    '0b_'
  ],
  ...[
    'v1.1',
    'a b',
    'a: b',
    "'yes'",
    '"0755"',
    "'2024-01-01'",
    '!!str yes',
    '!!int "7"',
    '!!bool "yes"',
    '! 1',
    '!own 1',
    '|\n  yes',
    '>\n  1\n  2'
  ]
]

describe('parseYaml reads as PyYAML', () => {
  it('every awkward scalar', () => {
    const sources = awkward.map((scalar) => `a: ${scalar}\n`)
    const expected = pyYaml(sources)
    sources.forEach((source, index) => {
      const wanted = theirs(expected[index])
      const got = ours(source)
      if (JSON.stringify(wanted).includes('["date"]')) expect(got, source).toBe('date')
      else expect(got, source).toEqual(wanted)
    })
  })

  it('plain scalars of any spelling', () => {
    const letters = fc.constantFrom(...Array.from('0123456789_.:+-eExXbo~yYnNtTfFsSaiIuUlLrR'))
    const scalars = fc.sample(fc.string({ unit: letters, minLength: 1, maxLength: 9 }), {
      numRuns: 3000,
      seed: 62443
    })
    // A colon or dash at an end is syntax, not a scalar; a quotient of floats is compared as a number.
    const sources = scalars.filter((text) => !/:$|^-$|^[-?:]\s/.test(text)).map((text) => `a: ${text}\n`)
    const expected = pyYaml(sources)
    sources.forEach((source, index) => {
      const wanted = theirs(expected[index])
      if (JSON.stringify(wanted).includes('["date"]')) expect(ours(source), source).toBe('date')
      else expect(ours(source), source).toEqual(wanted)
    })
  })

  it('structures: duplicate keys, merge keys, anchors, blocks, line ends', () => {
    const sources = [
      'a: 1\na: 2\n',
      'b: {x: 1, x: 2}\n',
      'd: &d {x: 1, y: 2}\ne: {<<: *d, y: 3}\n',
      'd: &d {x: 1}\nf: &f {x: 2, z: 3}\ne: {y: 3, <<: [*d, *f]}\n',
      'a: |\n  one\n   two\n\n  three\n\n',
      'a: |-\n  one\n\nb: |+\n  two\n\n',
      'a: >\n  one\n  two\n\n  three\n',
      'a: |2\n    indented\n',
      'a: "x\\n\\ty\\u00e9"\n',
      "a: 'it''s'\n",
      'a:\n- 1\n-\n- {b: , c}\n',
      'a: 1\r\nb: |\r\n  x\r\n  y\r\n',
      'a: plain over\n  two lines\n',
      '# only a comment\n',
      '',
      '---\na: 1\n...\n',
      'a: 1\n---\nb: 2\n',
      'a: [1\n',
      'a: *nowhere\n',
      '\ta: 1\n',
      'a: \u0007\n',
      '- a\n- b\n',
      '{"a": [1, 2, {"b": null}]}\n'
    ]
    const expected = pyYaml(sources)
    sources.forEach((source, index) => {
      expect(ours(source), source).toEqual(theirs(expected[index]))
    })
  })
})

describe('parseYaml knows places', () => {
  const source = 'a:\n  b: |\n    one\n\n    three\n  c: plain # note\n  d: >\n    x\n    y\n'
  const document = parseYaml(source, 'k.yml')

  it('of values', () => {
    expect(document.locate(['a', 'c'])).toEqual({ line: 6, column: 6, endLine: 6, endColumn: 11 })
    expect(document.locate(['a', 'z'])).toBeUndefined()
    expect(document.locate(['a', 'c', 0])).toBeUndefined()
  })

  it('of the lines inside a literal block', () => {
    expect([0, 1, 2].map((index) => document.lineOf(['a', 'b'], index))).toEqual([3, 4, 5])
  })

  it('of a value that comes through a merge key', () => {
    const merged = parseYaml('d: &d\n  x: 1\ne:\n  <<: *d\n', 'k.yml')
    expect(merged.locate(['e', 'x'])).toMatchObject({ line: 2, column: 6 })
  })

  it('of what is wrong', () => {
    expect(parseYaml('a: 1\nb: 2\na: 3\n', 'k.yml').findings).toMatchObject([
      { code: 'KAS_DUPLICATE_KEY', severity: 'warning', path: 'k.yml', range: { line: 3, column: 1 } }
    ])
    expect(() => parseYaml('a: 1\nb: [1\n', 'dir/k.yml')).toThrow(/^dir\/k\.yml:3:1: /)
  })

  it('refuses aliases that multiply', () => {
    const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
    for (let level = 1; level < 9; level++)
      bomb.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(',')}]`
      )
    expect(() => parseYaml(bomb.join('\n'), 'k.yml')).toThrow(/too many/)
  })
})

describe('a block at the end of the file', () => {
  it('ends as it does for PyYAML, with and without a last line break', () => {
    const sources = ['|', '|-', '|+', '>', '>-', '>+', '|2']
      .flatMap((style) => ['a', 'a\n  b', 'a\n\n  b', 'a\n   b'].map((text) => `k: ${style}\n  ${text}`))
      .flatMap((head) =>
        ['', '\n', '\n\n', '  ', '\n  ', '\n\n  ', '\n# c', '\nz: 1'].map((end) => head + end)
      )
      .flatMap((source) => [source, source.replaceAll('\n', '\r\n')])
    const expected = pyYaml(sources).map(theirs)
    sources.forEach((source, index) => {
      expect([source, ours(source)]).toEqual([source, expected[index]])
    })
  })
})
