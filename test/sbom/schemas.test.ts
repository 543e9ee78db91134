import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { runCli } from '../run-cli.ts'
import { scratchDirectory } from '../image/images.ts'
import { bookworm, describe, stanza, writeTree } from './images.ts'

/** What `sbom check` and `sbom diff` write is what their published schemas describe. */

function validatorOf(name: string) {
  const schema = new URL(`../../schemas/${name}.schema.json`, import.meta.url)
  return new Ajv({ strict: false, allErrors: true }).compile(
    JSON.parse(readFileSync(schema, 'utf8')) as object
  )
}

const directory = await scratchDirectory()
for (const [name, packages] of Object.entries({ a: ['one', 'two'], b: ['one', 'three'] })) {
  writeTree(join(directory, name), {
    'etc/os-release': bookworm,
    'var/lib/dpkg/status': packages.map((one) => stanza(one, '1-1', { Depends: 'one' })).join('')
  })
}
for (const name of ['a', 'b'])
  writeTree(directory, { [`${name}.json`]: (await describe(join(directory, name))).json })

test('sbom check --json', async () => {
  const validate = validatorOf('sbom-check')
  for (const profile of ['bsi', 'ntia', 'cisa']) {
    const { stdout } = await runCli(directory, ['sbom', 'check', 'a.json', '--profile', profile, '--json'])
    const score: unknown = JSON.parse(stdout)
    expect(validate(score), JSON.stringify(validate.errors)).toBe(true)
    expect(validate({ ...(score as object), percent: 101 })).toBe(false)
  }
})

test('sbom diff --json', async () => {
  const validate = validatorOf('sbom-diff')
  for (const [other, code] of [
    ['a.json', 0],
    ['b.json', 1]
  ] as const) {
    const done = await runCli(directory, ['sbom', 'diff', 'a.json', other, '--json'])
    expect(done.code).toBe(code)
    const difference: unknown = JSON.parse(done.stdout)
    expect(validate(difference), JSON.stringify(validate.errors)).toBe(true)
    expect(validate({ ...(difference as object), equal: 'no' })).toBe(false)
  }
})
