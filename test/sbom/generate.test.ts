import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PackageURL } from 'packageurl-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { digestOfFile } from '../../lib/base/digest.ts'
import { validateSbom } from '../../sbom/index.ts'
import { bookworm, dependenciesOf, describe, documentOf, stanza, writeTree } from './images.ts'

// One image with every case that other tools get wrong.
const status = [
  stanza('libc6', '2.36-9+deb12u13', { Source: 'glibc', Depends: 'libgcc-s1', 'Multi-Arch': 'same' }),
  stanza('libgcc-s1', '12.2.0-14+deb12u1', {
    Source: 'gcc-12 (12.2.0-14+deb12u1)',
    Depends: 'libc6 (>= 2.35)'
  }),
  stanza('bash', '5.2.15-2+b13', {
    Source: 'bash (5.2.15-2)',
    'Pre-Depends': 'libc6 (>= 2.36)',
    Homepage: 'https://tiswww.case.edu/php/chet/bash/bashtop.html'
  }),
  stanza('bsdutils', '1:2.38.1-5+deb12u3', {
    Source: 'util-linux (2.38.1-5+deb12u3)',
    'Pre-Depends': 'libc6'
  }),
  stanza('initramfs-tools-core', '0.142', {
    Architecture: 'all',
    Depends: 'logsave | e2fsprogs (<< 1.45.3-1~)'
  }),
  stanza('logsave', '1.47.0-2', { Source: 'e2fsprogs' }),
  stanza('e2fsprogs', '1.47.0-2', { Status: 'hold ok installed' }),
  stanza('python3', '3.11.2-1+b1', { Source: 'python3-defaults (3.11.2-1)', 'Multi-Arch': 'allowed' }),
  stanza('fail2ban', '1.0.2-2', {
    Architecture: 'all',
    Depends: 'python3:any (>= 3.3~), lsb-base (>= 2.0-7)'
  }),
  stanza('sysvinit-utils', '3.06-4', { Source: 'sysvinit', Provides: 'lsb-base (= 11.1.0)' }),
  stanza('linux-image-6.1.0-41-cloud-amd64', '6.1.192-2', {
    Source: 'linux-signed-amd64 (6.1.192+2)',
    'Built-Using': 'linux (= 6.1.192-2)'
  }),
  stanza('rust-tool', '1.0', { 'Static-Built-Using': 'rustc (= 1.63.0+dfsg1-2)' }),
  // A circle nothing else leads into.
  stanza('ring-a', '1', { Depends: 'ring-b' }),
  stanza('ring-b', '1', { Depends: 'ring-a' }),
  stanza('nano', '7.2-1', { Status: 'deinstall ok config-files' })
].join('')

const copyrightFiles = Object.fromEntries(
  [...status.matchAll(/^Package: (.+)$/gm)].map(([, name = '']) => [
    `usr/share/doc/${name}/copyright`,
    `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: 2020 ${name}\nLicense: Expat\n`
  ])
)

let directory = ''
let tree = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sbom-'))
  tree = join(directory, 'rootfs')
  writeTree(tree, {
    'var/lib/dpkg/status': status,
    'usr/lib/os-release': bookworm,
    'etc/debian_version': '12.15\n',
    ...copyrightFiles
  })
})
afterAll(() => {
  rmSync(directory, { recursive: true })
})

test('lists every installed package once, with the release in its package URL', async () => {
  const sbom = await describe(tree)
  const { components } = documentOf(sbom)
  const binaries = components.filter((one) => one.scope === 'required')
  expect(sbom.componentCount).toBe(components.length)
  expect(binaries.map((one) => one.purl)).toEqual([
    'pkg:deb/debian/bash@5.2.15-2%2Bb13?arch=amd64&distro=debian-12',
    'pkg:deb/debian/bsdutils@1:2.38.1-5%2Bdeb12u3?arch=amd64&distro=debian-12',
    'pkg:deb/debian/e2fsprogs@1.47.0-2?arch=amd64&distro=debian-12',
    'pkg:deb/debian/fail2ban@1.0.2-2?arch=all&distro=debian-12',
    'pkg:deb/debian/initramfs-tools-core@0.142?arch=all&distro=debian-12',
    'pkg:deb/debian/libc6@2.36-9%2Bdeb12u13?arch=amd64&distro=debian-12',
    'pkg:deb/debian/libgcc-s1@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12',
    'pkg:deb/debian/linux-image-6.1.0-41-cloud-amd64@6.1.192-2?arch=amd64&distro=debian-12',
    'pkg:deb/debian/logsave@1.47.0-2?arch=amd64&distro=debian-12',
    'pkg:deb/debian/python3@3.11.2-1%2Bb1?arch=amd64&distro=debian-12',
    'pkg:deb/debian/ring-a@1?arch=amd64&distro=debian-12',
    'pkg:deb/debian/ring-b@1?arch=amd64&distro=debian-12',
    'pkg:deb/debian/rust-tool@1.0?arch=amd64&distro=debian-12',
    'pkg:deb/debian/sysvinit-utils@3.06-4?arch=amd64&distro=debian-12'
  ])
  expect(binaries[0]).toMatchObject({
    type: 'library',
    name: 'bash',
    version: '5.2.15-2+b13',
    description: 'bash in short',
    supplier: { name: 'Debian Team', contact: [{ email: 'team@lists.debian.org' }] },
    externalReferences: [{ type: 'website', url: 'https://tiswww.case.edu/php/chet/bash/bashtop.html' }],
    properties: [
      { name: 'kas-harden:deb:sourceName', value: 'bash' },
      { name: 'kas-harden:deb:sourceVersion', value: '5.2.15-2' },
      { name: 'bsi:component:filename', value: 'bash_5.2.15-2+b13_amd64.deb' },
      { name: 'kas-harden:license:file', value: '/usr/share/doc/bash/copyright' }
    ]
  })
  expect(binaries[2]?.properties).toContainEqual({
    name: 'kas-harden:deb:status',
    value: 'hold ok installed'
  })
})

test('the version of a purl survives a round trip, epoch and plus included', async () => {
  for (const one of documentOf(await describe(tree)).components) {
    if (one.purl === undefined) continue
    const { name, version } = PackageURL.fromString(one.purl)
    expect([name, version]).toEqual([one.name, one.version])
  }
})

test('joins packages as dpkg does: Pre-Depends, alternatives, versions, :any, versioned Provides', async () => {
  const sbom = await describe(tree)
  const document = documentOf(sbom)
  const binaryEdges = (name: string) =>
    dependenciesOf(document, name).filter((one) => !one.endsWith(':source'))
  expect(binaryEdges('bash:amd64')).toEqual(['libc6:amd64'])
  expect(binaryEdges('initramfs-tools-core:all')).toEqual(['logsave:amd64'])
  expect(binaryEdges('fail2ban:all')).toEqual(['python3:amd64', 'sysvinit-utils:amd64'])
  expect(binaryEdges('libgcc-s1:amd64')).toEqual(['libc6:amd64'])
  expect(sbom.dependencyCount).toBe(9)
})

test('source packages stand by themselves, with the kernel’s real source from Built-Using', async () => {
  const document = documentOf(await describe(tree))
  expect(dependenciesOf(document, 'linux-image-6.1.0-41-cloud-amd64:amd64')).toEqual([
    'linux-signed-amd64:source',
    'linux:source'
  ])
  expect(dependenciesOf(document, 'rust-tool:amd64')).toEqual(['rust-tool:source', 'rustc:source'])
  const sources = document.components.filter((one) => one.purl?.includes('arch=source'))
  expect(new Set(sources.map((one) => one.scope))).toEqual(new Set(['excluded']))
  // One source, several binaries; its own version where the binary's differs.
  expect(sources.filter((one) => one.name === 'e2fsprogs')).toHaveLength(1)
  expect(sources.find((one) => one.name === 'util-linux')?.version).toBe('2.38.1-5+deb12u3')
  expect(sources.find((one) => one.name === 'linux')).toMatchObject({
    purl: 'pkg:deb/debian/linux@6.1.192-2?arch=source&distro=debian-12',
    properties: [{ name: 'kas-harden:deb:builtInto', value: 'linux-image-6.1.0-41-cloud-amd64' }]
  })
})

test('every component can be reached from the image, circles included', async () => {
  const { dependencies, components } = documentOf(await describe(tree))
  const edges = new Map(dependencies.map((one) => [one.ref, one.dependsOn ?? []]))
  const reached = new Set<string>()
  const waiting = ['image']
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    if (!reached.has(one)) waiting.push(...(edges.get(one) ?? []))
    reached.add(one)
  }
  expect(components.map((one) => one['bom-ref']).filter((one) => !reached.has(one))).toEqual([])
})

test('names the operating system, so that scanners know which release to look in', async () => {
  const { components } = documentOf(await describe(tree))
  expect(components.filter((one) => one.type === 'operating-system')).toMatchObject([
    {
      name: 'debian',
      version: '12',
      description: 'Debian GNU/Linux 12 (bookworm)',
      properties: [
        { name: 'kas-harden:os:codename', value: 'bookworm' },
        { name: 'kas-harden:os:pointRelease', value: '12.15' }
      ]
    }
  ])
})

test.each(['1.6', '1.7'] as const)('is strictly valid CycloneDX %s', async (spec) => {
  const options = {
    spec,
    timestamp: new Date('2025-11-20T00:00:00Z'),
    name: 'gateway',
    version: '1.2.0',
    manufacturer: { name: 'ACME GmbH', email: 'psirt@acme.example', url: 'https://acme.example/a?b=c#d' },
    supplier: { name: 'ACME GmbH', url: 'https://acme.example' }
  }
  const sbom = await describe(tree, options)
  expect(await validateSbom(sbom.json)).toEqual([])
  expect(sbom.findings).toEqual([])
  const { metadata, specVersion } = documentOf(sbom)
  expect(specVersion).toBe(spec)
  expect(metadata).toMatchObject({
    timestamp: '2025-11-20T00:00:00.000Z',
    lifecycles: [{ phase: 'post-build' }],
    tools: { components: [{ name: 'kas-harden' }] },
    manufacturer: { name: 'ACME GmbH', contact: [{ email: 'psirt@acme.example' }] },
    supplier: { name: 'ACME GmbH', url: ['https://acme.example'] },
    component: { type: 'firmware', name: 'gateway', version: '1.2.0', manufacturer: { name: 'ACME GmbH' } }
  })
})

test('1.7 is the default, and nothing speaks of vulnerabilities', async () => {
  const { json } = await describe(tree)
  expect(JSON.parse(json)).toMatchObject({ specVersion: '1.7' })
  expect(json).not.toContain('vulnerabilit')
})

test('an image file is the primary component, with its name and SHA-512', async () => {
  const file = join(directory, 'image.ext4')
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-d', tree, file, '8M'], { stdio: 'ignore' })
  const { metadata } = documentOf(await describe(file))
  expect(metadata.component).toMatchObject({
    name: 'image.ext4',
    hashes: [{ alg: 'SHA-512', content: await digestOfFile(file) }]
  })
  expect(metadata.component.properties).toContainEqual({
    name: 'bsi:component:filename',
    value: 'image.ext4'
  })
})

test('the same image gives the same bytes wherever it lies; another image or option another serial number', async () => {
  const copy = join(directory, 'elsewhere', 'rootfs')
  cpSync(tree, copy, { recursive: true })
  const first = await describe(tree)
  expect((await describe(copy)).json).toBe(first.json)
  writeTree(copy, { 'var/lib/dpkg/status': status + stanza('vim', '1') })
  const serials = [
    first,
    await describe(copy),
    await describe(tree, { version: '2' }),
    await describe(tree, { spec: '1.6' }),
    await describe(tree, { timestamp: new Date(0) })
  ].map((sbom) => documentOf(sbom).serialNumber)
  expect(new Set(serials).size).toBe(5)
  expect(serials[0]).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('states what is complete: dependencies yes, parts and hashes of packages no', async () => {
  const { compositions, components } = documentOf(await describe(tree))
  const packages = components.filter((one) => one.scope === 'required').map((one) => one['bom-ref'])
  const others = components.filter((one) => one.scope !== 'required').map((one) => one['bom-ref'])
  expect(compositions).toEqual([
    { aggregate: 'complete', dependencies: ['image', ...packages] },
    { aggregate: 'unknown', dependencies: others },
    { aggregate: 'incomplete', assemblies: ['image', ...packages] }
  ])
})
