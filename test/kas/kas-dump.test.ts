import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { localConfLines, localConfText } from '../../lib/kas/local-conf.ts'
import { readKasProject } from '../../lib/kas/project.ts'
import { git, kas, plantTree, type Tree } from './project-tree.ts'

/** A stand-in for isar: kas needs the script, and nothing else of it, to write local.conf. */
const isarScript = 'mkdir -p "$1/conf"; cd "$1"\n'

/** A product of the shape of isar-cip-core: base, board, options that include options, null repos and layers. */
const cip: Tree = {
  '.git': '',
  'kas-cip.yml': `header:
  version: 14

distro: cip-core-bookworm
target: cip-core-image

build_system: isar
repos:
  cip-core:

  isar:
    path: isar
    layers:
      meta:

bblayers_conf_header:
  standard: |
    BBPATH = "\${TOPDIR}"
    BBFILES ?= ""
local_conf_header:
  standard: |
    CONF_VERSION = "1"
  cross: |
    ISAR_CROSS_COMPILE = "1"
  root_password: |
    USERS += "root"
    USER_root[password] = "root"
    USER_root[flags] += "clear-text-password"
  source_epoch: |
    SOURCE_DATE_EPOCH := "\${@bb.process.run("git -C \${LAYERDIR} log -1 --pretty=%ct")[0].strip('\\n')}"
env:
  DISTRO_APT_PREMIRRORS: null
  KAS_IMAGE_PREINSTALL: "vim"
`,
  'kas/board/qemu-amd64.yml': 'header: {version: 12}\nmachine: qemu-amd64\n',
  'kas/opt/security.yml': `header:
  version: 14
  includes:
    - kas/opt/encrypt.yml
    - swupdate.yml
target: cip-core-image-security
local_conf_header:
  root_password: |
    USERS += "root"
    USER_root[password] = "longer"
  disk:
    ROOTFS_EXTRA = "1024" # MB
`,
  'kas/opt/encrypt.yml':
    'header:\n    version: 10\nlocal_conf_header:\n    encrypt: OVERRIDES .= ":encrypt"\n',
  'kas/opt/swupdate.yml': `machine: other
header: {version: 14, includes: [kas/opt/encrypt.yml]}
local_conf_header:
  Zeta: |+
    A = "1"

  swupdate: |
    IMAGE_FSTYPES:append = " swu"
`,
  'isar/isar-init-build-env': isarScript,
  'isar/.git': ''
}

/** A product that takes another repository's files, and pins it by lock files. */
const product: Tree = {
  'product/.git': '',
  'product/kas.yml': `header:
  version: 17
  includes:
    - repo: cip-core
      file: kas-cip.yml
    - repo: cip-core
      file: kas/board/qemu-amd64.yml
    - kas/own.yml
repos:
  product:
    layers: {.: , meta-a: disabled}
  cip-core:
    path: checkouts/cip
target: [product-image, mc:qemuamd64:extra]
artifacts:
  image: "*.wic"
`,
  'product/kas.lock.yml':
    'header: {version: 14}\noverrides:\n  repos:\n    extra: {commit: "0123456789012345678901234567890123456789"}\n',
  'product/kas/own.yml': 'header: {version: 14}\nlocal_conf_header:\n  own: |\n    B = "2"\n',
  'product/kas/own.lock.yml': 'header: {version: 14}\nlocal_conf_header: {lock: "C = \\"3\\""}\n',
  ...Object.fromEntries(Object.entries(cip).map(([path, text]) => [`work/checkouts/cip/${path}`, text])),
  'work/isar/isar-init-build-env': isarScript,
  'work/isar/.git': ''
}

interface Case {
  name: string
  tree: Tree
  cwd: string
  chain: string
  env?: Record<string, string>
}

const cases: Case[] = [
  { name: 'one file', tree: cip, cwd: '.', chain: 'kas-cip.yml:kas/board/qemu-amd64.yml' },
  {
    name: 'a chain with options that include options',
    tree: cip,
    cwd: '.',
    chain: 'kas-cip.yml:kas/board/qemu-amd64.yml:kas/opt/security.yml'
  },
  {
    name: 'the order of the chain decides',
    tree: cip,
    cwd: '.',
    chain: 'kas-cip.yml:kas/opt/security.yml:kas/board/qemu-amd64.yml'
  },
  { name: 'another repository and lock files', tree: product, cwd: 'work', chain: '../product/kas.yml' },
  {
    name: 'KAS_WORK_DIR and the environment',
    tree: product,
    cwd: 'product',
    chain: 'kas.yml',
    env: {
      KAS_WORK_DIR: '../work',
      KAS_MACHINE: 'x86-uefi',
      KAS_DISTRO: 'cip-core-trixie',
      KAS_TARGET: 'a mc:one:b'
    }
  },
  {
    name: 'no git, JSON, merge keys, YAML 1.1 values',
    cwd: '.',
    chain: 'a.json:b.yaml',
    tree: {
      'a.json':
        '{"header": {"version": 14, "includes": ["b.yaml"]}, "build_system": "isar", "machine": "qemuamd64", "distro": "debian-bookworm"}',
      'b.yaml': `header: {version: 016}
repos: {isar: &isar {path: isar}, again: {<<: *isar, path: elsewhere}}
menu_configuration: {A: yes, B: y, C: 0755, D: 1_000, E: 1:30, F: off, G: "on", H: ~x, I: 1e3}
env: {NULL_VAR: ~, TEXT: "1"}
`,
      'isar/isar-init-build-env': isarScript,
      'elsewhere/README': ''
    }
  }
]

describe('our reading of a project equals that of the real kas', () => {
  it.each(cases)('kas dump: $name', async ({ tree, cwd, chain, env = {} }) => {
    const root = plantTree(tree)
    const directory = join(root, cwd)
    const dumped = JSON.parse(kas(directory, ['dump', '--format', 'json', chain], env)) as unknown
    const project = await readKasProject(chain, { cwd: directory, env })
    expect(project.unresolved).toEqual([])
    expect(project.config).toEqual(dumped)
  })

  it.each(cases)('local.conf: $name', async ({ tree, cwd, chain, env = {} }) => {
    const root = plantTree(tree)
    const directory = join(root, cwd)
    kas(directory, ['checkout', chain], env)
    const project = await readKasProject(chain, { cwd: directory, env })
    expect(localConfText(localConfLines(project))).toBe(
      readFileSync(join(project.buildDir, 'conf/local.conf'), 'utf8')
    )
  })

  it('finds a repository by url where kas checked it out, and notices another commit', async () => {
    const root = plantTree({
      ...product,
      'origin/.git': '',
      'origin/kas-x.yml': 'header: {version: 14}\nmachine: fromx\n'
    })
    const origin = join(root, 'origin')
    git(origin, 'add', '.')
    git(origin, 'commit', '-q', '-m', 'one')
    const commit = git(origin, 'rev-parse', 'HEAD')
    const file = (pin: string) => `header: {version: 14, includes: [{repo: x, file: kas-x.yml}]}
build_system: isar
distro: debian-trixie
repos: {x: {url: "file://${origin}", commit: "${pin}", branch: main}}
`
    const top = plantTree({ 'kas.yml': file(commit) })
    const before = await readKasProject('kas.yml', { cwd: top, env: {} })
    expect(before.unresolved).toMatchObject([{ repo: 'x', file: 'kas-x.yml', line: 1 }])
    expect(before.machine).toBeUndefined()

    const dumped = JSON.parse(kas(top, ['dump', '--format', 'json', 'kas.yml'])) as unknown
    const after = await readKasProject('kas.yml', { cwd: top, env: {} })
    expect(after.config).toEqual(dumped)
    expect(after).toMatchObject({ machine: 'fromx', findings: [] })

    git(origin, 'commit', '-q', '--allow-empty', '-m', 'two')
    const other = plantTree({ 'kas.yml': file(git(origin, 'rev-parse', 'HEAD')) })
    const moved = await readKasProject('kas.yml', { cwd: other, env: { KAS_WORK_DIR: top } })
    expect(moved.findings).toMatchObject([{ code: 'KAS_OTHER_COMMIT', severity: 'warning' }])
  })
})
