import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { loadCatalogue } from '../../lib/catalogue/load-catalogue.ts'
import { loadControls } from '../../lib/controls/load-controls.ts'

interface Row {
  id: string
  source: string
  ours: string
  agrees: boolean
  why?: string
}

interface Agreement {
  agreementRows: (kit: object) => readonly Row[]
}

/** scripts/docs/ is plain JavaScript, for it runs before anything is there to check it. */
const { agreementRows } = (await import(
  new URL('../../scripts/docs/agreement.mjs', import.meta.url).href
)) as Agreement
const { controls } = await loadControls()
const rows = agreementRows({ catalogue: loadCatalogue(), controls })

it('explains every row on which we differ from exida or Bureau Veritas, and no other', () => {
  const name = ({ id, source }: Row) => `${source} ${id}`
  expect(rows.filter((row) => !row.agrees && row.why === undefined).map(name)).toEqual([])
  expect(rows.filter((row) => row.agrees && row.why !== undefined).map(name)).toEqual([])
})

it('has every row once', () => {
  const names = rows.map(({ id, source }) => `${source} ${id}`)
  expect(new Set(names).size).toBe(names.length)
})

it("names checks we have, and they are those the test on CIP's settings asks", () => {
  const data = JSON.parse(
    readFileSync(new URL('../../scripts/docs/agreement-data.json', import.meta.url), 'utf8')
  ) as { settings: { check: string; requirement: string }[] }
  const asked = readFileSync(new URL('../verify/cip-settings.test.ts', import.meta.url), 'utf8')
  for (const { check, requirement } of data.settings) {
    const [control, id] = check.split('/')
    const found = controls.find((one) => one.id === control)
    expect(found?.checks.map((one) => one.id)).toContain(id)
    expect(found?.requirements.map((one) => one.id)).toContain(requirement)
    expect(asked).toContain(`'${check}'`)
  }
})
