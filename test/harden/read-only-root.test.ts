import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadControls } from '../../lib/controls/load-controls.ts'
import { writableFindings, writablePaths } from '../../lib/harden/read-only-root.ts'
import { readKasProject } from '../../lib/kas/project.ts'
import { imageConf } from '../../lib/kas/wks/image-conf.ts'
import { readOnlyRoot } from '../../lib/kas/wks/read-only-root.ts'
import { plantTree, type Tree } from '../kas/project-tree.ts'

const { controls } = await loadControls([])
const sources = ['settings', 'site']
  .flatMap((source) =>
    readdirSync(`recipes/recipes-security/kas-harden-${source}/files`, {
      recursive: true,
      withFileTypes: true
    })
  )
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
const read = (path: string) => readFileSync(path, 'utf8')

/** isar-cip-core in small: the files that make its root read-only. */
const cip: Tree = {
  'kas.yml': `header:
  version: 14
build_system: isar
distro: debian-bookworm
machine: pc
target: image
repos:
  product:
local_conf_header:
  a: |
    IMAGE_FSTYPES = "wic"
    RO_ROOTFS_TYPE ??= "squashfs"
    IMAGE_TYPEDEP:wic += "\${RO_ROOTFS_TYPE}"
`,
  'isar-init-build-env': '',
  'conf/layer.conf': 'BBFILE_COLLECTIONS += "product"\n',
  'conf/machine/pc.conf': '',
  'conf/distro/debian-bookworm.conf': '',
  'recipes-core/images/image.bb': 'inherit image\n'
}
const hook = { 'recipes-initramfs/initramfs-overlay-hook/initramfs-overlay-hook_0.3.bb': 'inherit x\n' }

async function rootOf(tree: Tree) {
  const cwd = plantTree(tree)
  return readOnlyRoot(imageConf(await readKasProject('kas.yml', { cwd, env: {} }), 'image'))
}

describe('a read-only root', () => {
  it('of isar-cip-core leaves /etc, /var and what lies there, and further overlays of the project', async () => {
    const root = await rootOf({ ...cip, ...hook })
    expect(root).toMatchObject({ type: 'squashfs', origin: { line: 12 } })
    expect(root?.writable).toEqual(['/etc', '/var', '/run', '/tmp', '/home'])
    const more = `${cip['kas.yml']!}    INITRAMFS_OVERLAY_PATHS = "/etc /usr/local"\n`
    const wider = await rootOf({ ...cip, ...hook, 'kas.yml': more })
    expect(wider?.writable?.slice(0, 2)).toEqual(['/etc', '/usr/local'])
  })

  it('without the overlay hook is one of which nobody knows what is writable; an ext4 disk is none', async () => {
    expect((await rootOf(cip))?.writable).toBeUndefined()
    const plain = cip['kas.yml']!.replace(/ {4}RO_ROOTFS[^]*/, '')
    expect(await rootOf({ ...cip, ...hook, 'kas.yml': plain })).toBeUndefined()
  })

  it('is held against what each control writes', () => {
    const root = { type: 'verity', origin: { path: '/p/kas.yml', line: 3 }, writable: ['/etc', '/var'] }
    const paths = writablePaths(controls, root)
    const path = (name: string) => paths.paths.find((one) => one.path === name)
    expect(path('/etc/ssh')).toMatchObject({ covered: true })
    expect(path('/var/lib/faillock')).toMatchObject({ covered: true, controls: ['login-lockout'] })
    const missing = paths.paths.filter(({ covered }) => !covered).map((one) => one.path)
    expect(missing).toEqual(['/usr/local/share/ca-certificates'])
    expect(writableFindings(paths, root)[0]).toMatchObject({
      code: 'RO_ROOT_PATH',
      path: '/p/kas.yml',
      range: { line: 3 }
    })
    const unknown = { ...root, writable: undefined }
    const findings = writableFindings(writablePaths(controls, unknown), unknown)
    expect(findings.map(({ code }) => code)).toEqual(['RO_ROOT'])
    expect(findings[0]?.message).toContain('/var/log/audit')
  })
})

describe('our settings on a device whose /var starts empty and whose /usr is read-only', () => {
  /** Who makes a directory below /var at the first start, where we do not. */
  const debian: Readonly<Record<string, string>> = {
    '/var/lib/aide': 'aide-common: usr/lib/tmpfiles.d/aide-common.conf',
    '/var/log/aide': 'aide-common: usr/lib/tmpfiles.d/aide-common.conf'
  }
  const tmpfiles = sources.filter((path) => path.includes('/tmpfiles.d/')).map(read)
  const units = sources.filter((path) => path.endsWith('.service'))

  it('every path below /var that a control writes is made at the start', () => {
    const wanted = [...new Set(controls.flatMap(({ writable }) => writable))].filter((path) =>
      path.startsWith('/var/')
    )
    expect(wanted).toContain('/var/cache/cracklib')
    for (const path of wanted) {
      const made = tmpfiles.some((text) => new RegExp(`^d\\s+${path}\\s`, 'm').test(text))
      const byUnit = units.map(read).some((text) => text.includes(`ConditionPathExists=!${path}/`))
      expect(made || byUnit || Object.hasOwn(debian, path), path).toBe(true)
    }
  })

  it('units that start before the ordinary ones wait for the file systems they write to', () => {
    for (const path of units) {
      const text = read(path)
      if (!/^DefaultDependencies=no$/m.test(text) || !/^ConditionPathIsReadWrite=/m.test(text)) continue
      // systemd-tmpfiles-setup.service comes after local-fs.target, as do all mounts of fstab.
      expect(text, path).toMatch(/^After=.*\b(?:local-fs\.target|systemd-tmpfiles-setup\.service)\b/m)
    }
  })

  it('tmpfiles write to /var, /run and /tmp only', () => {
    for (const text of tmpfiles) {
      for (const line of text.split('\n').filter((one) => /^[a-zA-Z]/.test(one))) {
        expect(line.split(/\s+/)[1]).toMatch(/^\/(?:var|run|tmp)(?:\/|$)/)
      }
    }
  })
})
