import { readFile, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Io } from '../../base/io.ts'
import { chooseRuntime, insideKasContainer } from './choose-engine.ts'
import { ask, clientOf, type Runtime } from './container.ts'
import type { EngineName } from './engine-name.ts'

/** One thing an engine needs, or would like. */
export interface ProbeRow {
  /** Stable: `kas-version`. */
  id: string
  /** The engine it belongs to; absent where all of them share it. */
  engine?: EngineName
  /** `note`: works without, or can't be told. */
  state: 'ok' | 'missing' | 'note'
  /** What was found. */
  detail: string
  /** What to do about it. */
  remedy?: string
}

/** What a machine can build with. */
export interface EngineProbe {
  rows: readonly ProbeRow[]
  /** Engines none of whose rows is missing. */
  usable: readonly EngineName[]
}

/** What the probe looks at beside the machine. */
export interface ProbeInput {
  /** Where the project and the work directory lie. */
  root: string
  workDir: string
  /** Format of the kas file that would be written. */
  format: number
  rootless: boolean
}

/** Host tools of isar 1.1 for builds without a container, and their packages (isar, doc/user_manual.md). */
const isarTools: Readonly<Record<string, string>> = {
  sudo: 'sudo',
  git: 'git',
  mmdebstrap: 'mmdebstrap',
  bwrap: 'bubblewrap',
  reprepro: 'reprepro',
  sbuild: 'sbuild',
  schroot: 'schroot',
  quilt: 'quilt',
  unzip: 'unzip',
  zstd: 'zstd',
  xz: 'xz-utils',
  bzip2: 'bzip2',
  envsubst: 'gettext-base',
  'apt-ftparchive': 'apt-utils',
  newuidmap: 'uidmap',
  'dpkg-source': 'dpkg-dev'
}

/** Tools of the embedded engine. */
const embeddedTools: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap',
  mke2fs: 'e2fsprogs',
  sfdisk: 'fdisk',
  mcopy: 'mtools',
  'mkfs.vfat': 'dosfstools',
  objcopy: 'binutils',
  zstd: 'zstd'
}

/** Bytes an isar build takes with its caches, from a cold one with a disk image. */
const roomForIsar = 8 * 2 ** 30

/** Looks which engines work on this machine; changes nothing and opens no device. */
export async function probeEngines(input: ProbeInput, io: Io): Promise<EngineProbe> {
  const rows = (
    await Promise.all([probeContainer(input, io), probeKas(input, io), probeEmbedded(io), probeRest(input, io)])
  ).flat()
  const all: readonly EngineName[] = ['kas-container', 'kas', 'mmdebstrap']
  const usable = all.filter((engine) => !rows.some((row) => row.engine === engine && row.state === 'missing'))
  return { rows, usable }
}

async function probeContainer({ root, workDir, rootless }: ProbeInput, io: Io): Promise<ProbeRow[]> {
  const engine = 'kas-container'
  const rows: ProbeRow[] = []
  const script = await ask(io, ['kas-container', '--version'])
  rows.push(
    script.ok
      ? { id: 'kas-container', engine, state: 'ok', detail: script.said }
      : { id: 'kas-container', engine, state: 'missing', detail: `kas-container: ${script.said}`, remedy: 'apt-get install kas (Debian forky or newer), or take the script kas-container of github.com/siemens/kas.' }
  )
  const choice = await chooseRuntime(io, rootless)
  rows.push({ id: 'container-engine', engine, state: choice.runtime ? 'ok' : 'missing', detail: choice.reason, remedy: choice.remedy })
  if (choice.runtime) rows.push(await probeImage(choice.runtime, rootless, script.said, io))
  if (io.uid === 0 && io.env['KAS_ALLOW_ROOT'] !== 'yes') {
    rows.push({ id: 'root', engine, state: 'missing', detail: 'kas-container refuses to run as root', remedy: 'Run as an ordinary user, or set KAS_ALLOW_ROOT=yes.' })
  }
  for (const path of [root, workDir].filter((one) => /\s/.test(one))) {
    rows.push({ id: 'path', engine, state: 'missing', detail: `'${path}' holds a blank, where kas-container splits it`, remedy: 'Move it to a path without blanks, or use --engine kas.' })
  }
  return rows
}

async function probeImage(runtime: Runtime, rootless: boolean, script: string, io: Io): Promise<ProbeRow> {
  const engine = 'kas-container'
  const version = /\d[\w.]*$/.exec(script)?.[0] ?? 'latest'
  const { env } = io
  const path = env['KAS_CONTAINER_IMAGE_PATH'] ?? 'ghcr.io/siemens/kas'
  const suffix = env['KAS_CONTAINER_IMAGE_DISTRO'] ? `-${env['KAS_CONTAINER_IMAGE_DISTRO']}` : ''
  const image = env['KAS_CONTAINER_IMAGE'] ?? `${path}/${env['KAS_CONTAINER_IMAGE_NAME'] ?? 'kas-isar'}:${env['KAS_IMAGE_VERSION'] ?? version}${suffix}`
  const client = clientOf(runtime, rootless)
  const there = await ask(io, [...client, ...(runtime === 'docker' ? ['image', 'inspect'] : ['image', 'exists']), image])
  return there.ok
    ? { id: 'container-image', engine, state: 'ok', detail: `${image} is here` }
    : { id: 'container-image', engine, state: 'note', detail: `${image} is not here and will be pulled`, remedy: `Without its registry: load it, ${client.filter((word) => word !== '-n').join(' ')} load -i FILE, or set KAS_CONTAINER_IMAGE.` }
}

async function probeKas({ format }: ProbeInput, io: Io): Promise<ProbeRow[]> {
  const engine = 'kas'
  const rows: ProbeRow[] = []
  const kas = await ask(io, ['kas', '--version'])
  const reads = Number(/format version (\d+)/.exec(kas.said)?.[1])
  if (!kas.ok) {
    rows.push({ id: 'kas', engine, state: 'missing', detail: `kas: ${kas.said}`, remedy: 'pip install kas, or apt-get install kas on Debian trixie or newer.' })
  } else if (reads < format) {
    rows.push({ id: 'kas', engine, state: 'missing', detail: `${kas.said}: it reads formats up to ${reads}, the project needs ${format}`, remedy: 'Debian bookworm brings kas 3.1, which is too old for isar: pip install kas.' })
  } else rows.push({ id: 'kas', engine, state: 'ok', detail: kas.said })
  if (insideKasContainer(io)) {
    rows.push({ id: 'inside', engine, state: 'ok', detail: `inside the container of kas-container ${io.env['KAS_CONTAINER_SCRIPT_VERSION'] ?? ''}` })
  }
  rows.push(await probeTools(engine, isarTools, io))
  const locales = await io.exec.run('locale', ['-a']).then(({ stdout }) => stdout.toString('utf8'), () => '')
  rows.push(
    /^en_US\.utf-?8$/im.test(locales)
      ? { id: 'locale', engine, state: 'ok', detail: 'locale en_US.UTF-8' }
      : { id: 'locale', engine, state: 'missing', detail: 'bitbake needs the locale en_US.UTF-8', remedy: 'apt-get install locales, enable en_US.UTF-8 in /etc/locale.gen, locale-gen' }
  )
  const bwrap = await ask(io, ['bwrap', '--version'])
  const [major, minor] = (/(\d+)\.(\d+)/.exec(bwrap.said) ?? []).slice(1).map(Number)
  if (bwrap.ok && major === 0 && minor !== undefined && minor >= 12) {
    rows.push({ id: 'bubblewrap', engine, state: 'note', detail: `${bwrap.said} refuses symlinks as destinations, which isar up to 1.1 mounts on`, remedy: 'Take bubblewrap 0.8 of Debian bookworm, or an isar that resolves /bin.' })
  }
  if (io.uid !== 0) {
    const sudo = await ask(io, ['sudo', '-n', 'true'])
    rows.push(sudo.ok ? { id: 'sudo', engine, state: 'ok', detail: 'sudo without a password' } : { id: 'sudo', engine, state: 'missing', detail: `privileged isar calls sudo: ${sudo.said}`, remedy: 'Allow this user sudo without a password, or build with kas-container.' })
  }
  return rows
}

async function probeEmbedded(io: Io): Promise<ProbeRow[]> {
  return [await probeTools('mmdebstrap', embeddedTools, io)]
}

/** What reading and booting an image takes, and the disk. */
async function probeRest({ workDir }: ProbeInput, io: Io): Promise<ProbeRow[]> {
  const rows: ProbeRow[] = []
  const debugfs = await ask(io, ['debugfs', '-V'])
  rows.push(debugfs.missing ? { id: 'debugfs', state: 'note', detail: 'debugfs is not installed: ext4 images can not be read', remedy: 'apt-get install e2fsprogs' } : { id: 'debugfs', state: 'ok', detail: 'debugfs' })
  const qemu = await ask(io, ['qemu-system-x86_64', '--version'])
  rows.push(qemu.ok ? { id: 'qemu', state: 'ok', detail: `${qemu.said}; guests are emulated (TCG), KVM isn't tried` } : { id: 'qemu', state: 'note', detail: 'no QEMU: images can not be booted', remedy: 'apt-get install qemu-system-x86' })
  const ovmf = await stat('/usr/share/OVMF').catch(() => undefined)
  rows.push(ovmf ? { id: 'ovmf', state: 'ok', detail: 'OVMF' } : { id: 'ovmf', state: 'note', detail: 'no UEFI firmware for guests', remedy: 'apt-get install ovmf' })
  const free = await freeBytes(workDir)
  if (free !== undefined) {
    const detail = `${(free / 2 ** 30).toFixed(1)} GiB free for ${workDir}`
    rows.push(free >= roomForIsar ? { id: 'disk', state: 'ok', detail } : { id: 'disk', state: 'note', detail, remedy: 'A cold isar build with its caches takes about 8 GiB; --work-dir names another place.' })
  }
  const ids = await readFile('/proc/sys/kernel/unprivileged_userns_clone', 'utf8').catch(() => '1')
  if (ids.trim() === '0') rows.push({ id: 'userns', state: 'note', detail: 'unprivileged user namespaces are switched off', remedy: 'sysctl kernel.unprivileged_userns_clone=1' })
  return rows
}

async function probeTools(engine: EngineName, tools: Readonly<Record<string, string>>, io: Io): Promise<ProbeRow> {
  const found = await Promise.all(Object.keys(tools).map(async (tool) => [tool, await isInstalled(tool, io)] as const))
  const missing = found.filter(([, there]) => !there).map(([tool]) => tool)
  const packages = [...new Set(missing.map((tool) => tools[tool] ?? tool))]
  return missing.length === 0
    ? { id: 'tools', engine, state: 'ok', detail: `${found.length} host tools` }
    : { id: 'tools', engine, state: 'missing', detail: `not installed: ${missing.join(', ')}`, remedy: `apt-get install ${packages.join(' ')}` }
}

async function isInstalled(tool: string, io: Pick<Io, 'env'>): Promise<boolean> {
  const path = `${io.env['PATH'] ?? '/usr/bin:/bin'}:/usr/local/sbin:/usr/sbin:/sbin`
  for (const directory of path.split(':').filter((one) => one !== '')) {
    const found = await stat(`${directory}/${tool}`).catch(() => undefined)
    if (found?.isFile() && (found.mode & 0o111) !== 0) return true
  }
  return false
}

/** Of the file system that would hold the directory. */
async function freeBytes(directory: string): Promise<number | undefined> {
  for (let current = directory; ; current = dirname(current)) {
    const found = await statfs(current).catch(() => undefined)
    if (found) return found.bavail * found.bsize
    if (dirname(current) === current) return undefined
  }
}
