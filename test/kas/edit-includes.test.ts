import fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HardenError } from '../../lib/base/errors.ts'
import { addInclude, removeInclude } from '../../lib/kas/edit-includes.ts'
import { member, parseYaml } from '../../lib/kas/yaml.ts'
import { clone, clones } from './clones.ts'

const ours = 'kas-harden/harden.yml'
const yml = { path: 'kas.yml', json: false }

/** The header's ways of saying its includes, with the rest of the header around them. */
const headers: readonly string[] = [
  'header:\n  version: 14\n',
  'header:\n    version: 14   # of kas 3.1\n',
  "header:\n  version: '0.10'\n",
  'header: {version: 14}\n',
  'header: { version: 14, }\n',
  'header: {\n  version: 14\n}\n',
  'header: {version: 14, includes: []}\n',
  'header: {version: 14, includes: [ ]}\n',
  'header: {includes: [a.yml], version: 14}\n',
  'header:\n  version: 14\n  includes: []  # none yet\n',
  'header:\n  version: 14\n  includes: [a.yml, "b c.yml"] # two\n',
  'header:\n  version: 14\n  includes: [\n    a.yml, # first\n    b.yml, # second\n  ]\n',
  'header:\n  includes:\n  - a.yml\n  - b.yml # last\n  # - c.yml\n  version: 14\n',
  'header:\n  version: 14\n  includes:\n    - a.yml\n\n    # the board\n    - repo: cip\n      file: kas.yml # of cip\n',
  'header:\n  version: 14\n  includes:\n    - {repo: cip, file: kas.yml}\n',
  'header:\n  version: 14\n  includes:\n    -   "a.yml"\n    -   >-\n        kas/b.yml\n',
  'header:\n  version: 14\n  includes:   # what we take\n      - |-\n       a.yml\n',
  '"header":\n  "includes":\n    - "a.yml"\n  "version": 14\n',
  '? header\n: version: 14\n  includes:\n  - a.yml\n',
  'header: &h\n  version: 14\n',
  'header:\n  includes: &list\n    - a.yml\n  version: 14\n',
  'header:\n\n  version:\n    14\n\n\n'
]

const before: readonly string[] = [
  '',
  '# SPDX-License-Identifier: MIT\n#\n',
  '---\n',
  'machine: qemuamd64 # before the header\n\n',
  'repos:\n  cip-core:\n\n  isar:\n    layers:\n      meta:\n\n'
]

const after: readonly string[] = [
  '',
  '\n',
  '# the end\n',
  'target: isar-image-base\n',
  'local_conf_header:\n    disk:\n        ROOTFS_EXTRA = "1024" # MB\n    odd: |\n        A = "${@d.getVar(\'B\')}\\n"\n\n',
  'env: {A: ~, B: null, C: }\n'
]

const file = fc
  .record({
    head: fc.constantFrom(...before),
    header: fc.constantFrom(...headers),
    tail: fc.constantFrom(...after),
    crlf: fc.boolean(),
    finalBreak: fc.boolean()
  })
  .map(({ head, header, tail, crlf, finalBreak }) => {
    const text = finalBreak ? head + header + tail : (head + header + tail).replace(/\n+$/, '')
    return crlf ? text.replaceAll('\n', '\r\n') : text
  })

describe('adding an include', () => {
  it('inserts text and changes nothing else, whatever the file looks like', () => {
    fc.assert(
      fc.property(file, (source) => {
        const edited = addInclude(source, ours, yml)
        expect(includes(edited)).toEqual([...includes(source), ours])
        expect(without(edited)).toEqual(without(source))
        expect(isInsertion(source, edited)).toBe(true)
        if (source.includes('\r\n')) expect(edited).not.toMatch(/[^\r]\n/)
      }),
      { numRuns: 600 }
    )
  })

  it('is undone byte for byte', () => {
    fc.assert(
      fc.property(file, (source) => {
        expect(removeInclude(addInclude(source, ours, yml), ours, yml)).toBe(source)
      }),
      { numRuns: 600 }
    )
  })

  it('does nothing the second time, nor does removing what is not there', () => {
    for (const header of headers) {
      const once = addInclude(header, ours, yml)
      expect(addInclude(once, ours, yml)).toBe(once)
      expect(removeInclude(header, ours, yml)).toBe(header)
    }
  })

  it('takes out exactly the entry although the list was edited around it', () => {
    const source =
      'header:\n  version: 14\n  includes:\n    - a.yml # one\n    - kas-harden/harden.yml # ours\n    - b.yml\n'
    expect(removeInclude(source, ours, yml)).toBe(
      'header:\n  version: 14\n  includes:\n    - a.yml # one\n    - b.yml\n'
    )
    expect(removeInclude('header: {version: 14, includes: [kas-harden/harden.yml, b.yml]}', ours, yml)).toBe(
      'header: {version: 14, includes: [b.yml]}'
    )
  })

  it('edits JSON as JSON', () => {
    for (const source of [
      '{"header": {"version": 14}, "machine": "a"}',
      '{\r\n  "header": {\r\n    "includes": [\r\n      "a.json"\r\n    ],\r\n    "version": 14\r\n  }\r\n}\r\n',
      '{"header": {"version": 14, "includes": []}}'
    ]) {
      const edited = addInclude(source, ours, { path: 'kas.json', json: true })
      expect(includesOfValue(JSON.parse(edited))).toContain(ours)
      expect(removeInclude(edited, ours, { path: 'kas.json', json: true })).toBe(source)
    }
  })

  it('refuses, with the reason, what cannot be proven', () => {
    const aliased = 'a: &h\n  version: 14\nheader: *h\n'
    expect(() => addInclude(aliased, ours, yml)).toThrow(/alias/)
    const shared = 'env: &list\n  - a.yml\nheader:\n  version: 14\n  includes: *list\n'
    expect(() => addInclude(shared, ours, yml)).toThrow(/no list written out/)
    const seen = 'header: &h\n  version: 14\ncopy: *h\n'
    expect(() => addInclude(seen, ours, yml)).toThrow(/more than the list of includes/)
  })

  it('edits or refuses a damaged file, and never makes something else of it', () => {
    const damaged = fc
      .tuple(
        file,
        fc.array(
          fc.tuple(fc.nat(), fc.constantFrom('', '\n', '  ', ':', '- ', '[', '}', '#', '&a ', "'", '|')),
          { maxLength: 3 }
        )
      )
      .map(([source, cuts]) =>
        cuts.reduce((text, [at, put]) => {
          const place = at % (text.length + 1)
          return text.slice(0, place) + put + text.slice(place + 1)
        }, source)
      )
    fc.assert(
      fc.property(damaged, (source) => {
        let edited: string
        try {
          edited = addInclude(source, ours, yml)
        } catch (error) {
          expect(error).toBeInstanceOf(HardenError)
          return
        }
        expect(without(edited)).toEqual(without(source))
        expect(isInsertion(source, edited)).toBe(true)
        expect(removeInclude(edited, ours, yml)).toBe(source)
      }),
      { numRuns: 600 }
    )
  })

  it('keeps duplicate keys and takes the one kas takes', () => {
    const source =
      'header:\n  version: 10\nheader:\n  version: 14\n  includes: [a.yml]\n  includes: [b.yml]\n'
    expect(addInclude(source, ours, yml)).toBe(source.replace('[b.yml]', '[b.yml, kas-harden/harden.yml]'))
  })
})

describe.each(clones)('every kas file of $name', ({ variable }) => {
  it('takes the include and gives it back', () => {
    const root = clone(variable)
    if (root === undefined) return
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (name) => /\.ya?ml$/.test(name) && !name.startsWith('.git/')
    )
    let edited = 0
    for (const name of files) {
      const source = readFileSync(join(root, name), 'utf8')
      if (!/^header:/m.test(source)) continue
      const changed = addInclude(source, ours, { path: name, json: false })
      expect(isInsertion(source, changed)).toBe(true)
      expect(removeInclude(changed, ours, { path: name, json: false })).toBe(source)
      edited++
    }
    expect(edited).toBeGreaterThan(10)
  })
})

function includes(source: string): unknown[] {
  return includesOfValue(parseYaml(source, 'kas.yml').value)
}

function includesOfValue(value: unknown): unknown[] {
  const list = member(member(value as never, 'header'), 'includes')
  return Array.isArray(list) ? [...(list as unknown[])] : []
}

function without(source: string): unknown {
  const { header, ...rest } = parseYaml(source, 'kas.yml').value as Record<string, Record<string, unknown>>
  return { ...rest, header: { ...header, includes: undefined } }
}

/** Whether `long` is `short` with one piece of text put in. */
function isInsertion(short: string, long: string): boolean {
  let same = 0
  while (same < short.length && short[same] === long[same]) same++
  return long.length > short.length && long.endsWith(short.slice(same))
}
