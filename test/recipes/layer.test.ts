import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSource, siteVariables } from '../../lib/build/settings-packages.ts'
import { recipes, values } from './site-source.ts'

const settings = readFileSync(join(recipes, 'kas-harden-settings', 'kas-harden-settings_1.0.bb'), 'utf8')
const site = readFileSync(join(recipes, 'kas-harden-site', 'kas-harden-site_1.0.bb'), 'utf8')
const siteFiles = join(recipes, 'kas-harden-site', 'files')

/** The words of a list over several lines. */
function list(recipe: string, variable: string): string[] {
  const text = new RegExp(`^${variable} \\+?= "([^"]*)"`, 'm').exec(recipe)?.[1] ?? ''
  return text.split(/[\s\\]+/).filter(Boolean)
}

describe('the recipes', () => {
  const templates = readdirSync(siteFiles, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.tmpl'))
    .sort()
  const placeholders = templates.flatMap((name) =>
    [...readFileSync(join(siteFiles, name), 'utf8').matchAll(/\$\{(\w+)\}/g)].map((match) => match[1]!)
  )

  it('provide every binary package of the source', async () => {
    expect(list(settings, 'PROVIDES')).toEqual((await readSource('kas-harden-settings')).binaries.toSorted())
  })

  it('render every template', () => {
    expect(list(site, 'TEMPLATE_FILES')).toEqual(templates.map((name) => `files/${name}`))
  })

  it('know every placeholder, and have a value for each', () => {
    const used = [...new Set(placeholders)].filter((name) => name !== 'KAS_HARDEN_SITE_VERSION').sort()
    expect(list(site, 'KAS_HARDEN_SITE_VARS')).toEqual(used)
    for (const name of used) expect(site).toMatch(new RegExp(`^${name} \\?\\?= "`, 'm'))
  })

  it('give a site the version the embedded engine gives it', async () => {
    const variables = await siteVariables(await readSource('kas-harden-site'), values)
    const python = /^def kas_harden_site_version[^]*?\n\n/m.exec(site)![0]
    const store = { ...variables, PV: '1.0', KAS_HARDEN_SITE_VARS: list(site, 'KAS_HARDEN_SITE_VARS').join(' ') }
    const script = `import json,sys\n${python}\nclass D:\n  v=json.load(sys.stdin)\n  def getVar(self,n): return self.v.get(n)\nprint(kas_harden_site_version(D()))`
    const done = spawnSync('python3', ['-c', script], { input: JSON.stringify(store), encoding: 'utf8' })
    expect(done.stdout.trim(), done.stderr).toBe(variables['KAS_HARDEN_SITE_VERSION'])
  })
})
