import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseStatus } from '../../lib/debian/status.ts'

const states = [
  'install ok installed',
  'hold ok installed',
  'deinstall ok installed',
  'purge ok installed',
  'install reinstreq installed',
  'install ok half-configured',
  'install ok unpacked',
  'install reinstreq half-installed',
  'deinstall ok config-files',
  'install ok triggers-pending',
  'purge ok not-installed'
]

test('only "install ok installed" and "hold ok installed" are installed', () => {
  const text = states
    .map((status, index) => `Package: p${index}\nStatus: ${status}\nArchitecture: all\nVersion: 1\n`)
    .join('\n')
  const { packages, findings } = parseStatus(text)
  expect(findings).toEqual([])
  expect(packages.filter((one) => one.installed).map((one) => one.status)).toEqual([
    { want: 'install', flag: 'ok', state: 'installed' },
    { want: 'hold', flag: 'ok', state: 'installed' }
  ])
  expect(packages.filter((one) => !one.unpacked).map((one) => one.status.state)).toEqual([
    'config-files',
    'not-installed'
  ])
})

test('reads the same words as dpkg-query from this machine’s own database', () => {
  const format = '${Package}|${Version}|${Architecture}|${Status}|${source:Package}|${source:Version}\\n'
  const expected = execFileSync('dpkg-query', ['-W', `-f=${format}`], { maxBuffer: 1 << 28 }).toString('utf8')
  const text = execFileSync('cat', ['/var/lib/dpkg/status'], { maxBuffer: 1 << 28 }).toString('utf8')
  const { packages, findings } = parseStatus(text)
  const rows = packages.map((one) =>
    [
      one.name,
      one.version,
      one.architecture,
      `${one.status.want} ${one.status.flag} ${one.status.state}`,
      one.source.name,
      one.source.version
    ].join('|')
  )
  expect(findings).toEqual([])
  expect(rows.sort()).toEqual(expected.trimEnd().split('\n').sort())
})

test('a package that stands twice is an error, for dpkg too; the later stanza counts', () => {
  const stanza = (status: string, version: string) =>
    `Package: twice\nStatus: ${status}\nMaintainer: A <a@b.example>\nArchitecture: all\nVersion: ${version}\nDescription: x\n`
  const text = `${stanza('install ok installed', '1')}\n${stanza('deinstall ok config-files', '2')}`
  const directory = mkdtempSync(join(tmpdir(), 'dpkg-'))
  try {
    for (const name of ['updates', 'info', 'triggers']) mkdirSync(join(directory, name))
    writeFileSync(join(directory, 'status'), text)
    const ask = () => execFileSync('dpkg-query', ['--admindir', directory, '-W'], { stdio: 'pipe' })
    expect(ask).toThrow(/multiple non-coinstallable package instances/)
  } finally {
    rmSync(directory, { recursive: true })
  }
  const { packages, findings } = parseStatus(text)
  expect(packages.map((one) => [one.version, one.installed])).toEqual([['2', false]])
  expect(findings).toMatchObject([{ code: 'DPKG_DUPLICATE_STANZA', severity: 'error', range: { line: 8 } }])
})

test('the same package of two architectures is two packages', () => {
  const stanza = (architecture: string) =>
    `Package: libc6\nStatus: install ok installed\nArchitecture: ${architecture}\nMulti-Arch: same\nVersion: 2.36-9\n`
  const { packages, findings } = parseStatus(`${stanza('amd64')}\n${stanza('i386')}`)
  expect(packages.map((one) => [one.architecture, one.multiArch])).toEqual([
    ['amd64', 'same'],
    ['i386', 'same']
  ])
  expect(findings).toEqual([])
})

test('a stanza without Status is installed in status.d only', () => {
  const text = 'Package: base-files\nVersion: 12.4\nArchitecture: amd64\n'
  expect(parseStatus(text, { statusDirectory: true }).packages[0]).toMatchObject({ installed: true })
  const plain = parseStatus(text)
  expect(plain.packages[0]).toMatchObject({ installed: false, unpacked: false })
  expect(plain.findings).toMatchObject([{ code: 'DPKG_STATUS', severity: 'warning' }])
})

test('keeps source, relations, conffiles and the synopsis apart from the long description', () => {
  const { packages } = parseStatus(
    [
      'Package: bsdutils',
      'Essential: yes',
      'Status: install ok installed',
      'Priority: required',
      'Installed-Size: 356',
      'Maintainer: util-linux packagers <util-linux@packages.debian.org>',
      'Architecture: amd64',
      'Source: util-linux (2.38.1-5+deb12u3)',
      'Version: 1:2.38.1-5+deb12u3',
      'Pre-Depends: libc6 (>= 2.34),',
      ' libsystemd0',
      'Static-Built-Using: rustc (= 1.63.0+dfsg1-2)',
      'Conffiles:',
      ' /etc/with blank 0123456789abcdef0123456789abcdef',
      ' /etc/old 0123456789abcdef0123456789abcdef obsolete',
      ' /etc/new newconffile',
      'Description: basic utilities',
      ' long text',
      ''
    ].join('\n')
  )
  expect(packages[0]).toMatchObject({
    essential: true,
    installedSize: 356,
    synopsis: 'basic utilities',
    source: { name: 'util-linux', version: '2.38.1-5+deb12u3' },
    relations: {
      'Pre-Depends': 'libc6 (>= 2.34),\nlibsystemd0',
      'Static-Built-Using': 'rustc (= 1.63.0+dfsg1-2)'
    },
    conffiles: [
      { path: '/etc/with blank', obsolete: false },
      { path: '/etc/old', obsolete: true },
      { path: '/etc/new', md5: 'newconffile' }
    ]
  })
})

test('damage is reported with its line, and what is damaged does not count as installed', () => {
  const { packages, findings } = parseStatus(
    [
      'Version: 1\n',
      'Package: odd\nStatus: install ok perfect\nArchitecture: all\nVersion: 1\n',
      'Package: Bad/Name\nStatus: install ok installed\nVersion: x\nSource: a b c\n'
    ].join('\n')
  )
  expect(packages.map((one) => [one.name, one.installed, one.unpacked])).toEqual([
    ['odd', false, true],
    ['Bad/Name', true, true]
  ])
  expect(findings.map((finding) => [finding.code, finding.range?.line])).toEqual([
    ['DPKG_STANZA_WITHOUT_PACKAGE', 1],
    ['DPKG_STATUS', 3],
    ['DPKG_NAME', 8],
    ['DPKG_VERSION', 8],
    ['DPKG_ARCHITECTURE', 8],
    ['DPKG_SOURCE', 8]
  ])
})
