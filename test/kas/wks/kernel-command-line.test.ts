import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { effectiveConfiguration } from '../../../lib/kas/effective.ts'
import { readKasProject } from '../../../lib/kas/project.ts'
import { kernelCommandLine, type KernelCommandLine } from '../../../lib/kas/wks/kernel-command-line.ts'
import { plantTree, type Tree } from '../project-tree.ts'

const args = ['audit=1', 'security=apparmor']
const layerConf = (name: string) =>
  `BBPATH .= ":\${LAYERDIR}"\nBBFILE_COLLECTIONS += "${name}"\nBBFILE_PRIORITY_${name} = "5"\n`
const efi = 'part /boot --source bootimg-efi-isar --sourceparams "loader=grub-efi"\n'

/** A checkout with the files of isar that matter here, at the same places. */
const isar: Tree = {
  'isar/isar-init-build-env': '',
  'isar/meta/conf/layer.conf': layerConf('core'),
  'isar/meta/conf/distro/debian-bookworm.conf':
    'require conf/distro/debian-common.conf\nBASE_DISTRO_CODENAME = "bookworm"\n',
  'isar/meta/conf/distro/debian-common.conf': 'DISTRO_NAME ?= "x"\n',
  'isar/meta/classes/vm.bbclass': 'IMAGE_TYPEDEP:ova = "wic"\n',
  'isar/meta/scripts/lib/wic/plugins/source/bootimg-efi-isar.py': 'x = bootloader.append\n',
  'isar/scripts/lib/wic/plugins/source/rootfs.py': 'class RootfsPlugin: pass\n',
  'isar/scripts/lib/wic/canned-wks/fallback.wks': `${efi}bootloader --append "fallback"\n`,
  'isar/meta-isar/conf/layer.conf': layerConf('isar'),
  'isar/meta-isar/conf/machine/pc.conf': 'DISTRO_ARCH ?= "amd64"\nIMAGE_FSTYPES ?= "wic"\nWKS_FILE ?= "pc"\n',
  'isar/meta-isar/conf/machine/fixed.conf': 'require conf/machine/pc.conf\nWKS_FILE = "own.wks"\n',
  'isar/meta-isar/conf/machine/board.conf': 'IMAGE_FSTYPES ?= "ext4"\n',
  'isar/meta-isar/scripts/lib/wic/canned-wks/pc.wks': `# a PC\n${efi}bootloader --ptable gpt --append "rootwait"\n`,
  'isar/meta-isar/scripts/lib/wic/canned-wks/own.wks': `${efi}bootloader --append="own"\n`,
  'isar/meta-isar/recipes-core/images/isar-image-base.bb': 'inherit image\n',
  'isar/meta-isar/recipes-core/images/installer.bb':
    'INSTALLER_WKS ??= "own.wks"\nWKS_FILE = "${INSTALLER_WKS}"\n'
}

const kasFile = (conf: string, more = 'machine: pc\ntarget: isar-image-base\n') => `header:
  version: 14
build_system: isar
distro: debian-bookworm
${more}repos:
  product:
  isar:
    url: https://example.org/isar
    layers:
      meta:
      meta-isar:
local_conf_header:
  product: |
    USERS += "root"
${conf
  .split('\n')
  .map((line) => `    ${line}`)
  .join('\n')}
`

async function ask(tree: Tree, words = args): Promise<KernelCommandLine & { root: string }> {
  const root = plantTree({ 'product/.git': '', 'product/conf/layer.conf': layerConf('product'), ...tree })
  const cwd = join(root, 'product')
  const project = await readKasProject('kas.yml', { cwd, env: { KAS_WORK_DIR: root } })
  return { root, ...kernelCommandLine(project, words) }
}

const bootloader = ({ copies }: KernelCommandLine) => /^bootloader.*$/m.exec(copies[0]?.text ?? '')?.[0]

describe('the .wks file of an image', () => {
  it.each([
    ['the machine', '', 'pc', 'rootwait'],
    ['local.conf', 'WKS_FILE = "own.wks"', 'own.wks', 'own'],
    ['an override', 'WKS_FILE = "own.wks"\nWKS_FILE:pc = "fallback"', 'fallback', 'fallback'],
    ['a variable', 'WKS_FILE = "${KIND}.wks"\nKIND = "own"', 'own.wks', 'own']
  ])('is the one that %s names', async (_, conf, original, word) => {
    const result = await ask({ ...isar, 'product/kas.yml': kasFile(conf) })
    expect(result.findings).toEqual([])
    expect(result.copies[0]).toMatchObject({ image: 'isar-image-base', machine: 'pc', original })
    expect(bootloader(result)).toContain(`${word} audit=1 security=apparmor"`)
  })

  it('is that of the machine where it sets it hard, and that of the recipe before all', async () => {
    const hard = await ask({
      ...isar,
      'product/kas.yml': kasFile('WKS_FILE = "fallback"', 'machine: fixed\ntarget: isar-image-base\n')
    })
    expect(hard.copies[0]?.original).toBe('own.wks')
    const both = await ask({
      ...isar,
      'product/kas.yml': kasFile('', 'machine: pc\ntarget: [isar-image-base, installer]\n')
    })
    expect(both.copies.map(({ image, original }) => [image, original])).toEqual([
      ['isar-image-base', 'pc'],
      ['installer', 'own.wks']
    ])
  })

  it('comes from wic/ of any layer before the canned ones, and keeps variables and its ending', async () => {
    const result = await ask({
      ...isar,
      'product/kas.yml': kasFile('WKS_FILE = "pc.wks.in"'),
      'isar/meta-isar/scripts/lib/wic/canned-wks/pc.wks.in': efi,
      'product/wic/pc.wks.in': `${efi}part --source rawcopy --sourceparams "file=\${IMAGE_FULLNAME}.verity"\nbootloader --append="\${EXTRA} panic=5"\n`
    })
    expect(result.copies[0]).toMatchObject({ source: 'wic/pc.wks.in', name: 'pc-kas-harden.wks.in' })
    expect(result.copies[0]?.text).toContain('file=${IMAGE_FULLNAME}.verity')
    expect(bootloader(result)).toBe('bootloader --append="${EXTRA} panic=5 audit=1 security=apparmor"')
  })

  it('is found where a type brings wic along', async () => {
    const result = await ask({ ...isar, 'product/kas.yml': kasFile('IMAGE_FSTYPES = "ova"') })
    expect(result.copies).toHaveLength(1)
  })

  it('is the original again when the overlay is in the chain already', async () => {
    const ours = { 'product/kas-harden/layer/conf/layer.conf': layerConf('kas-harden') }
    const plain = kasFile('')
    const overlay = `${plain.replace('  product:\n', '  product:\n    layers:\n      .:\n      kas-harden/layer:\n')}  zz-kas-harden-kernel: |
    OVERRIDES:append = ":kas-harden-\${MACHINE}-\${PN}"
    WKS_FILE:kas-harden-pc-isar-image-base = "pc-kas-harden.wks"
`
    const result = await ask({ ...isar, ...ours, 'product/kas.yml': overlay })
    expect(result.copies[0]).toMatchObject({ original: 'pc', name: 'pc-kas-harden.wks' })
  })
})

describe('where no argument can be put, a finding says so and what to add', () => {
  it('isar is not checked out', async () => {
    const result = await ask({ 'product/kas.yml': kasFile('') })
    expect(result.copies).toEqual([])
    expect(result.findings[0]).toMatchObject({ code: 'WKS_UNRESOLVED', severity: 'warning' })
    expect(result.findings[0]?.hint).toContain('kas checkout kas.yml')
  })

  it('the image is no disk', async () => {
    const result = await ask({ ...isar, 'product/kas.yml': kasFile('IMAGE_FSTYPES = "tar.gz"') })
    expect(result.findings[0]).toMatchObject({
      code: 'WKS_NONE',
      path: join(result.root, 'product/kas.yml'),
      range: { line: 17 },
      hint: 'Add there: audit=1 security=apparmor'
    })
    const board = kasFile('', 'machine: board\ntarget: isar-image-base\n')
    const machine = await ask({ ...isar, 'product/kas.yml': board })
    expect(machine.findings[0]?.path).toBe(join(machine.root, 'isar/meta-isar/conf/machine/board.conf'))
  })

  it.each([
    ['WKS_NO_ARGUMENTS', 'part / --source rootfs\nbootloader --append "rw"\n', 2],
    ['WKS_NO_ARGUMENTS', 'part /boot --source bootimg-partition\nbootloader\n', 2],
    ['WKS_REFUSED', `${efi}bootloader --configfile="own.cfg"\n`, 2],
    ['WKS_REFUSED', `${efi}bootloader\nbootloader\n`, 3],
    ['WKS_REFUSED', `${efi}bootloader --append "rw\n`, 2]
  ])('%s: %j', async (code, text, line) => {
    const result = await ask({ ...isar, 'product/kas.yml': kasFile(''), 'product/wic/pc.wks': text })
    expect(result.copies).toEqual([])
    expect(result.findings[0]).toMatchObject({
      code,
      path: join(result.root, 'product/wic/pc.wks'),
      range: { line }
    })
    expect(result.findings[0]?.hint).toContain('audit=1 security=apparmor')
  })

  it('the bootloader statement is in an included file', async () => {
    const result = await ask({
      ...isar,
      'product/kas.yml': kasFile(''),
      'product/wic/pc.wks': 'include parts.inc\n',
      'product/wic/parts.inc': `${efi}bootloader --append "rw"\n`
    })
    expect(result.findings[0]).toMatchObject({
      code: 'WKS_INCLUDED',
      path: join(result.root, 'product/wic/parts.inc'),
      range: { line: 2 }
    })
  })

  it('the file is nowhere, or its name needs python', async () => {
    const nowhere = await ask({ ...isar, 'product/kas.yml': kasFile('WKS_FILE = "gone"') })
    expect(nowhere.findings[0]).toMatchObject({ code: 'WKS_NONE', range: { line: 17 } })
    const python = await ask({ ...isar, 'product/kas.yml': kasFile('WKS_FILE = "${@f(d)}"') })
    expect(python.findings[0]?.message).toContain('inline python')
  })

  it('the target is a multiconfig', async () => {
    const target = 'machine: pc\ntarget: mc:pc-bookworm:isar-image-base\n'
    const result = await ask({ ...isar, 'product/kas.yml': kasFile('', target) })
    expect(result.findings[0]?.code).toBe('WKS_MULTICONFIG')
  })
})

it('a word of the project that ours contradicts is named with its place', async () => {
  const result = await ask({
    ...isar,
    'product/kas.yml': kasFile(''),
    'product/wic/pc.wks': `${efi}\nbootloader --append "audit=0 rw"\n`
  })
  expect(bootloader(result)).toBe('bootloader --append "audit=1 rw security=apparmor"')
  expect(result.findings[0]).toMatchObject({ code: 'CMDLINE_CONFLICT', range: { line: 3 } })
  expect(result.findings[0]?.message).toContain('audit=0')
})

it('our own choice of a .wks file is no reason for the embedded engine to refuse; that of the project is', async () => {
  const ours = `  zz-kas-harden-kernel: |
    OVERRIDES:append = ":kas-harden-\${MACHINE}-\${PN}"
    WKS_FILE:kas-harden-pc-isar-image-base = "pc-kas-harden.wks"
`
  const found = async (conf: string) => {
    const root = plantTree({ 'kas.yml': '' })
    writeFileSync(join(root, 'kas.yml'), kasFile(conf) + ours)
    const project = await readKasProject('kas.yml', { cwd: root, env: {} })
    const names = effectiveConfiguration(project).onlyIsar.map(({ variable }) => variable)
    return names.filter((name) => name === 'WKS_FILE' || name === 'OVERRIDES')
  }
  expect(await found('')).toEqual([])
  expect(await found('WKS_FILE = "own"\nOVERRIDES .= ":x"')).toEqual(['OVERRIDES', 'WKS_FILE'])
})
