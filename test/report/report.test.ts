import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import * as fc from 'fast-check'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'
import { scopeSentence } from '../../lib/assess/assessment.ts'
import { renderHtml } from '../../lib/report/html.tsx'
import { renderJson } from '../../lib/report/json.ts'
import { renderJunit } from '../../lib/report/junit.ts'
import { renderMarkdown } from '../../lib/report/markdown.ts'
import type { ReportInput } from '../../lib/report/report-input.ts'
import { renderTerminal } from '../../lib/report/terminal.ts'
import { comparison, sample } from './fixture.ts'

const terminal = (input: ReportInput, columns = 100) =>
  renderTerminal(input.assessment, input.verification, { columns, reports: ['build/report.html'] })
const formats: [string, (input: ReportInput) => string][] = [
  ['Markdown', renderMarkdown],
  ['JSON', renderJson],
  ['JUnit', renderJunit],
  ['HTML', renderHtml],
  ['terminal', terminal]
]

const schema = JSON.parse(
  readFileSync(new URL('../../schemas/assessment.schema.json', import.meta.url), 'utf8')
) as object
const valid = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema)

interface Case {
  classname: string
  skipped?: { message: string }
  failure?: { message: string }
  error?: { message: string }
}

function casesOf(xml: string): Map<string, Case> {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    isArray: (name) => ['testsuite', 'testcase'].includes(name)
  })
  const parsed = parser.parse(xml) as { testsuites: { testsuite: { testcase: Case[] }[] } }
  const cases = parsed.testsuites.testsuite.flatMap((suite) => suite.testcase)
  return new Map(cases.map((one) => [one.classname, one]))
}

describe.each(formats)('%s', (_name, render) => {
  it('says word for word what the assessment is not, and the headline', () => {
    const text = render(sample()).replace(/\s+/g, ' ')
    expect(text).toContain(scopeSentence)
    expect(text).toContain('SL-C not claimable: CCSC 4 open')
  })

  it('has the same bytes for the same input', () => {
    expect(render(sample())).toBe(render(sample()))
  })

  it('names the image, not the folder it lies in', () => {
    const text = render(sample())
    expect(text).toContain('image.wic')
    expect(text).not.toContain('xyzzy')
  })

  it('warns of an image that is the base only, or an example', () => {
    const input = sample()
    const image = { ...input.verification.image, fidelity: 'base-only' as const, example: true }
    const text = render({ ...input, verification: { ...input.verification, image } })
    expect(text).toContain('not the product image')
    expect(text).toContain('Example image')
    expect(render(input)).not.toContain('Example image')
  })
})

describe.each(formats.slice(0, 4))('%s', (_name, render) => {
  it('has every line of the standard, the CCSC among them', () => {
    const input = sample()
    const text = render(input)
    for (const one of input.assessment.requirements) expect(text).toContain(one.id)
  })
})

describe('JUnit', () => {
  const cases = casesOf(renderJunit(sample()))
  const of = (id: string) => cases.get(`IEC 62443-4-2 ${id}`)!
  const kind = (one: Case) => (['failure', 'error', 'skipped'] as const).find((key) => one[key] !== undefined)

  it.each([
    ['CR 1.3', 'met', undefined],
    ['CR 1.5', 'partial', 'skipped'],
    ['CR 3.3', 'open', 'skipped'],
    ['CR 2.2', 'not-applicable', 'skipped'],
    ['EDR 3.11', 'met-by-compensation', 'skipped'],
    ['CR 1.11', 'not-met', 'failure'],
    ['CR 2.8', 'not-met, waived', 'skipped'],
    ['CR 1.7', 'unknown', 'error']
  ])('shows %s (%s) as %s', (id, _verdict, expected) => {
    expect(kind(of(id))).toBe(expected)
  })

  it('gives the reason of what it skips', () => {
    expect(of('CR 2.8').skipped?.message).toContain('waived until 2027-01-01 by Jo: Next release')
    expect(of('CR 3.3').skipped?.message).toBe('open: No control of the base layer serves it.')
  })

  it('passes nothing but what is met', () => {
    const { assessment } = sample()
    const green = [...cases.values()].filter((one) => kind(one) === undefined).map((one) => one.classname)
    const met = assessment.requirements.filter((one) => one.verdict === 'met')
    expect(green).toEqual(met.map((one) => `IEC 62443-4-2 ${one.id}`))
  })

  it('counts what it holds', () => {
    const xml = renderJunit(sample())
    const count = (tag: string) => xml.split(`<${tag} `).length - 1
    const [, failures, errors, skipped] =
      /<testsuites [^>]*failures="(\d+)" errors="(\d+)" skipped="(\d+)"/.exec(xml) ?? []
    expect([failures, errors, skipped].map(Number)).toEqual([
      count('failure'),
      count('error'),
      count('skipped')
    ])
  })
})

describe('JSON', () => {
  it('follows its published schema, with and without a comparison', () => {
    for (const input of [sample(), sample('', { comparison })]) {
      expect(valid(JSON.parse(renderJson(input))) || valid.errors).toBe(true)
    }
  })

  it('has a schema that refuses what is no assessment', () => {
    const document = JSON.parse(renderJson(sample())) as Record<string, unknown>
    expect(valid({ ...document, scope: 'Certified!' })).toBe(false)
    expect(valid({ ...document, slc: [1, 2] })).toBe(false)
  })

  it('refers to checks that are there', () => {
    const document = JSON.parse(renderJson(sample())) as {
      checks: { id: string }[]
      requirements: { checks: string[] }[]
    }
    const ids = new Set(document.checks.map((one) => one.id))
    for (const one of document.requirements) for (const id of one.checks) expect(ids).toContain(id)
  })
})

describe('HTML', () => {
  const page = renderHtml(sample('', { comparison }))

  it('is one file that loads and runs nothing', () => {
    expect(page).toContain("default-src 'none'")
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|url\(|@import|https?:/i)
  })

  it('has a section per requirement, each linked from the overview', () => {
    const links = [...page.matchAll(/href="#([^"]+)"/g)].map((found) => found[1]!)
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map((found) => found[1]!)
    expect(new Set(ids).size).toBe(ids.length)
    for (const link of links) expect(ids).toContain(link)
    expect(page.split('<article ').length - 1).toBe(sample().assessment.requirements.length)
  })

  it('shows plain and hardened side by side, and says what was not measured', () => {
    expect(page).toContain('3 of 10')
    expect(page).toContain('not measured')
    expect(page.replace(/\s+/g, ' ')).toContain('waits for the test on the running system')
    expect(renderHtml(sample())).not.toContain('side by side')
  })
})

/** A line without its code spans, read as CommonMark does: a run of backticks ends at the next run as long. */
function withoutCode(line: string): string {
  const open = /(?<!\\)`+/.exec(line)
  if (!open) return line
  const rest = line.slice(open.index + open[0].length)
  const close = [...rest.matchAll(/`+/g)].find((run) => run[0].length === open[0].length)
  if (!close) return line.slice(0, open.index) + open[0] + withoutCode(rest)
  return line.slice(0, open.index) + withoutCode(rest.slice(close.index + close[0].length))
}

describe('Markdown', () => {
  it('keeps evidence with backticks, pipes and tags as text', () => {
    const text = renderMarkdown(sample('a`b``c | @all #1 <b> [x](http://y)'))
    const outside = text.split('\n').map(withoutCode).join('\n')
    expect(outside).not.toMatch(/<b|[^\\]@all|[^\\]\[x|[^\\]#1/)
  })
})

describe('the terminal', () => {
  it.each([64, 80, 120])('fits %i columns', (columns) => {
    for (const line of terminal(sample(), columns).split('\n'))
      expect(line.length).toBeLessThanOrEqual(columns)
  })

  it('has a row per FR, five tagged steps, and ends with where the reports lie', () => {
    const lines = terminal(sample()).trimEnd().split('\n')
    for (const fr of [1, 2, 3, 4, 5, 6, 7]) {
      expect(lines.filter((line) => line.startsWith(`FR ${fr} `))).toHaveLength(1)
    }
    expect(lines.filter((line) => /^ {2}(add this control|your job|hardware) /.test(line))).toHaveLength(5)
    expect(lines.at(-1)).toBe('Reports: build/report.html')
  })

  it('says the same with and without colour', () => {
    const { assessment, verification } = sample()
    const coloured = renderTerminal(assessment, verification, { columns: 100, colour: true })
    expect(coloured).toContain('\u001b[')
    // eslint-disable-next-line no-control-regex
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(
      renderTerminal(assessment, verification, { columns: 100 })
    )
  })
})

// eslint-disable-next-line no-control-regex
const controlOrBidi = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

describe('text from a hostile image', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '</script><script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      ']]><x/>&amp;&#0;',
      '\u001b]0;title\u0007\u001b[2J\u009b31m',
      'safe\u202egnp.exe',
      '`` | \n# heading\n',
      '\u0000\u0008\ud800',
      '--> <!--',
      '${jndi}'
    )
  )

  it('breaks no format', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const input = sample(text, { comparison })
        const xml = renderJunit(input)
        // eslint-disable-next-line @typescript-eslint/no-deprecated
        expect(XMLValidator.validate(xml)).toBe(true)
        expect(casesOf(xml).size).toBe(input.assessment.requirements.length)
        expect(valid(JSON.parse(renderJson(input))) || valid.errors).toBe(true)
        const page = renderHtml(input)
        expect(page).not.toMatch(/<script|<img|<x\/>|<!--/)
        expect(page.split('<article ').length - 1).toBe(input.assessment.requirements.length)
        expect(renderMarkdown(input).split('\n### ').length - 1).toBe(input.assessment.requirements.length)
        for (const [, render] of formats) {
          expect(render(input)).not.toMatch(controlOrBidi)
          expect(render(input).isWellFormed()).toBe(true)
        }
      }),
      { numRuns: 60 }
    )
  })

  it('can not make the page execute anything', () => {
    const page = renderHtml(sample('" onmouseover="alert(1)" x="</style><svg onload=alert(1)>'))
    expect(page).not.toMatch(/<svg|<\/style>(?!<\/head>)|\sonmouseover="/)
    expect(page).toContain('&lt;svg')
  })
})

describe('the share of the base layer per level', () => {
  const input = sample()
  const { frs } = input.assessment

  it('counts every line up to each level once, and the aimed level last', () => {
    for (const { levels, share, total } of frs) {
      expect(levels.map((one) => one.securityLevel)).toEqual([1, 2])
      expect(levels.at(-1)).toEqual({ securityLevel: 2, total, ...share })
      for (const one of levels) expect(one.full + one.partial + one.none).toBe(one.total)
    }
  })

  it.each([
    ['Markdown', renderMarkdown],
    ['HTML', renderHtml],
    ['terminal', terminal]
  ])('adds up in %s', (_, render) => {
    const sum = (level: number) => frs.reduce((all, fr) => all + (fr.levels[level - 1]?.total ?? 0), 0)
    expect([sum(1), sum(2)]).toEqual([36, 61])
    expect(render(input).replace(/\s+/g, ' ')).toMatch(
      /1 full, 1 in part of 36.{1,40}1 full, 1 in part of 61/
    )
  })
})

describe.each([
  ['Markdown', renderMarkdown],
  ['HTML', renderHtml]
])('the section for the integrator in %s', (_name, render) => {
  it('lists each line that is not met with what covers it, and those nobody answered for', () => {
    const text = render(sample())
    const section = text.slice(text.indexOf('For the integrator'))
    expect(section).toMatch(/EDR 3\.11[\s\S]{0,300}outside measure[\s\S]{0,80}Locked cabinet/)
    expect(section).toMatch(/CR 1\.11[\s\S]{0,300}nobody yet/)
  })
})
