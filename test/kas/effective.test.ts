import { describe, expect, it } from 'vitest'
import { effectiveConfiguration } from '../../lib/kas/effective.ts'
import { readKasProject } from '../../lib/kas/project.ts'
import { plantTree, type Tree } from './project-tree.ts'

const fixtures = new URL('../fixtures/kas/', import.meta.url).pathname

const head = `header: {version: 14}
build_system: isar
machine: qemuamd64
distro: debian-bookworm
target: isar-image-base
`

/** The effective configuration of a project whose local.conf is these lines; the first is line 8 of the file. */
async function effective(lines: readonly string[], tree: Tree = {}, top = head) {
  const block = lines.map((line) => `    ${line}\n`).join('')
  const text = lines.length === 0 ? top : `${top}local_conf_header:\n  x: |\n${block}`
  const root = plantTree({ 'k.yml': text, ...tree })
  return effectiveConfiguration(await readKasProject('k.yml', { cwd: root, env: {} }))
}

describe('effectiveConfiguration', () => {
  it('reads packages, recipes, accounts and our variables from a plain project', async () => {
    const project = await readKasProject('plain/kas.yml', { cwd: fixtures, env: {} })
    const found = effectiveConfiguration(project)
    expect(found).toMatchObject({
      machine: 'qemuamd64',
      distro: 'debian-bookworm',
      arch: 'amd64',
      installPackages: ['auditd', 'nftables'],
      isarRecipes: ['hello', 'kas-harden-pam'],
      kernelName: 'amd64',
      harden: { KAS_HARDEN_X: '1' },
      findings: []
    })
    expect(found.users).toMatchObject([{ name: 'root', password: 'root', clearText: true }])
    expect(found.onlyIsar).toEqual([
      {
        variable: 'IMAGE_INSTALL',
        value: 'hello',
        origin: { path: `${fixtures}plain/kas.yml`, line: 21 },
        reason: expect.any(String) as string
      }
    ])
  })

  it('says nothing is missing where local.conf says nothing', async () => {
    expect(await effective([])).toMatchObject({
      installPackages: [],
      isarRecipes: [],
      users: [],
      groups: [],
      hostname: undefined,
      kernelName: 'amd64',
      fsTypes: [],
      harden: {},
      onlyIsar: [],
      findings: []
    })
  })

  it('reads accounts as isar makes them', async () => {
    const { users, groups } = await effective([
      'GROUPS += "plant"',
      'GROUP_plant[gid] = "900"',
      'GROUP_plant[flags] = "system"',
      'USERS += "jo svc"',
      'USER_jo[groups] = "plant  sudo"',
      'USER_jo[password] = "$y$j9T$x"',
      'USER_jo[flags] = "create-home force-passwd-change"',
      'USER_jo[shell] = "/bin/bash"',
      'USER_jo[home] = "/home/jo"',
      'USER_jo[comment] = "Jo"',
      'USER_jo[uid] = "1200"',
      'USER_jo[gid] = "plant"',
      'USER_svc[flags] = "system no-create-home"',
      'USER_svc[password] = ""'
    ])
    expect(groups).toMatchObject([{ name: 'plant', gid: '900', system: true, origin: { line: 9 } }])
    expect(users).toMatchObject([
      {
        name: 'jo',
        groups: ['plant', 'sudo'],
        password: '$y$j9T$x',
        clearText: false,
        forcePasswordChange: true,
        createHome: true,
        shell: '/bin/bash',
        home: '/home/jo',
        comment: 'Jo',
        uid: '1200',
        gid: 'plant',
        system: false
      },
      { name: 'svc', password: undefined, system: true, createHome: false, allowEmptyPassword: false }
    ])
  })

  it('names everything only isar can build, with its line', async () => {
    const { onlyIsar, kernelName, fsTypes, hostname } = await effective([
      'IMAGE_INSTALL:append = " my-app sshd-regen-keys kas-harden-site"',
      'WKS_FILE = "x.wks.in"',
      'KERNEL_NAME = "cip"',
      'IMAGE_CLASSES += "verity"',
      'ROOTFS_POSTPROCESS_COMMAND:append = " do_it"',
      'OVERRIDES .= ":secureboot"',
      'PREFERRED_VERSION_linux-cip = "6.12%"',
      'IMAGE_FSTYPES = "wic ext4"',
      'HOSTNAME = "demo"',
      'INHERIT = ""'
    ])
    expect(onlyIsar.map(({ variable, value, origin }) => [variable, value, origin?.line])).toEqual([
      ['IMAGE_CLASSES', 'verity', 11],
      ['IMAGE_INSTALL', 'my-app', 8],
      ['KERNEL_NAME', 'cip', 10],
      ['OVERRIDES', expect.stringContaining(':secureboot') as string, 13],
      ['PREFERRED_VERSION_linux-cip', '6.12%', 14],
      ['ROOTFS_POSTPROCESS_COMMAND', 'do_it', 12],
      ['WKS_FILE', 'x.wks.in', 9]
    ])
    expect([kernelName, fsTypes, hostname]).toEqual(['cip', ['wic', 'ext4'], 'demo'])
  })

  it('counts an image recipe with a content of its own, and layers that change recipes', async () => {
    const tree: Tree = {
      '.git': '',
      'meta-a/conf/layer.conf': '',
      'meta-a/recipes-core/images/isar-image-base.bbappend': '',
      'meta-b/conf/layer.conf': '',
      'meta-b/recipes-x/y/z.bb': '',
      'isar/isar-init-build-env': '',
      'isar/meta/conf/layer.conf': '',
      'isar/meta/recipes-x/y/z.bbappend': ''
    }
    const top = `${head.replace('isar-image-base', 'acme-image')}repos:\n  acme: {layers: {meta-a: , meta-b: }}\n  isar: {path: isar, layers: {meta: }}\n  other: {url: "https://git.example.org/o.git", branch: x}\n`
    const { onlyIsar } = await effective([], tree, top)
    expect(onlyIsar.map(({ variable, value }) => [variable, value.split('/').at(-1)])).toEqual([
      ['BBLAYERS', 'meta-a'],
      ['BBLAYERS', 'other'],
      ['target', 'acme-image']
    ])
  })

  it('is an error only when a value is needed that cannot be known', async () => {
    const { findings } = await effective([
      'SOURCE_DATE_EPOCH := "${@bb.x("a")[0].strip(\'\\n\')}"',
      'IMAGE_PREINSTALL = "a ${@b}"',
      'FOO = "${TMPDIR}"'
    ])
    expect(findings).toMatchObject([{ code: 'BITBAKE_VALUE', severity: 'error', range: { line: 9 } }])
  })

  it('passes on what the subset does not hold, and includes that are not there', async () => {
    const top = head.replace('version: 14', 'version: 14, includes: [{repo: a, file: a.yml}]')
    const { findings } = await effective(['inherit x'], {}, top)
    expect(findings.map(({ code, severity, range }) => [code, severity, range?.line])).toEqual([
      ['BITBAKE_SYNTAX', 'error', 8],
      ['KAS_UNRESOLVED', 'error', 1]
    ])
  })

  it.each([
    ['qemuarm64', 'arm64', 'arm64'],
    ['bbb', 'armhf', 'armmp'],
    ['x86-uefi', 'amd64', 'amd64'],
    ['acme-box', 'riscv64', 'riscv64'],
    ['acme-other', undefined, 'amd64']
  ])('knows the architecture of machine %s', async (machine, arch, kernel) => {
    const tree: Tree = { '.git': '', 'conf/machine/acme-box.conf': 'DISTRO_ARCH ?= "riscv64"\n' }
    const found = await effective([], tree, `${head.replace('qemuamd64', machine)}repos: {acme: }\n`)
    expect([found.arch, found.kernelName]).toEqual([arch, kernel])
  })
})
