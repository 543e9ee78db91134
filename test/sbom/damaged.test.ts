import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { validateSbom } from '../../sbom/index.ts'
import { bookworm, dependenciesOf, describe, documentOf, stanza, writeTree } from './images.ts'

let directory = ''
let count = 0
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sbom-'))
})
afterAll(() => {
  rmSync(directory, { recursive: true })
})

function treeOf(files: Readonly<Record<string, string>>): string {
  const tree = join(directory, `tree${++count}`)
  writeTree(tree, { 'etc/os-release': bookworm, ...files })
  return tree
}

const timestamp = new Date('2025-11-20T00:00:00Z')

test('an image without dpkg is refused with a way on', async () => {
  await expect(describe(treeOf({ 'etc/passwd': '' }))).rejects.toMatchObject({
    kind: 'usage',
    code: 'IMAGE_WITHOUT_DPKG',
    hint: expect.stringContaining('.dpkg_status') as string
  })
  const removed = stanza('nano', '7.2-1', { Status: 'deinstall ok config-files' })
  await expect(describe(treeOf({ 'var/lib/dpkg/status': removed }))).rejects.toMatchObject({
    code: 'IMAGE_WITHOUT_DPKG',
    message: expect.stringContaining('without an installed package') as string
  })
  const manifest = join(directory, 'image.manifest')
  writeFileSync(manifest, 'audit|1:3.0.9-1|auditd:amd64|1:3.0.9-1\n')
  await expect(describe(manifest)).rejects.toMatchObject({ code: 'IMAGE_WITHOUT_DPKG' })
})

test('a package that is only half there is not listed, and the document says that it is incomplete', async () => {
  const tree = treeOf({
    'var/lib/dpkg/status':
      stanza('aa', '1') +
      stanza('bb', '1', { Status: 'install ok half-configured' }) +
      stanza('cc', '1', { Depends: 'bb' })
  })
  const sbom = await describe(tree, { timestamp, licenses: false })
  const document = documentOf(sbom)
  expect(document.components.filter((one) => one.scope === 'required').map((one) => one.name)).toEqual([
    'aa',
    'cc'
  ])
  expect(sbom.findings.map((one) => one.code)).toEqual([
    'DEPENDENCY_UNRESOLVED',
    'PACKAGE_NOT_INSTALLED_WHOLLY'
  ])
  expect(document.compositions.slice(0, 2)).toEqual([
    { aggregate: 'complete', dependencies: ['pkg:deb/debian/aa@1?arch=amd64&distro=debian-12'] },
    { aggregate: 'incomplete', dependencies: ['image', 'pkg:deb/debian/cc@1?arch=amd64&distro=debian-12'] }
  ])
  expect(await validateSbom(sbom.json)).toEqual([])
})

test('a package that stands twice is listed once, and reported', async () => {
  const tree = treeOf({ 'var/lib/dpkg/status': stanza('aa', '1') + stanza('aa', '2') })
  const sbom = await describe(tree, { timestamp, licenses: false })
  expect(
    documentOf(sbom)
      .components.filter((one) => one.scope === 'required')
      .map((one) => one.version)
  ).toEqual(['2'])
  expect(sbom.findings).toMatchObject([{ code: 'DPKG_DUPLICATE_STANZA', path: '/var/lib/dpkg/status' }])
})

test('distroless images keep their packages in status.d', async () => {
  const bare = (name: string) =>
    `Package: ${name}\nVersion: 1\nArchitecture: amd64\nMaintainer: A <a@b.example>\n`
  const tree = treeOf({
    'var/lib/dpkg/status.d/libc6': bare('libc6'),
    'var/lib/dpkg/status.d/openssl': `${bare('openssl')}Depends: libc6\n`,
    'var/lib/dpkg/status.d/openssl.md5sums': 'd41d8cd98f00b204e9800998ecf8427e  usr/bin/openssl\n'
  })
  const document = documentOf(await describe(tree))
  expect(dependenciesOf(document, 'openssl:amd64')).toEqual(['libc6:amd64', 'openssl:source'])
  expect(dependenciesOf(document, 'image')).toEqual(['debian:os', 'openssl:amd64'])
})

test('a bare dpkg status needs to be told its distribution, and its digest is not the image’s', async () => {
  const file = join(directory, 'image.dpkg_status')
  writeFileSync(file, stanza('aa', '1'))
  const silent = await describe(file, { timestamp })
  expect(silent.findings).toMatchObject([{ code: 'DISTRO_UNKNOWN', severity: 'warning' }])
  expect(documentOf(silent).components[0]?.purl).toBe('pkg:deb/debian/aa@1?arch=amd64')
  expect(documentOf(silent).metadata.component.hashes).toBeUndefined()
  expect(documentOf(silent).metadata.component.properties).toContainEqual({
    name: 'kas-harden:image:describedBy',
    value: 'image.dpkg_status'
  })
  for (const distro of ['debian-12', 'debian-bookworm', 'cip-core-bookworm']) {
    const told = await describe(file, { timestamp, distro })
    expect(told.findings).toEqual([])
    expect(documentOf(told).components.map((one) => one['bom-ref'])).toEqual([
      'os:debian-12',
      'pkg:deb/debian/aa@1?arch=amd64&distro=debian-12',
      'pkg:deb/debian/aa@1?arch=source&distro=debian-12'
    ])
  }
})

test('what the image says about its release goes before what the caller says', async () => {
  const tree = treeOf({ 'var/lib/dpkg/status': stanza('aa', '1') })
  const sbom = await describe(tree, { timestamp, licenses: false, distro: 'debian-trixie' })
  expect(sbom.findings).toMatchObject([{ code: 'DISTRO_DIFFERS' }])
  expect(documentOf(sbom).components[1]?.purl).toBe('pkg:deb/debian/aa@1?arch=amd64&distro=debian-12')
  expect((await describe(tree, { timestamp, licenses: false, distro: '???' })).findings).toMatchObject([
    { code: 'DISTRO_NOT_READ' }
  ])
})

test('another distribution has its own namespace, sid its codename', async () => {
  const purlWith = async (osRelease: string) =>
    documentOf(
      await describe(treeOf({ 'var/lib/dpkg/status': stanza('aa', '1'), 'etc/os-release': osRelease }))
    ).components[1]?.purl
  expect(await purlWith('ID=raspbian\nID_LIKE=debian\nVERSION_ID="12"\n')).toBe(
    'pkg:deb/raspbian/aa@1?arch=amd64&distro=raspbian-12'
  )
  expect(await purlWith('ID=debian\nVERSION_CODENAME=sid\n')).toBe(
    'pkg:deb/debian/aa@1?arch=amd64&distro=debian-sid'
  )
})

test('without a time the document has none and a finding says so', async () => {
  const sbom = await describe(treeOf({ 'var/lib/dpkg/status': stanza('aa', '1') }), {
    licenses: false
  })
  expect(documentOf(sbom).metadata.timestamp).toBeUndefined()
  expect(sbom.findings).toMatchObject([{ code: 'SBOM_WITHOUT_TIMESTAMP', hint: 'Set SOURCE_DATE_EPOCH.' }])
})

test('an address of the manufacturer that is none is refused', async () => {
  const tree = treeOf({ 'var/lib/dpkg/status': stanza('aa', '1') })
  for (const wrong of [{ email: 'not mail' }, { url: 'javascript:alert(1)' }]) {
    await expect(describe(tree, { manufacturer: { name: 'ACME', ...wrong } })).rejects.toMatchObject({
      kind: 'usage',
      code: 'SBOM_ORGANIZATION'
    })
  }
})

test('of a thousand faults of one kind the first hundred are told, and how many more there are', async () => {
  const names = Array.from({ length: 1000 }, (_, index) => stanza(`p${index}`, '1', { Depends: 'missing' }))
  const { findings } = await describe(treeOf({ 'var/lib/dpkg/status': names.join('') }), {
    timestamp,
    licenses: false
  })
  expect(findings).toHaveLength(101)
  expect(findings.at(-1)).toMatchObject({
    code: 'DEPENDENCY_UNRESOLVED',
    message: '900 more of this kind, not shown.'
  })
})

test('whatever stands in the fields of a hostile status file, the document is valid', async () => {
  const nasty = fc.oneof(
    fc.constantFrom(
      'a..b@c',
      '<>',
      '"',
      '<a@b>',
      '\u0000',
      '\u202e',
      '%zz',
      '{}',
      '\u001b[31m',
      '../..',
      '__proto__',
      '#',
      '?'
    ),
    fc.string({ unit: 'binary', maxLength: 12 })
  )
  const value = fc.array(nasty, { minLength: 1, maxLength: 4 }).map(
    (parts) =>
      parts
        .join('')
        .toWellFormed()
        .replace(/[\r\n]/g, ' ')
        .trim() || 'x'
  )
  const name = fc.oneof(fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,5}$/), fc.constantFrom('FOO', 'foo'), value)
  const fields = fc.record({
    Version: value,
    Architecture: fc.oneof(fc.constantFrom('amd64', 'all'), value),
    Source: value,
    Maintainer: fc.oneof(
      value,
      value.map((text) => `${text} <${text}@${text}>`)
    ),
    Homepage: fc.oneof(
      value,
      value.map((text) => `https://example.org/${text}`)
    ),
    Description: value,
    Depends: value,
    Provides: value,
    'Built-Using': value
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(name, fields), { minLength: 1, maxLength: 4 }),
      fc.record({ id: value, version: value, cpe: value, home: value }),
      async (packages, os) => {
        const tree = treeOf({
          'var/lib/dpkg/status':
            packages.map(([one, more]) => stanza(one, '1', more)).join('') + stanza('ok', '1'),
          'etc/os-release': `ID=debian\nID="${os.id}"\nVERSION_ID="${os.version}"\nCPE_NAME="${os.cpe}"\nHOME_URL="${os.home}"\n`
        })
        const sbom = await describe(tree, { timestamp })
        expect(await validateSbom(sbom.json)).toEqual([])
        const references = documentOf(sbom).components.map((one) => one['bom-ref'])
        expect(new Set(references).size).toBe(references.length)
      }
    ),
    { numRuns: 30 }
  )
})
