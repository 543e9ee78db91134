import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { packageRoot } from '../../lib/base/assets.ts'
import { readSource, renderTemplate, siteVariables } from '../../lib/build/settings-packages.ts'

const value = fc
  .string({ unit: 'binary', maxLength: 20 })
  .filter((text) => !text.includes('\0') && text.isWellFormed())
const name = fc.constantFrom('A', 'KAS_HARDEN_TIME', 'KAS_HARDEN_TIME_SERVERS', 'Z9_', 'lower')
const piece = fc.oneof(
  name.map((text) => '${' + text + '}'),
  name.map((text) => `$${text}`),
  fc.constantFrom(
    '$',
    '${',
    '}',
    '$$',
    '${A',
    '${A-x}',
    '${constructor}',
    '${NOT_GIVEN}',
    '$NOT_GIVEN',
    '\n',
    'ä'
  ),
  value.filter((text) => !text.includes('$'))
)

describe('templates', () => {
  test('are rendered as envsubst renders them with a list of variables', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.dictionary(name, value), (pieces, variables) => {
        const template = pieces.join('')
        const list = Object.keys(variables)
          .map((one) => '${' + one + '}')
          .join(' ')
        const env = { ...variables, PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' }
        const done = spawnSync('envsubst', [list], { input: template, env })
        expect(renderTemplate(template, variables)).toBe(done.stdout.toString('utf8'))
      }),
      { numRuns: 300 }
    )
  })

  test('a value is never a template itself', () => {
    expect(renderTemplate('${A}', { A: '${B} $& $1', B: 'no' })).toBe('${B} $& $1')
  })
})

/** The recipe's own function, run by Python on a list of values. */
function versionsOfRecipe(sets: readonly Record<string, string>[]): string[] {
  const recipe = readFileSync(
    join(packageRoot(), 'recipes/recipes-security/kas-harden-site/kas-harden-site_1.0.bb'),
    'utf8'
  )
  const body = /^def kas_harden_site_version\(d\):\n(?:(?: {4}.*)?\n)+/m.exec(recipe)?.[0]
  const script = `
import json, sys
${body ?? ''}
class Data:
    def __init__(self, values): self.values = values
    def getVar(self, name): return self.values.get(name)
print(json.dumps([kas_harden_site_version(Data(values)) for values in json.load(sys.stdin)]))
`
  const names = /^KAS_HARDEN_SITE_VARS = "([^"]*)"/m.exec(recipe)?.[1]?.replaceAll('\\', '') ?? ''
  const defaults = Object.fromEntries(
    [...recipe.matchAll(/^(KAS_HARDEN_\w+) \?\?= "(.*)"$/gm)].map((match) => [match[1]!, match[2]!])
  )
  const input = sets.map((set) => ({ PV: '1.0', KAS_HARDEN_SITE_VARS: names, ...defaults, ...set }))
  const done = spawnSync('python3', ['-c', script], { input: JSON.stringify(input), encoding: 'utf8' })
  if (done.status !== 0) throw new Error(done.stderr)
  return JSON.parse(done.stdout) as string[]
}

describe('the version of kas-harden-site', () => {
  test("is the one the recipe's own Python computes", async () => {
    const source = await readSource('kas-harden-site')
    const known = Object.keys(await siteVariables(source, {})).filter(
      (one) => one !== 'KAS_HARDEN_SITE_VERSION'
    )
    const set = fc.dictionary(fc.constantFrom(...known), value)
    const sets = [{}, ...fc.sample(set, 100)]
    const expected = versionsOfRecipe(sets)
    const got = await Promise.all(
      sets.map(async (one) => (await siteVariables(source, one))['KAS_HARDEN_SITE_VERSION'])
    )
    expect(got).toEqual(expected)
    expect(new Set(expected).size, 'other values, other version').toBeGreaterThan(50)
  })

  test('has a form that Debian takes as a version', async () => {
    const variables = await siteVariables(await readSource('kas-harden-site'), {})
    const version = variables['KAS_HARDEN_SITE_VERSION']!
    expect(version).toMatch(/^1\.0\+site\.[0-9a-f]{12}$/)
    expect(spawnSync('dpkg', ['--validate-version', version]).status).toBe(0)
  })
})

test('a source tells its packages and what building them needs', async () => {
  const source = await readSource('kas-harden-settings')
  expect(source.binaries).toContain('kas-harden-pam')
  expect(source.buildDepends).toContainEqual(['libpam-runtime'])
  expect((await readSource('kas-harden-site')).buildDepends).toContainEqual(['login.defs', 'login'])
  await expect(readSource('kas-harden-none')).rejects.toThrow()
})
