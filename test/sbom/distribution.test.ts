import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SbomOptions } from '../../sbom/options.ts'
import { temporaryDirectory } from '../temporary.ts'
import { describe, documentOf, stanza, writeTree } from './images.ts'

async function described(files: Record<string, string>, options: SbomOptions = {}) {
  const root = join(temporaryDirectory(), 'root')
  writeTree(root, { 'var/lib/dpkg/status': stanza('one', '1.0-1'), ...files })
  const sbom = await describe(root, { timestamp: new Date(0), licenses: false, ...options })
  const { components, metadata } = documentOf(sbom)
  return {
    system: components.find(({ type }) => type === 'operating-system')?.name,
    purl: components.find(({ name, scope }) => name === 'one' && scope === 'required')?.purl,
    version: metadata.component.version,
    codes: sbom.findings.map(({ code }) => code)
  }
}

const acme = 'ID=acme-os\nID_LIKE=debian\nVERSION_ID=3.1\n'

test('a product with a name of its own: its packages are those of the Debian behind it', async () => {
  const debian = {
    system: 'debian',
    purl: 'pkg:deb/debian/one@1.0-1?arch=amd64&distro=debian-12',
    version: '3.1',
    codes: ['DISTRO_DERIVED']
  }
  expect(await described({ 'etc/os-release': `${acme}VERSION_CODENAME=bookworm\n` })).toEqual(debian)
  expect(await described({ 'etc/os-release': acme, 'etc/debian_version': '12.15\n' })).toEqual(debian)
  expect(await described({ 'etc/os-release': acme }, { distro: 'debian-12' })).toEqual(debian)
})

test('where nothing tells the release behind it, and for distributions with archives of their own, it stays', async () => {
  expect((await described({ 'etc/os-release': acme })).purl).toBe(
    'pkg:deb/acme-os/one@1.0-1?arch=amd64&distro=acme-os-3.1'
  )
  const ubuntu = 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\n'
  expect((await described({ 'etc/os-release': ubuntu, 'etc/debian_version': '12\n' })).purl).toBe(
    'pkg:deb/ubuntu/one@1.0-1?arch=amd64&distro=ubuntu-22.04'
  )
})
