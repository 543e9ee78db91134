import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { runCli } from '../run-cli.ts'
import { missesOf } from '../schema.ts'
import { plainProject, temporaryDirectory, writeProject } from '../temporary.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const modeline = /^# yaml-language-server: \$schema=(\S+)$/m

const files = execFileSync('git', ['ls-files', 'examples', 'lib/controls', 'kas-overlays'], {
  cwd: root,
  encoding: 'utf8'
})
  .split('\n')
  .filter((path) => path.endsWith('.yml') && existsSync(join(root, path)))
const named = files.flatMap((path) => {
  const schema = modeline.exec(readFileSync(join(root, path), 'utf8'))?.[1]
  return schema === undefined || schema.startsWith('http') ? [] : [{ path, schema }]
})

describe('the schema a file names for editors', () => {
  it.each(named)('$path: is there, and finds nothing', ({ path, schema }) => {
    const file = resolve(dirname(join(root, path)), schema)
    expect(existsSync(file)).toBe(true)
    const name = /([^/]+)\.schema\.json$/.exec(file)?.[1] ?? ''
    expect(missesOf(name, JSON.stringify(parse(readFileSync(join(root, path), 'utf8'))))).toBe('')
  })

  it('is named by the examples, and by no file in vain', () => {
    expect(named.map(({ path }) => path)).toContain('examples/qemu-amd64/kas-harden.yml')
  })
})

describe('docs/project-file.md', () => {
  const text = readFileSync(join(root, 'docs/project-file.md'), 'utf8')
  const example = /^```yaml\n(.*?)^```$/ms.exec(text)?.[1] ?? ''

  it('its example is valid for an editor and for kas-harden', async () => {
    expect(missesOf('kas-harden', JSON.stringify(parse(example)))).toBe('')
    const project = writeProject(temporaryDirectory(), plainProject)
    writeFileSync(join(project, 'kas-harden.yml'), example)
    const run = await runCli(project, ['plan', 'kas.yml', '--json'])
    expect(run, run.stderr).toMatchObject({ code: 0 })
  })

  it('has every role, every word of failOn and every key', () => {
    const schema = JSON.parse(readFileSync(join(root, 'schemas/kas-harden.schema.json'), 'utf8')) as {
      properties: Record<string, unknown> & {
        accounts: { items: { properties: { role: { enum: string[] } } } }
        failOn: { items: { enum: string[] } }
      }
    }
    const { accounts, failOn } = schema.properties
    const words = [
      ...Object.keys(schema.properties),
      ...accounts.items.properties.role.enum,
      ...failOn.items.enum
    ]
    expect(words.filter((word) => !new RegExp(`\\b${word}\\b`).test(text))).toEqual([])
  })
})

it('docs/editors.md has every schema', () => {
  const page = readFileSync(join(root, 'docs/editors.md'), 'utf8')
  const schemas = readdirSync(join(root, 'schemas')).filter((name) => name !== 'fleet.schema.json')
  expect(schemas.filter((name) => !page.includes(name))).toEqual([])
})

it('docs/README.md leads to every page', () => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8')
  const pages = readdirSync(join(root, 'docs'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.md') && !name.startsWith('api/') && name !== 'README.md')
  expect(pages.filter((name) => !index.includes(`](${name})`))).toEqual([])
})
