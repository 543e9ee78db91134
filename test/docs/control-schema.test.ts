import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { safeParse } from 'valibot'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { Control } from '../../lib/controls/control.ts'
import { loadControls } from '../../lib/controls/load-controls.ts'

/**
 * What an editor says about a control.yml (schemas/control.schema.json) and what kas-harden says must be the
 * same: held against every control of ours and against thousands of small changes of them.
 */

const schema = JSON.parse(
  readFileSync(new URL('../../schemas/control.schema.json', import.meta.url), 'utf8')
) as object
const validate = new Ajv({
  strict: true,
  strictTypes: false,
  strictRequired: false,
  allErrors: false
}).compile(schema)
const { controls } = await loadControls()
const samples = controls.map(({ path }) => ({
  path,
  data: parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')) as Json
}))

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

function bothSay(data: unknown): { editor: boolean; loader: boolean } {
  return { editor: validate(data), loader: safeParse(Control, data).success }
}

describe('schemas/control.schema.json', () => {
  it.each(samples)('takes $path', ({ data }) => {
    expect(bothSay(data), JSON.stringify(validate.errors)).toEqual({ editor: true, loader: true })
  })

  it.each([
    ['an unknown field', { id: 'a', title: 'a', rationale: 'a', from: 1, requirements: [], sl: 2 }],
    ['no requirement', { id: 'a', title: 'a', rationale: 'a', from: 1, requirements: [] }],
    ['level 5', with_('from', 5)],
    ['half a level', with_('from', 1.5)],
    ['an id with a blank', with_('id', 'a b')],
    ['an empty title', with_('title', '')],
    ['a check of no type', with_('checks', [{ id: 'a', title: 'a' }])],
    ['a check of an unknown type', with_('checks', [{ id: 'a', title: 'a', type: 'magic' }])],
    [
      "a field of another type's check",
      with_('checks', [{ id: 'a', title: 'a', type: 'package', unit: 'a' }])
    ],
    [
      'a mode that is no octal text',
      with_('checks', [{ id: 'a', title: 'a', type: 'mode', paths: [], atMost: '644' }])
    ],
    ['a list', []],
    ['nothing', null]
  ])('refuses %s, as the loader does', (_, data) => {
    expect(bothSay(data)).toEqual({ editor: false, loader: false })
  })

  it('agrees with the loader on every control with one thing changed', () => {
    const sample = fc.constantFrom(...samples.map(({ data }) => data))
    const value = fc.oneof(
      fc.constantFrom<Json>(
        '',
        'x',
        'CR 1.1',
        '0640',
        'bookworm',
        'running',
        0,
        1,
        4,
        5,
        1.5,
        -1,
        true,
        null
      ),
      fc.constantFrom<Json>([], {}, ['a'], [1], { a: 1 }, [{}], ['bookworm'])
    )
    const change = fc.constantFrom<Change>('replace', 'remove', 'add', 'double')
    let refused = 0
    fc.assert(
      fc.property(sample, fc.nat(), change, value, (data, seed, how, other) => {
        const changed = mutate(data, seed, how, other)
        const { editor, loader } = bothSay(changed)
        // valibot's record takes a list for a map; the schema is right to refuse it.
        if (loader && hasListOfSettings(changed)) return
        if (!loader) refused += 1
        expect(editor, JSON.stringify({ changed, errors: validate.errors })).toBe(loader)
      }),
      { numRuns: 3000 }
    )
    expect(refused).toBeGreaterThan(500)
  })
})

function with_(field: string, value: Json): Json {
  const requirements = [{ id: 'CR 1.1', contribution: 'full', proof: 'running' }]
  return { id: 'a', title: 'a', rationale: 'a', from: 1, requirements, [field]: value }
}

function hasListOfSettings(control: Json): boolean {
  const { checks } = control as { checks?: { values?: Json }[] }
  return checks?.some(({ values }) => Array.isArray(values)) ?? false
}

type Change = 'replace' | 'remove' | 'add' | 'double'

/** The same document with one place changed, chosen by `seed`. */
function mutate(data: Json, seed: number, how: Change, other: Json): Json {
  const copy = structuredClone(data)
  const places: [Json[] | Record<string, Json>, string | number][] = []
  const visit = (value: Json): void => {
    if (typeof value !== 'object' || value === null) return
    const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
    for (const key of keys) {
      places.push([value, key])
      visit((value as Record<string | number, Json>)[key] ?? null)
    }
  }
  visit(copy)
  const [parent, key] = places[seed % places.length] ?? [{}, '']
  const holder = parent as Record<string | number, Json>
  if (how === 'replace') holder[key] = other
  else if (how === 'remove' && Array.isArray(parent)) parent.splice(Number(key), 1)
  else if (how === 'remove') Reflect.deleteProperty(parent, key)
  else if (how === 'double' && Array.isArray(parent)) parent.push(structuredClone(holder[key] ?? null))
  else holder[Array.isArray(parent) ? parent.length : 'more'] = other
  return copy
}
