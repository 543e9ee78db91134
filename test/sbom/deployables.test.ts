import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cpeOfSource } from '../../sbom/cpe.ts'
import { validateSbom } from '../../sbom/index.ts'
import { temporaryDirectory } from '../temporary.ts'
import { bookworm, describe, documentOf, stanza, writeTree } from './images.ts'

const timestamp = new Date(0)
const digest = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest('hex')

function tree(): string {
  const root = temporaryDirectory()
  writeTree(root, {
    'etc/os-release': bookworm,
    'var/lib/dpkg/status':
      stanza('login', '1:4.13+dfsg1-1', { Source: 'shadow' }) +
      stanza('openssl', '3.0.17-1~deb12u2') +
      stanza('docs', '1'),
    'var/lib/dpkg/info/openssl.list': '/.\n/usr\n/usr/bin/openssl\n',
    'var/lib/dpkg/info/docs.list': '/.\n/usr/share/doc/docs/readme\n',
    'usr/bin/openssl': '#!/bin/sh\n',
    'usr/share/doc/docs/readme': 'read me'
  })
  return root
}

async function component(root: string, name: string, options = {}): Promise<Record<string, unknown>> {
  const sbom = await describe(root, { timestamp, licenses: false, ...options })
  expect(await validateSbom(sbom.json)).toEqual([])
  return documentOf(sbom).components.find(
    (one) => one.name === name && one.scope === 'required'
  ) as unknown as Record<string, unknown>
}

test('hashes come from the .deb files, found under the name of an archive or of apt’s cache', async () => {
  const debs = temporaryDirectory()
  writeTree(debs, {
    'deb/debian-bookworm/openssl_3.0.17-1~deb12u2_amd64.deb': 'one',
    'login_1%3a4.13+dfsg1-1_amd64.deb': 'two',
    'openssl_3.0.17-1~deb12u1_amd64.deb': 'old'
  })
  const hashes = (text: string) => [
    { alg: 'SHA-256', content: digest('sha256', text) },
    { alg: 'SHA-512', content: digest('sha512', text) }
  ]
  expect(await component(tree(), 'openssl', { debDirectory: debs })).toMatchObject({
    hashes: hashes('one'),
    externalReferences: [
      { type: 'distribution', url: 'openssl_3.0.17-1~deb12u2_amd64.deb', hashes: hashes('one') }
    ]
  })
  expect(await component(tree(), 'login', { debDirectory: debs })).toMatchObject({ hashes: hashes('two') })
  const { findings } = await describe(tree(), { timestamp, licenses: false, debDirectory: debs })
  expect(findings).toMatchObject([
    { code: 'DEB_WITHOUT_HASH', message: '1 of 3 packages have no SHA-512: docs.' }
  ])
})

test('an index gives SHA-256 and addresses, of the source as well', async () => {
  const sha256 = 'a'.repeat(64)
  const packagesIndexes = [
    `Package: openssl\nVersion: 3.0.17-1~deb12u2\nArchitecture: amd64\nFilename: pool/main/o/openssl/openssl_3.0.17-1~deb12u2_amd64.deb\nSHA256: ${sha256}\n\nPackage: docs\nVersion: 1\nArchitecture: amd64\nFilename: ../../etc/passwd\n`
  ]
  const options = { packagesIndexes, archiveUrl: 'https://archive.example/debian/' }
  expect(await component(tree(), 'openssl', options)).toMatchObject({
    externalReferences: [
      {
        type: 'distribution',
        url: 'https://archive.example/debian/pool/main/o/openssl/openssl_3.0.17-1~deb12u2_amd64.deb',
        hashes: [{ alg: 'SHA-256', content: sha256 }]
      },
      {
        type: 'source-distribution',
        url: 'https://archive.example/debian/pool/main/o/openssl/openssl_3.0.17-1~deb12u2.dsc'
      }
    ]
  })
  expect((await component(tree(), 'docs', options))['externalReferences']).toBeUndefined()
})

test('where file and lock disagree no hash is written, and a finding says so', async () => {
  const debs = temporaryDirectory()
  writeTree(debs, { 'openssl_3.0.17-1~deb12u2_amd64.deb': 'one' })
  const options = {
    debDirectory: debs,
    debs: [{ name: 'openssl', version: '3.0.17-1~deb12u2', architecture: 'amd64', sha256: 'b'.repeat(64) }]
  }
  expect((await component(tree(), 'openssl', options))['hashes']).toBeUndefined()
  const { findings } = await describe(tree(), { timestamp, licenses: false, ...options })
  expect(findings).toContainEqual(expect.objectContaining({ code: 'DEB_DIFFERS', severity: 'error' }))
  await expect(describe(tree(), { debDirectory: join(debs, 'none') })).rejects.toMatchObject({
    code: 'DEB_DIRECTORY'
  })
})

test('a package is executable when one of its files is run; without a list nothing is said', async () => {
  const { chmodSync } = await import('node:fs')
  const root = tree()
  chmodSync(join(root, 'usr/bin/openssl'), 0o755)
  const flag = async (name: string): Promise<unknown> =>
    ((await component(root, name))['properties'] as { name: string; value: string }[]).find(
      (one) => one.name === 'bsi:component:executable'
    )?.value
  expect([await flag('openssl'), await flag('docs'), await flag('login')]).toEqual([
    'executable',
    'non-executable',
    undefined
  ])
})

test.each([
  ['openssl', '3.0.17-1~deb12u2', 'cpe:2.3:a:openssl:openssl:3.0.17:*:*:*:*:*:*:*'],
  ['openssh', '1:9.2p1-2+deb12u3', 'cpe:2.3:a:openbsd:openssh:9.2:p1:*:*:*:*:*:*'],
  ['zlib', '1:1.2.13.dfsg-1', 'cpe:2.3:a:zlib:zlib:1.2.13:*:*:*:*:*:*:*'],
  ['linux', '6.1.192-2', 'cpe:2.3:o:linux:linux_kernel:6.1.192:*:*:*:*:*:*:*'],
  ['gnutls28', '3.7.9-2', 'cpe:2.3:a:gnu:gnutls:3.7.9:*:*:*:*:*:*:*'],
  ['openssl', '3.6.0~beta1-1', undefined],
  ['our-own-tool', '1.0', undefined]
])('CPE of source %s %s', (source, version, expected) => {
  expect(cpeOfSource(source, version)).toBe(expected)
})
