import { expect, test } from 'vitest'
import { checkSbom, type Score } from '../../sbom/index.ts'
import { temporaryDirectory } from '../temporary.ts'
import { bookworm, describe, stanza, writeTree } from './images.ts'

const percentages = (score: Score): Record<string, number> =>
  Object.fromEntries(score.fields.map((one) => [one.id, one.percent]))

/** A document by hand, as a poor tool would write it. */
const poor = JSON.stringify({
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  metadata: { tools: [{ name: 'poor' }], timestamp: 'yesterday' },
  components: [
    { type: 'library', name: 'a', version: '1', purl: 'pkg:deb/debian/a@1', 'bom-ref': 'a', publisher: 'A' },
    {
      type: 'library',
      name: 'b',
      licenses: [{ license: { id: 'MIT' } }],
      components: [{ type: 'library', name: 'c', version: '2' }]
    },
    { type: 'library', name: 'source', version: '1', purl: 'pkg:deb/debian/s@1?arch=source' },
    { type: 'operating-system', name: 'debian' }
  ],
  dependencies: [{ ref: 'a' }],
  vulnerabilities: [{ id: 'CVE-1' }]
})

test('counts every field and names the components without it', () => {
  const score = checkSbom(poor, 'ntia')
  expect(score).toMatchObject({ profile: 'ntia', components: 3, complete: false })
  expect(percentages(score)).toEqual({
    author: 0,
    timestamp: 0,
    supplier: 33.3,
    name: 100,
    version: 66.6,
    identifier: 33.3,
    dependencies: 33.3
  })
  expect(score.fields.find((one) => one.id === 'version')).toMatchObject({
    have: 2,
    total: 3,
    missing: ['b@']
  })
  expect(score.percent).toBe(38)
})

test('the same document by CISA and BSI', () => {
  expect(percentages(checkSbom(poor, 'cisa'))).toMatchObject({
    producer: 33.3,
    hash: 0,
    licence: 33.3,
    tool: 100,
    context: 0
  })
  const bsi = percentages(checkSbom(poor, 'bsi'))
  expect(bsi).toMatchObject({
    'no-vulnerabilities': 0,
    creator: 0,
    filename: 0,
    'distribution-licence': 0,
    hash: 0
  })
})

test('an image described with everything at hand is complete by all three', async () => {
  const root = temporaryDirectory()
  const debs = temporaryDirectory()
  writeTree(root, {
    'etc/os-release': bookworm,
    'var/lib/dpkg/status': stanza('aa', '1') + stanza('bb', '1:2', { Depends: 'aa' }),
    'var/lib/dpkg/info/aa.list': '/.\n',
    'var/lib/dpkg/info/bb.list': '/.\n',
    'usr/share/doc/aa/copyright': 'Format: x\n\nFiles: *\nCopyright: A\nLicense: Expat\n',
    'usr/share/doc/bb/copyright': 'Format: x\n\nFiles: *\nCopyright: B\nLicense: GPL-2+\n'
  })
  writeTree(debs, { 'aa_1_amd64.deb': 'a', 'bb_1%3a2_amd64.deb': 'b' })
  const options = {
    timestamp: new Date(0),
    debDirectory: debs,
    manufacturer: { name: 'ACME', email: 'psirt@acme.example' }
  }
  const full = await describe(root, options)
  for (const profile of ['bsi', 'ntia', 'cisa'] as const) {
    const score = checkSbom(full.json, profile)
    expect(score.fields.filter((one) => one.level === 'required' && one.have < one.total)).toEqual([])
    expect([score.percent, score.complete]).toEqual([100, true])
  }
  const without = checkSbom((await describe(root, { ...options, debDirectory: undefined })).json, 'bsi')
  expect(
    without.fields.filter((one) => one.level === 'required' && one.have < one.total).map((one) => one.id)
  ).toEqual(['hash'])
  const older = checkSbom((await describe(root, { ...options, spec: '1.6' })).json, 'bsi')
  expect(older.complete).toBe(true)
})

test('a text that is no CycloneDX is refused', () => {
  for (const wrong of ['{', '[]', '{"bomFormat":"SPDX"}', 'null']) {
    expect(() => checkSbom(wrong, 'bsi', 'x.json')).toThrow(
      expect.objectContaining({ code: 'SBOM_UNREADABLE' })
    )
  }
  expect(
    checkSbom('{"bomFormat":"CycloneDX","components":[{"name":1,"licenses":7}]}', 'bsi').components
  ).toBe(1)
})
