import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateLocalConf } from '../../lib/kas/bitbake.ts'
import { bitbakeString, type Overlay, renderOverlay } from '../../lib/kas/overlay.ts'
import { readKasProject } from '../../lib/kas/project.ts'
import { parseYaml } from '../../lib/kas/yaml.ts'
import { kas, plantTree } from './project-tree.ts'

const overlay: Overlay = {
  version: 14,
  title: ['Hardening for IEC 62443-4-2, SL-C 2', '', 'Written by kas-harden.'],
  includes: ['kas/x.yml', { repo: 'kas-harden', file: 'kas-overlays/sl2.yml' }],
  blocks: {
    'zz-kas-harden-20-parameters': [
      `KAS_HARDEN_PASSWORD_MINLEN = ${bitbakeString('12')} # CR 1.7`.replace(/ #.*/, '')
    ],
    '10-packages': [
      '# CR 2.8: audit',
      'IMAGE_PREINSTALL:append = " \\',
      '    auditd \\',
      '    nftables"',
      '',
      'A = "${B}"'
    ]
  }
}

const base = `header: {version: 14}
build_system: isar
machine: qemuamd64
distro: debian-bookworm
local_conf_header:
  mine: |
    IMAGE_PREINSTALL = "vim"
`

describe('renderOverlay', () => {
  it('writes what a maintainer of isar would write', () => {
    expect(renderOverlay(overlay))
      .toBe(`# yaml-language-server: $schema=https://raw.githubusercontent.com/siemens/kas/master/kas/schema-kas.json
# SPDX-License-Identifier: Apache-2.0
# Hardening for IEC 62443-4-2, SL-C 2
#
# Written by kas-harden.
header:
  version: 14
  includes:
    - kas/x.yml
    - repo: kas-harden
      file: kas-overlays/sl2.yml
local_conf_header:
  zz-kas-harden-10-packages: |
    # CR 2.8: audit
    IMAGE_PREINSTALL:append = " \\
        auditd \\
        nftables"

    A = "\${B}"
  zz-kas-harden-20-parameters: |
    KAS_HARDEN_PASSWORD_MINLEN = "12"
`)
  })

  it('is valid for the schema of the real kas, and kas dump gives our lines back', async () => {
    const text = renderOverlay({ ...overlay, includes: [] })
    const schema = JSON.parse(
      readFileSync('/usr/lib/python3/dist-packages/kas/schema-kas.json', 'utf8')
    ) as object
    const validate = new Ajv({ strict: false }).compile(schema)
    expect(validate(parseYaml(text, 'o.yml').value), JSON.stringify(validate.errors)).toBe(true)

    const root = plantTree({ 'k.yml': base, 'o.yml': text })
    const dumped = JSON.parse(kas(root, ['dump', '--format', 'json', 'k.yml:o.yml'])) as Record<
      string,
      Record<string, string>
    >
    expect(dumped['local_conf_header']).toEqual({
      mine: 'IMAGE_PREINSTALL = "vim"\n',
      'zz-kas-harden-10-packages': `${overlay.blocks['10-packages']!.join('\n')}\n`,
      'zz-kas-harden-20-parameters': 'KAS_HARDEN_PASSWORD_MINLEN = "12"\n'
    })
    const project = await readKasProject(`${join(root, 'k.yml')}:${join(root, 'o.yml')}`, {
      cwd: root,
      env: {}
    })
    expect(project.headers.map(({ key }) => key).at(-1)).toBe('zz-kas-harden-20-parameters')
  })

  it('refuses text YAML could read otherwise', () => {
    const refused: Overlay[] = [
      { version: 14, title: ['a\nb: 1'], blocks: {} },
      { version: 14, title: [], blocks: { 'a b': ['A = "1"'] } },
      { version: 14, title: [], blocks: { a: [] } },
      { version: 14, title: [], blocks: { a: ['  A = "1"'] } },
      { version: 14, title: [], blocks: { a: ['A = "1"\nB = "2"'] } },
      { version: 14, title: [], blocks: { a: ['A = "\u0085"'] } },
      { version: 14, title: [], includes: ['a\nb'], blocks: {} }
    ]
    for (const one of refused) expect(() => renderOverlay(one)).toThrow(/An overlay cannot hold/)
  })

  it('gives back every line it takes', () => {
    const line = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .map((text) => text.trim())
      .filter((text) => text !== '')
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (lines) => {
        let text: string
        try {
          text = renderOverlay({ version: 14, title: lines, blocks: { x: lines } })
        } catch {
          return
        }
        const { value } = parseYaml(text, 'o.yml')
        expect(value).toEqual({
          header: { version: 14 },
          local_conf_header: { 'zz-kas-harden-x': `${lines.join('\n')}\n` }
        })
      })
    )
  })
})

describe('bitbakeString', () => {
  it('gives a value that reads back as it was, or refuses it', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: fc.constantFrom('"', '\\', '$', '{', '}', '@', '\n', ' ', 'a', "'", '#') })
        ),
        (value) => {
          let quoted: string
          try {
            quoted = bitbakeString(value)
          } catch (error) {
            expect(value).toMatch(/["\n]|\$\{|[\p{Cc}]|\\$/u)
            expect(error).toMatchObject({ code: 'OVERLAY_TEXT', kind: 'usage' })
            return
          }
          const { variables, findings } = evaluateLocalConf(
            [
              { text: `A = ${quoted}`, path: 'k', line: 1 },
              { text: 'B = "1"', path: 'k', line: 2 }
            ],
            {}
          )
          expect(findings).toEqual([])
          expect(variables.get('A')?.value).toBe(value)
        }
      ),
      { numRuns: 500 }
    )
  })

  it.each(['a "quoted" word', '${HOME}', 'x ${@evil()}', 'two\nlines', 'tab\there', 'joins the next line\\'])(
    'refuses %j',
    (value) => {
      expect(() => bitbakeString(value)).toThrow(/BitBake cannot hold/)
    }
  )
})
