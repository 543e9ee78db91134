import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import type { Release } from '../../lib/controls/control.ts'

/** What packages our sources are built with, beside their Build-Depends. */
const buildPackages = ['config-package-dev', 'debhelper', 'dpkg-dev', 'lintian', 'make']

/** The real packages our settings are for. */
const targetPackages = [
  ...['acl', 'aide', 'aide-common', 'apparmor', 'auditd', 'chrony', 'cracklib-runtime', 'cron', 'cryptsetup-bin', 'dbus'],
  ...['gpiod', 'iproute2', 'kmod', 'libpam-google-authenticator', 'libpam-pwquality', 'libpam-systemd', 'nftables'],
  ...['openssh-server', 'openssl', 'procps', 'rsyslog-openssl', 'sudo', 'systemd-sysv', 'vlock', 'wamerican']
]

/** Tools of the tests themselves. */
const testTools = ['age', 'oathtool', 'pamtester']

/** Packages with files we divert or depend on; kept as .deb to unpack them a second time. */
const unpackedAgain = ['auditd', 'base-files', 'chrony', 'libpam-modules', 'libpam-runtime', 'login']

/** Where expensive trees are kept between runs. */
function cacheDirectory(): string {
  return process.env['KAS_HARDEN_TEST_CACHE'] ?? join(tmpdir(), 'kas-harden-test-cache')
}

function must(file: string, args: readonly string[]): void {
  const done = spawnSync(file, args, { encoding: 'utf8' })
  if (done.error || done.status !== 0) {
    const why = done.error?.message ?? done.stderr.split('\n').slice(-15).join('\n')
    throw new Error(`${file} ${args.join(' ')}: ${why}`)
  }
}

function madeTar(name: string, release: Release, args: readonly string[]): string {
  const key = createHash('sha256').update(args.join('\n')).digest('hex').slice(0, 12)
  const path = join(cacheDirectory(), `${name}-${release}-${key}.tar`)
  if (existsSync(path)) return path
  mkdirSync(cacheDirectory(), { recursive: true })
  const partial = `${path}.${process.pid}.partial`
  // Like in-root.sh: nothing of it outlives us, however we end.
  const bound = ['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--']
  must('setpriv', [...bound, 'mmdebstrap', '--mode=root', '--variant=minbase', '--format=tar', ...args, release, partial])
  renameSync(partial, path)
  return path
}

function unpacked(tar: string, directory: string): string {
  mkdirSync(directory)
  must('tar', ['-C', directory, '--exclude=./dev/*', '-xf', tar])
  for (const device of ['null', 'zero', 'full', 'random', 'urandom', 'tty']) {
    must('cp', ['-a', `/dev/${device}`, join(directory, 'dev')])
  }
  symlinkSync('/proc/self/fd', join(directory, 'dev', 'fd'))
  symlinkSync('pts/ptmx', join(directory, 'dev', 'ptmx'))
  return directory
}

/** A directory for all tests of a file, removed after the last one. */
export function workDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'kas-harden-recipes-'))
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true })
  })
  return directory
}

/** A tree of the release with what packages are built with. Made once, kept in the cache. */
export function buildTree(release: Release, directory: string): string {
  const tar = madeTar('build', release, [`--include=${buildPackages.join(',')}`])
  return unpacked(tar, join(directory, 'build'))
}

/** A tree of the release with the real packages our settings are for. */
export function targetTree(release: Release, directory: string): string {
  const own = release === 'trixie' ? ['login.defs'] : []
  // AIDE of Debian 11 wants a name of the device, and a mailx, which wants something to send mail with: no server
  const ofAide = release === 'bullseye' ? ['esmtp-run', 'libnss-myhostname'] : []
  const again = [...unpackedAgain, ...own].join(' ')
  const tar = madeTar('target', release, [
    `--include=${[...targetPackages, ...ofAide, ...testTools].join(',')}`,
    '--customize-hook=mkdir "$1/again"',
    `--customize-hook=chroot "$1" sh -c "cd /again && apt-get -o APT::Sandbox::User=root download ${again}"`
  ])
  return unpacked(tar, join(directory, 'target'))
}

/** Copies files into a tree. */
export function putInto(tree: string, path: string, from: string): void {
  cpSync(from, join(tree, path), { recursive: true })
}

/** A finished script: exit code, and stdout with stderr in the order of writing. */
export interface Run {
  code: number
  output: string
}

const helper = fileURLToPath(new URL('in-root.sh', import.meta.url))

function run(mode: 'keep' | 'forget', tree: string, script: string, args: readonly string[]): Run {
  const done = spawnSync('sh', [helper, mode, tree, `exec 2>&1\n${script}`, ...args], {
    encoding: 'utf8',
    timeout: 15 * 60_000,
    killSignal: 'SIGKILL'
  })
  if (done.error) throw done.error
  return { code: done.status ?? -1, output: done.stdout + done.stderr }
}

/** Runs a bash script in a tree, without a network; what it changes is gone afterwards. */
export function tryIn(tree: string, script: string, ...args: string[]): Run {
  return run('forget', tree, script, args)
}

/** Runs a bash script in a tree, without a network, and keeps what it changes. It must succeed. */
export function changeIn(tree: string, script: string, ...args: string[]): string {
  const { code, output } = run('keep', tree, `set -e\n${script}`, args)
  if (code !== 0) throw new Error(`exit code ${code}:\n${output.split('\n').slice(-40).join('\n')}`)
  return output
}
