import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HardenError } from '../../lib/base/errors.ts'
import type { CatalogueComponent } from '../../lib/catalogue/entry.ts'
import { findRequirement } from '../../lib/catalogue/find-requirement.ts'
import { loadCatalogue41 } from '../../lib/catalogue/load-catalogue-41.ts'
import { loadCatalogue } from '../../lib/catalogue/load-catalogue.ts'
import { requirementsFor, securityLevelOf } from '../../lib/catalogue/requirements-for.ts'

const catalogue = loadCatalogue()

describe('IEC 62443-4-2:2019 as data', () => {
  it('holds 4 CCSC, 122 requirement lines and 15 references', () => {
    const count = (...kinds: string[]) => catalogue.entries.filter((one) => kinds.includes(one.kind)).length
    expect([catalogue.entries.length, count('CCSC'), count('CR', 'RE'), count('reference')]).toEqual([
      141, 4, 122, 15
    ])
  })

  it('lists 19/19/20/5/1/3/10 lines over FR 1 to 7 for an embedded device at SL-3, and the 4 CCSC beside them', () => {
    const lines = requirementsFor({ components: ['EDR'], securityLevel: 3 })
    const perFr = [1, 2, 3, 4, 5, 6, 7].map((fr) => lines.filter((one) => one.fr === fr).length)
    expect(perFr).toEqual([19, 19, 20, 5, 1, 3, 10])
    expect(lines.filter((one) => one.kind === 'CCSC').map((one) => one.id)).toEqual([
      'CCSC 1',
      'CCSC 2',
      'CCSC 3',
      'CCSC 4'
    ])
    expect(lines).toHaveLength(77 + 4)
  })

  it.each<[CatalogueComponent, number[]]>([
    ['EDR', [36, 61, 77, 83]],
    ['HDR', [36, 62, 78, 84]],
    ['NDR', [40, 67, 86, 92]],
    ['SAR', [34, 53, 67, 73]]
  ])('has the line counts of the published tables for %s', (type, counts) => {
    const found = [1, 2, 3, 4].map(
      (securityLevel) => requirementsFor({ components: [type], securityLevel }).length - 4
    )
    expect(found).toEqual(counts)
  })

  it('gives a gateway the union of its component types, each line once', () => {
    const both = requirementsFor({ components: ['EDR', 'NDR'], securityLevel: 2 }).map((one) => one.id)
    expect(new Set(both).size).toBe(both.length)
    for (const type of ['EDR', 'NDR'] as const) {
      for (const one of requirementsFor({ components: [type], securityLevel: 2 })) {
        expect(both).toContain(one.id)
      }
    }
  })

  it('asks more, never less, at a higher level, and never an enhancement without its requirement', () => {
    for (const type of ['SAR', 'EDR', 'HDR', 'NDR'] as const) {
      let lower = new Set<string>()
      for (const securityLevel of [1, 2, 3, 4]) {
        const lines = requirementsFor({ components: [type], securityLevel })
        const ids = new Set(lines.map((one) => one.id))
        expect([...lower].filter((id) => !ids.has(id))).toEqual([])
        for (const one of lines) if (one.base) expect(ids).toContain(one.base)
        lower = ids
      }
    }
  })

  it('marks the 18 rows whose level rests on one public source, and the 35 conditional ones', () => {
    expect(catalogue.entries.filter((one) => one.singleSource)).toHaveLength(18)
    expect(catalogue.byId.get('CR 7.8')?.singleSource).toBe(true)
    expect(catalogue.byId.get('CR 1.11')?.singleSource).toBe(false)
    expect(catalogue.entries.filter((one) => one.conditional)).toHaveLength(35)
  })

  it('knows the level per component type', () => {
    const reference = catalogue.byId.get('CR 3.14')!
    const boot = catalogue.byId.get('EDR 3.14 RE(1)')!
    expect(securityLevelOf(boot, 'EDR')).toBe(2)
    expect(securityLevelOf(boot, 'NDR')).toBeUndefined()
    expect(securityLevelOf(reference, 'EDR')).toBeUndefined()
  })

  it('refuses an edition it does not have, naming those it has', () => {
    for (const edition of ['2026', 'constructor']) {
      const attempt = () => loadCatalogue(edition)
      expect(attempt).toThrow(HardenError)
      expect(attempt).toThrow(`'${edition}'`)
    }
  })
})

describe('IEC 62443-4-1 as data', () => {
  it('holds its 47 requirements and four maturity levels', () => {
    const process = loadCatalogue41()
    expect(process.requirements).toHaveLength(47)
    expect(process.maturityLevels.map((one) => one.level)).toEqual([1, 2, 3, 4])
  })
})

describe('finding a requirement', () => {
  it.each([
    ['CR 1.11', 'CR 1.11'],
    ['cr1.11', 'CR 1.11'],
    ['CR-1.11', 'CR 1.11'],
    ['1.11', 'CR 1.11'],
    ['CR 1.1 RE 1', 'CR 1.1 RE(1)'],
    ['cr 1.1 re(2)', 'CR 1.1 RE(2)'],
    ['CR 1.1 (RE 2)', 'CR 1.1 RE(2)'],
    ['edr3.14re1', 'EDR 3.14 RE(1)'],
    ['ccsc-4', 'CCSC 4'],
    ['  CCSC 4 ', 'CCSC 4']
  ])('reads %j as %s', (text, id) => {
    expect(findRequirement(text).entry?.id).toBe(id)
  })

  it('finds every entry by its own id, in lower case and without spaces', () => {
    for (const entry of catalogue.entries) {
      expect(findRequirement(entry.id, catalogue).entry).toBe(entry)
      expect(findRequirement(entry.id.toLowerCase().replaceAll(' ', ''), catalogue).entry).toBe(entry)
    }
  })

  it('says for a reference which lines stand in its place', () => {
    const { entry, suggestions } = findRequirement('CR 3.14')
    expect(entry?.kind).toBe('reference')
    expect(suggestions.map((one) => one.id)).toEqual(['EDR 3.14', 'HDR 3.14', 'NDR 3.14'])
  })

  it('suggests the component requirement for a system requirement, the base for an unknown enhancement', () => {
    expect(findRequirement('SR 1.11').entry).toBeUndefined()
    expect(findRequirement('SR 1.11').suggestions[0]?.id).toBe('CR 1.11')
    expect(findRequirement('CR 1.11 RE(1)').entry).toBeUndefined()
    expect(findRequirement('CR 1.11 RE(1)').suggestions[0]?.id).toBe('CR 1.11')
  })

  it('suggests by words of the title and after typing errors', () => {
    expect(findRequirement('unsuccessful login').suggestions.map((one) => one.id)).toContain('CR 1.11')
    expect(findRequirement('CCS 4').suggestions.map((one) => one.id)).toContain('CCSC 4')
  })

  it('answers any text with an entry or at most five suggestions', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        const { entry, suggestions } = findRequirement(text, catalogue)
        expect(entry !== undefined || suggestions.length <= 5).toBe(true)
      }),
      { numRuns: 100 }
    )
  })
})
