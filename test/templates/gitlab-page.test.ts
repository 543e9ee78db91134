import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { parseProjectConfig } from '../../lib/config/parse.ts'
import { defaultCommand } from '../../lib/flow/ci-jobs.ts'
import { publicKey } from '../temporary.ts'

/** docs/gitlab.md against the components it describes. */

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/gitlab.md'), 'utf8')

/** The page leaves keys and hashes open. */
function filled(text: string): string {
  const hash = `$y$j9T$F5Jx5fExrKuPp53xLKQ..1$${'a'.repeat(43)}`
  return text.replaceAll(/ssh-ed25519 AAAA.*/g, publicKey).replaceAll('$y$...', () => hash)
}

interface Input {
  description: string
  default?: unknown
}
function inputsOf(component: string): Record<string, Input> {
  const [head] = parseAllDocuments(readFileSync(join(root, 'templates', component, 'template.yml'), 'utf8'))
  return (head?.toJS() as { spec: { inputs: Record<string, Input> } }).spec.inputs
}

describe('docs/gitlab.md', () => {
  it('lists every input of the component with its default', () => {
    const section = page.slice(page.indexOf('## Inputs'), page.indexOf('## What a merge'))
    const rows = [...section.matchAll(/^\| `(\w+)` +\| (.*?) +\| /gm)].map(([, name, value]) => [name, value])
    const shown = Object.fromEntries(rows) as Record<string, string>
    const inputs = inputsOf('kas-harden')
    expect(Object.keys(shown).toSorted()).toEqual(Object.keys(inputs).toSorted())
    for (const [name, { default: value }] of Object.entries(inputs)) {
      if (name === 'build_image') continue // in words
      const text = Array.isArray(value)
        ? `[${value.map((one) => (one === '-' ? "'-'" : String(one))).join()}]`
        : typeof value === 'string'
          ? value
          : ''
      expect([name, shown[name]]).toEqual([name, text === '' ? '' : `\`${text}\``])
    }
  })

  it('shows files kas-harden.yml and .gitlab-ci.yml that are right', () => {
    const blocks = [...page.matchAll(/^( *)```yaml\n([^]*?)^ *```$/gm)].map(([, indent = '', text = '']) =>
      text.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
    )
    const ours = blocks.filter((text) => /^(?:target|ci):/m.test(text))
    expect(ours).toHaveLength(3)
    for (const text of ours) {
      const { findings } = parseProjectConfig(filled(text), 'k.yml', '/p')
      expect(findings).toEqual([])
    }
    const include = parse(blocks.find((text) => text.startsWith('include:')) ?? '') as {
      include: { inputs: object }[]
    }
    expect(Object.keys(inputsOf('kas-harden'))).toEqual(
      expect.arrayContaining(Object.keys(include.include[0]?.inputs ?? {}))
    )
  })
})

it('both components and generated pipelines call kas-harden alike', () => {
  for (const component of ['kas-harden', 'kas-harden-fleet'])
    expect(inputsOf(component)['command']?.default).toBe(defaultCommand)
})
