import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../lib/base/assets.ts'
import { componentTypes, variableOf } from '../../lib/controls/control.ts'
import { controls, profile } from './control-fixture.ts'

const recipes = join(packageRoot(), 'recipes/recipes-security')
const parts = join(recipes, 'kas-harden-site/files/parts')

/** Variables the templates of a part of kas-harden-site name. */
function variablesOf(part: string): string[] {
  return readdirSync(join(parts, part), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.tmpl'))
    .flatMap((name) => readFileSync(join(parts, part, name), 'utf8').match(/KAS_HARDEN_[A-Z0-9_]+/g) ?? [])
}

// The recipes are written by hand, the controls too; what one names the other must have.
describe('controls and recipes', () => {
  const control = readFileSync(join(recipes, 'kas-harden-settings/files/debian/control'), 'utf8')

  it('agree on the packages of settings', () => {
    const made = [...control.matchAll(/^Package: (\S+)$/gm)].map((match) => match[1])
    const wanted = [...new Set(controls.flatMap(({ settings }) => settings))].sort()
    expect(wanted.filter((name) => !made.includes(name))).toEqual([])
    expect(made.filter((name) => !wanted.includes(name ?? ''))).toEqual([])
  })

  it('agree on the parts of a site', () => {
    const wanted = [...new Set(controls.flatMap(({ site }) => site))].sort()
    expect(wanted.filter((part) => !existsSync(join(parts, part)))).toEqual([])
    expect(readdirSync(parts).filter((part) => !wanted.includes(part))).toEqual([])
  })

  it('agree on the defaults of parameters', () => {
    const recipe = readFileSync(join(recipes, 'kas-harden-site/kas-harden-site_1.0.bb'), 'utf8')
    const defaults = new Map(
      [...recipe.matchAll(/^(KAS_HARDEN_\w+) \?\?= "(.*)"$/gm)].map((match) => [match[1] ?? '', match[2]])
    )
    for (const { name, default: value } of controls.flatMap(({ parameters }) => parameters)) {
      if (value !== undefined) expect(defaults.get(variableOf(name)), name).toBe(String(value))
    }
  })

  it.each(componentTypes.flatMap((type) => [1, 2, 3, 4].map((level) => [type, level] as const)))(
    'give every variable of the templates a value for %s at SL-%i',
    (type, level) => {
      const chosen = profile([type], level)
      const declared = new Set(chosen.parameters.map(({ name }) => variableOf(name)))
      const missing = chosen.siteParts.flatMap(variablesOf).filter((name) => !declared.has(name))
      expect(missing).toEqual([])
    }
  )
})
