import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { recipes } from './site-source.ts'

const standIn = fileURLToPath(new URL('../stand-ins/cip-security-customizations', import.meta.url))
const ourAppends = join(recipes, '..', 'dynamic-layers', 'cip-core')

/** isar-cip-core, or the stand-in of its shape. */
export function cipLayer(): { path: string; real: boolean } {
  const clone = process.env['KAS_HARDEN_TEST_CIP'] ?? ''
  return clone !== '' && existsSync(clone) ? { path: clone, real: true } : { path: standIn, real: false }
}

/** What our image has; the bbappends decide by it. */
export interface Ours {
  install: readonly string[]
  parts: readonly string[]
}

/** A shell function of a recipe file, with its variables in place. */
function shellBody(path: string, name: string, variables: Readonly<Record<string, string>>): string {
  const text = readFileSync(path, 'utf8')
  const body = new RegExp(`^${name.replace('()', '\\(\\)')} \\{\\n([^]*?)^\\}$`, 'm').exec(text)?.[1]
  if (body === undefined) throw new Error(`${path} has no ${name}`)
  return body.replaceAll(/\$\{(\w+)\}/g, (whole, word: string) => variables[word] ?? whole)
}

function sh(script: string): void {
  const done = spawnSync('sh', ['-ec', `bbfatal() { echo "$@" >&2; exit 1; }\n${script}`], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(done.stderr)
}

/** KAS_HARDEN_CIP_KEEP as the python of our bbappend computes it. */
export function keptBeside(ours: Ours): string {
  const inc = readFileSync(join(ourAppends, 'recipes-core/security-customizations/beside-kas-harden.inc'), 'utf8')
  const python = /^def kas_harden_cip_keep[^]*?return .*\n/m.exec(inc)![0]
  const store = JSON.stringify({ IMAGE_INSTALL: ours.install.join(' '), KAS_HARDEN_SITE_PARTS: ours.parts.join(' ') })
  const script = `import json,sys\n${python}\nclass D:\n  v=json.load(sys.stdin)\n  def getVar(self,n): return self.v.get(n)\nprint(kas_harden_cip_keep(D()))`
  const done = spawnSync('python3', ['-c', script], { input: store, encoding: 'utf8' })
  if (done.status !== 0) throw new Error(done.stderr)
  return done.stdout.trim()
}

function pack(tree: string, name: string, postinst: string | undefined, output: string): void {
  mkdirSync(join(tree, 'DEBIAN'))
  const control = [`Package: ${name}`, 'Version: 1.0', 'Architecture: all', 'Maintainer: T <t@example.org>']
  writeFileSync(join(tree, 'DEBIAN/control'), [...control, 'Description: of the tests', ''].join('\n'))
  if (postinst !== undefined) {
    writeFileSync(join(tree, 'DEBIAN/postinst'), postinst)
    chmodSync(join(tree, 'DEBIAN/postinst'), 0o755)
  }
  const files = readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(tree.length))
  const conffiles = files.filter((file) => file.startsWith('/etc/'))
  writeFileSync(join(tree, 'DEBIAN/conffiles'), conffiles.map((file) => `${file}\n`).join(''))
  const args = ['--root-owner-group', '-Zgzip', '-b', tree, join(output, `${name}_1.0_all.deb`)]
  const done = spawnSync('dpkg-deb', args, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(done.stderr)
}

/**
 * isar-cip-core's three packages with settings, as .deb files in `output`: as they are, or as our bbappends change
 * them beside `ours`. The files and scripts are the layer's own; packing is dpkg-deb instead of isar's dpkg-raw.
 */
export function cipDebs(output: string, ours?: Ours): void {
  const { path: layer } = cipLayer()
  mkdirSync(output, { recursive: true })
  const tree = (name: string) => {
    const directory = join(output, `${name}.tree`)
    mkdirSync(directory)
    return directory
  }
  const into = (root: string, path: string, from: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true })
    copyFileSync(from, join(root, path))
  }

  const security = tree('security-customizations')
  const securityFiles = join(layer, 'recipes-core/security-customizations/files')
  for (const name of readdirSync(securityFiles).filter((one) => one.endsWith('.conf'))) {
    into(security, `etc/ssh/sshd_config.d/${name}`, join(securityFiles, name))
    chmodSync(join(security, `etc/ssh/sshd_config.d/${name}`), 0o600)
  }
  let postinst = readFileSync(join(securityFiles, 'postinst'), 'utf8')
  if (ours) {
    const folder = join(ourAppends, 'recipes-core/security-customizations')
    const keep = keptBeside(ours)
    const template = readFileSync(join(folder, 'files/postinst.tmpl'), 'utf8')
    postinst = template.replaceAll('${KAS_HARDEN_CIP_KEEP}', keep)
    const variables = { D: security, KAS_HARDEN_CIP_KEEP: keep }
    sh(shellBody(join(folder, 'beside-kas-harden.inc'), 'do_install:append()', variables))
  }
  pack(security, 'security-customizations', postinst, output)

  const general = tree('customizations')
  const generalFiles = join(layer, 'recipes-core/customizations/files')
  into(general, 'etc/sysctl.d/99-silent-printk.conf', join(generalFiles, '99-silent-printk.conf'))
  const script = join(output, 'postinst')
  const text = readFileSync(join(generalFiles, 'postinst.tmpl'), 'utf8')
  writeFileSync(script, text.replaceAll('${CUSTOM_HOSTNAME}', 'demo'))
  if (ours?.parts.includes('banner')) {
    const inc = join(ourAppends, 'recipes-core/customizations/beside-kas-harden.inc')
    sh(shellBody(inc, 'do_prepare_build:prepend()', { WORKDIR: output }))
  }
  pack(general, 'customizations', readFileSync(script, 'utf8'), output)

  const fail2ban = tree('fail2ban-config')
  mkdirSync(join(fail2ban, 'etc/fail2ban'), { recursive: true })
  const jail = join(layer, 'recipes-security/fail2ban-config/files')
  cpSync(jail, join(fail2ban, 'etc/fail2ban/jail.d'), { recursive: true })
  if (ours?.install.includes('kas-harden-firewall')) {
    const inc = join(ourAppends, 'recipes-security/fail2ban-config/beside-kas-harden.inc')
    sh(shellBody(inc, 'do_install:append()', { D: fail2ban }))
  }
  pack(fail2ban, 'fail2ban-config', undefined, output)
}
