import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCli } from '../../run-cli.ts'
import { hardenFile, writeProject } from '../../temporary.ts'

/** One product for one release of Debian and one commit of isar. */
export interface Product {
  directory: string
  release: string
  /** What bitbake and kas said in the last build. */
  log: string
}

/** Why isar can't build here, or undefined: it asks sudo for what needs root, and refuses to work as root. */
export function cannotBuild(): string | undefined {
  if (process.getuid?.() === 0) return 'isar builds as a user who may sudo, not as root'
  for (const command of [
    'kas --version',
    'sudo --non-interactive true',
    'schroot --version',
    'sbuild --version'
  ]) {
    const [file = '', ...args] = command.split(' ')
    if (spawnSync(file, args).status !== 0) return `${command} does not run`
  }
  return undefined
}

/** A directory without blanks that sub-uids may enter, for everything of one test file. */
export function makePlace(): string {
  const place = mkdtempSync(join(process.env['TMPDIR'] ?? tmpdir(), 'kas-harden-isar-'))
  chmodSync(place, 0o755)
  return place
}

/** Trees of an image belong to root; what is still mounted in there is not ours to remove. */
export function removePlace(place: string): void {
  execFileSync('sudo', ['rm', '-rf', '--one-file-system', place])
}

const kasFile = (isar: string, commit: string, release: string) => `header:
  version: 14
build_system: isar
machine: container-amd64
distro: debian-${release}
target: isar-image-base
task: rootfs
repos:
  isar:
    url: file://${isar}
    commit: ${commit}
    layers:
      meta:
      meta-isar:
bblayers_conf_header:
  standard: |
    BBPATH = "\${TOPDIR}"
    BBFILES ?= ""
local_conf_header:
  product: |
    IMAGE_PREINSTALL:append = " openssh-server"
    IMAGE_FSTYPES = "tar.gz"
    # the tool for isar's own SBOM comes from a forge
    ROOTFS_FEATURES:remove = "generate-sbom"
`

/** kas-harden.yml of the product with a number of failures that locks an account. */
export const lockedAfter = (deny: number) => hardenFile({ parameters: `  lockout.deny: ${deny}\n` })

/** Makes the product. `commit` is anything git resolves in the clone. */
export function makeProduct(
  place: string,
  name: string,
  isar: string,
  commit: string,
  release: string
): Product {
  const directory = join(place, name)
  mkdirSync(directory)
  const git = ['-c', 'safe.directory=*', '-C', isar, 'rev-parse', `${commit}^{commit}`]
  const id = execFileSync('git', git, { encoding: 'utf8' }).trim()
  writeProject(directory, { 'kas.yml': kasFile(isar, id, release), 'kas-harden.yml': lockedAfter(5) })
  return { directory, release, log: '' }
}

/** Applies the product's kas-harden.yml and runs the real kas; `more` goes to bitbake. */
export async function build(product: Product, place: string, more: readonly string[] = []): Promise<number> {
  const applied = await runCli(product.directory, ['apply', 'kas.yml'])
  if (applied.code !== 0) throw new Error(applied.stderr)
  const state = {
    DL_DIR: process.env['DL_DIR'] ?? join(place, 'downloads'),
    SSTATE_DIR: process.env['SSTATE_DIR'] ?? join(place, 'sstate')
  }
  for (const path of Object.values(state)) mkdirSync(path, { recursive: true })
  const done = spawnSync('kas', ['build', 'kas.yml:kas-harden/harden.yml', '--', ...more], {
    cwd: product.directory,
    env: { ...process.env, ...state },
    encoding: 'utf8',
    maxBuffer: 1 << 28
  })
  product.log = done.stdout + done.stderr
  return done.status ?? 130
}

/** The tree bitbake made, as a tar archive with the numbers of its owners. */
export function archive(product: Product): string {
  const work = join(product.directory, `build/tmp/work/debian-${product.release}-amd64`)
  const tree = join(work, 'isar-image-base-container-amd64/1.0-r0/rootfs')
  const file = join(product.directory, 'rootfs.tar')
  execFileSync('sudo', ['tar', '-C', tree, '--numeric-owner', '--one-file-system', '-cf', file, '.'])
  return file
}

/** Version of kas-harden-site in what isar says it installed, in either of its layouts. */
export function siteVersion(product: Product): string {
  const images = join(product.directory, 'build/tmp/deploy/images/container-amd64')
  const [manifest = ''] = execFileSync('find', [images, '-name', '*.manifest'], { encoding: 'utf8' })
    .trim()
    .split('\n')
  const line = readFileSync(manifest, 'utf8')
    .split('\n')
    .find((one) => one.includes('|kas-harden-site:'))
  return line?.split('|').at(-1) ?? ''
}

/** `recipe: task` of what bitbake ran in the last build, without versions. */
export function tasksRun(product: Product): string[] {
  return [...product.log.matchAll(/recipe (\S+?)-\d\S*: task (do_\w+): Started/g)].map(
    (one) => `${one[1]!}: ${one[2]!}`
  )
}
