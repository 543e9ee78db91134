import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { indexPackages, resolveDependencies } from '../../lib/debian/dependencies.ts'
import { parseStatus } from '../../lib/debian/status.ts'
import { askApt } from './oracle.ts'

function stanza(name: string, version: string, fields: Readonly<Record<string, string>> = {}): string {
  const all = {
    Package: name,
    Status: 'install ok installed',
    Maintainer: 'A <a@b.example>',
    Architecture: 'amd64',
    Version: version,
    ...fields
  }
  return Object.entries({ ...all, Description: 'x' })
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('')
}

function graphOf(text: string) {
  const installed = parseStatus(text).packages.filter((one) => one.installed)
  const graph = resolveDependencies(indexPackages(installed))
  const edges = [...graph.edges].flatMap(([from, targets]) =>
    targets.map((to) => `${from.name}:${from.architecture} -> ${to.name}:${to.architecture}`)
  )
  return {
    edges,
    unresolved: graph.unresolved.map((one) => `${one.package.name}: ${one.clause}`),
    findings: graph.findings
  }
}

let directory = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'apt-'))
  for (const name of ['state/lists/partial', 'cache/archives/partial', 'etc', 'parts']) {
    mkdirSync(join(directory, name), { recursive: true })
  }
})
afterAll(() => {
  rmSync(directory, { recursive: true })
})

/** Whether apt finds every dependency of this database met. */
function aptIsContent(text: string): boolean {
  const status = join(directory, 'status')
  writeFileSync(status, text)
  const options = {
    'Dir::State::status': status,
    'Dir::State': join(directory, 'state'),
    'Dir::Cache': join(directory, 'cache'),
    'Dir::Etc': join(directory, 'etc'),
    'APT::Architecture': 'amd64',
    'APT::Architectures::': 'amd64,i386',
    'Debug::NoLocking': '1'
  }
  const args = Object.entries(options).flatMap(([key, value]) =>
    value.split(',').flatMap((one) => ['-o', `${key}=${one}`])
  )
  try {
    execFileSync('apt-get', [...args, 'check'], {
      stdio: 'pipe',
      env: { ...process.env, APT_CONFIG: '/dev/null' }
    })
    return true
  } catch {
    return false
  }
}

const cases: [name: string, text: string, edges: string[]][] = [
  ['Pre-Depends', stanza('a', '1', { 'Pre-Depends': 'b' }) + '\n' + stanza('b', '1'), ['a:amd64 -> b:amd64']],
  ['a version that holds', stanza('a', '1', { Depends: 'b (>= 1:0)' }) + '\n' + stanza('b', '1:0~~'), []],
  [
    'an epoch',
    stanza('a', '1', { Depends: 'b (>> 9)' }) + '\n' + stanza('b', '1:0.1'),
    ['a:amd64 -> b:amd64']
  ],
  [
    'each alternative that holds and none that does not',
    // the one wrong edge of other tools: initramfs-tools-core -> logsave | e2fsprogs (<< 1.45.3-1~)
    [
      stanza('initramfs-tools-core', '0.142', { Depends: 'logsave | e2fsprogs (<< 1.45.3-1~), x | y' }),
      stanza('logsave', '1.47.0-2'),
      stanza('e2fsprogs', '1.47.0-2'),
      stanza('x', '1'),
      stanza('y', '1')
    ].join('\n'),
    [
      'initramfs-tools-core:amd64 -> logsave:amd64',
      'initramfs-tools-core:amd64 -> x:amd64',
      'initramfs-tools-core:amd64 -> y:amd64'
    ]
  ],
  [
    ':any with Multi-Arch: allowed, from another architecture',
    stanza('a', '1', { Architecture: 'i386', Depends: 'perl:any' }) +
      '\n' +
      stanza('perl', '5', { 'Multi-Arch': 'allowed' }),
    ['a:i386 -> perl:amd64']
  ],
  [
    ':any without Multi-Arch: allowed, from another architecture',
    stanza('a', '1', { Architecture: 'i386', Depends: 'perl:any' }) + '\n' + stanza('perl', '5'),
    []
  ],
  [
    'another architecture without Multi-Arch',
    stanza('a', '1', { Architecture: 'i386', Depends: 'b' }) + '\n' + stanza('b', '1'),
    []
  ],
  [
    'Multi-Arch: foreign',
    stanza('a', '1', { Architecture: 'i386', Depends: 'b' }) +
      '\n' +
      stanza('b', '1', { 'Multi-Arch': 'foreign' }),
    ['a:i386 -> b:amd64']
  ],
  [
    'Multi-Arch: same, each its own',
    [
      stanza('a', '1', { Architecture: 'i386', Depends: 'b' }),
      stanza('b', '1', { 'Multi-Arch': 'same' }),
      stanza('b', '1', { 'Multi-Arch': 'same', Architecture: 'i386' })
    ].join('\n'),
    ['a:i386 -> b:i386']
  ],
  [
    'all stands for the native architecture',
    stanza('a', '1', { Architecture: 'all', Depends: 'b' }) + '\n' + stanza('b', '1'),
    ['a:all -> b:amd64']
  ],
  [
    'Provides',
    stanza('openssh-server', '1', { Depends: 'lsb-base' }) +
      '\n' +
      stanza('sysvinit-utils', '3', { Provides: 'lsb-base' }),
    ['openssh-server:amd64 -> sysvinit-utils:amd64']
  ],
  [
    'Provides beside a real package of the name',
    stanza('a', '1', { Depends: 'pkg-config' }) +
      '\n' +
      stanza('pkg-config', '1') +
      '\n' +
      stanza('pkgconf', '1', { Provides: 'pkg-config (= 1)' }),
    ['a:amd64 -> pkg-config:amd64', 'a:amd64 -> pkgconf:amd64']
  ],
  [
    'a versioned relation and an unversioned Provides',
    stanza('a', '1', { Depends: 'v (>= 1)' }) + '\n' + stanza('b', '3', { Provides: 'v' }),
    []
  ],
  [
    'a versioned Provides that is new enough',
    stanza('a', '1', { Depends: 'v (>= 4.1+Debian11ubuntu1~)' }) +
      '\n' +
      stanza('b', '3', { Provides: 'v (= 11.1.0)' }),
    ['a:amd64 -> b:amd64']
  ],
  [
    'a versioned Provides that is too old',
    stanza('a', '1', { Depends: 'v (>= 12)' }) + '\n' + stanza('b', '13', { Provides: 'v (= 11.1.0)' }),
    []
  ],
  [
    'removed but configured is not there',
    stanza('a', '1', { Depends: 'b' }) + '\n' + stanza('b', '1', { Status: 'deinstall ok config-files' }),
    []
  ]
]

// dpkg tells the native architecture; apt is told by its options.
const native = stanza('dpkg', '1.21')

test.each(cases)('%s: edges, and apt agrees on whether the dependency is met', (_, text, edges) => {
  const graph = graphOf(`${text}\n${native}`)
  expect(graph.edges).toEqual(edges)
  expect(graph.unresolved.length === 0).toBe(aptIsContent(`${text}\n${native}`))
})

test('on this machine’s own database the edges are those of apt’s own graph', () => {
  const program = `
found = set()
for package in apt_pkg.Cache(None).packages:
    version = package.current_ver
    for kind in ('Depends', 'PreDepends') if version else ():
        for target in (t for clause in version.depends_list.get(kind, []) for d in clause for t in d.all_targets()):
            to = target.parent_pkg
            if to.current_ver and to.current_ver.id == target.id and to != package:
                found.add(f'{package.name}:{version.arch} -> {to.name}:{target.arch}')
out = sorted(found)`
  const { edges, findings } = graphOf(readFileSync('/var/lib/dpkg/status', 'utf8'))
  expect(findings).toEqual([])
  expect(edges.length).toBeGreaterThan(100)
  const settings = {
    'Dir::State': directory,
    'Dir::Cache': directory,
    'Dir::Etc': directory,
    'Dir::State::status': '/var/lib/dpkg/status'
  }
  expect(edges.toSorted()).toEqual((askApt(program, {}, settings) as string[]).toSorted())
})

test('a relation that cannot be read is a finding with package and field', () => {
  const { findings } = graphOf(stanza('a', '1', { Depends: 'b ??', Provides: '(' }))
  expect(findings.map((finding) => finding.message)).toEqual([
    "Provides of a: '(' is not a package relation.",
    "Depends of a: 'b ??' is not a package relation."
  ])
})

test('a database made to explode is refused', () => {
  const many = Array.from({ length: 1500 }, (_, index) =>
    stanza(`p${index}`, '1', { Provides: 'v', Depends: 'v' })
  )
  expect(() => graphOf(many.join('\n'))).toThrow(/more than 1000000 possible dependencies/)
})
