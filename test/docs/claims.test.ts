import { expect, it } from 'vitest'
import { loadCatalogue } from '../../lib/catalogue/load-catalogue.ts'
import { loadControls } from '../../lib/controls/load-controls.ts'

interface Difference {
  id: string
  reading: string
  ours: string
  why?: string
}

interface Claims {
  reading: Readonly<Record<string, string>>
  differences: (kit: object) => readonly Difference[]
  needless: (kit: object) => readonly string[]
}

/** scripts/docs/ is plain JavaScript, for it runs before anything is there to check it. */
const claims = (await import(new URL('../../scripts/docs/claims.mjs', import.meta.url).href)) as Claims
const { controls } = await loadControls()
const kit = { catalogue: loadCatalogue(), controls }

it('has read every line of the standard', () => {
  const lines = kit.catalogue.entries.filter(({ kind }) => kind !== 'reference').map(({ id }) => id)
  expect(Object.keys(claims.reading).sort()).toEqual([...lines].sort())
})

it('says why our claim is another than our reading, and says it nowhere else', () => {
  const silent = claims.differences(kit).filter(({ why = '' }) => why.length < 20)
  expect(silent.map(({ id, reading, ours }) => `${id}: ${reading}, ours ${ours}`)).toEqual([])
  expect(claims.needless(kit)).toEqual([])
})
