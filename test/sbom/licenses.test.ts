import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { validateSbom } from '../../sbom/index.ts'
import { temporaryDirectory } from '../temporary.ts'
import { bookworm, describe, documentOf, stanza, writeTree } from './images.ts'

const format = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n'
const dep5 = (license: string, rest = ''): string =>
  `${format}Files: *\nCopyright: 2020 A. N. Author\nLicense: ${license}\n\n${rest}`

interface Licensed {
  name: string
  licenses?: {
    expression: string
    acknowledgement: string
    expressionDetails?: { licenseIdentifier: string; text: { content: string } }[]
  }[]
  copyright?: string
  evidence?: { licenses?: { expression?: string; license?: { name: string; text: { content: string } } }[] }
  properties?: { name: string; value: string }[]
}

const timestamp = new Date(0)

/** Six packages: own file, link to another's directory, none but a sibling, none at all, unknown licence, doubtful text. */
function tree(): string {
  const root = temporaryDirectory()
  writeTree(root, {
    'etc/os-release': bookworm,
    'var/lib/dpkg/status': [
      stanza('own', '1'),
      stanza('linked', '1', { Source: 'own' }),
      stanza('sibling', '1', { Source: 'own' }),
      stanza('bare', '1'),
      stanza('unknown', '1'),
      stanza('doubt', '1')
    ].join(''),
    'usr/share/doc/own/copyright': dep5('GPL-2+ or Artistic, and Expat'),
    'usr/share/doc/unknown/copyright': dep5('foo', 'License: foo\n You may.\n'),
    'usr/share/doc/doubt/copyright': 'Some of it is GPL.\n'
  })
  symlinkSync('/usr/share/doc/own', join(root, 'usr/share/doc/linked'))
  return root
}

async function componentsOf(root: string, options = {}): Promise<(name: string, scope?: string) => Licensed> {
  const document = documentOf(await describe(root, { timestamp, ...options }))
  return (name, scope = 'required') =>
    document.components.find((one) => one.name === name && one.scope === scope) as unknown as Licensed
}

test('licences of binaries: own file, through a link inside the image, from a sibling of the source', async () => {
  const component = await componentsOf(tree())
  const expression = '(GPL-2.0-or-later OR Artistic-1.0-Perl) AND MIT'
  for (const name of ['own', 'linked', 'sibling']) {
    expect(component(name).licenses).toEqual([
      { expression, acknowledgement: 'declared' },
      { expression, acknowledgement: 'concluded' }
    ])
    expect(component(name).copyright).toBe('2020 A. N. Author')
    expect(component(name).properties).toContainEqual({
      name: 'kas-harden:license:file',
      value: '/usr/share/doc/own/copyright'
    })
  }
  expect(component('sibling').properties).toContainEqual({
    name: 'kas-harden:license:sibling',
    value: 'linked'
  })
})

test('without a copyright file there is no licence, and one finding names the packages', async () => {
  const root = tree()
  expect((await componentsOf(root))('bare').licenses).toBeUndefined()
  expect((await describe(root, { timestamp })).findings).toMatchObject([
    { code: 'LICENSE_NOT_FOUND', message: expect.stringMatching(/^1 of 6 packages .*: bare\.$/) as string }
  ])
})

test('an unknown licence keeps its text at the source; a doubtful file is declared, never concluded', async () => {
  const component = await componentsOf(tree())
  const [declared] = component('unknown', 'excluded').licenses ?? []
  expect(declared?.expressionDetails).toEqual([
    { licenseIdentifier: declared?.expression, text: { contentType: 'text/plain', content: 'You may.' } }
  ])
  expect(component('unknown').licenses?.map((one) => one.expression)).toEqual([
    declared?.expression,
    declared?.expression
  ])
  expect(component('doubt').licenses).toEqual([
    {
      expression: expect.stringMatching(/^LicenseRef-doubt-copyright-/) as string,
      acknowledgement: 'declared'
    }
  ])
})

test.each(['1.6', '1.7'] as const)('with licences the document is valid %s', async (spec) => {
  expect(await validateSbom((await describe(tree(), { spec, timestamp })).json)).toEqual([])
})

test('1.6 has room for one expression: the concluded one and the texts stand under evidence', async () => {
  const component = await componentsOf(tree(), { spec: '1.6' })
  expect(component('own').licenses).toHaveLength(1)
  expect(component('own').evidence?.licenses).toMatchObject([{ acknowledgement: 'concluded' }])
  expect(component('unknown', 'excluded').evidence?.licenses?.[0]?.license?.text.content).toBe('You may.')
})

test('a copyright file that is none does no harm', async () => {
  const root = tree()
  mkdirSync(join(root, 'usr/share/doc/bare/copyright'), { recursive: true })
  writeTree(root, { 'usr/share/doc/doubt/copyright': 'x'.repeat(2 ** 20 + 1) })
  const sbom = await describe(root, { timestamp })
  expect(sbom.findings.map((one) => one.code)).toContain('LICENSE_UNREADABLE')
  expect(await validateSbom(sbom.json)).toEqual([])
})
