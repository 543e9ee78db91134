import { chmod, mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { digestOfFile } from '../base/digest.ts'
import { HardenError } from '../base/errors.ts'
import { runOk } from '../base/exec.ts'
import { writeWhole } from '../base/files.ts'
import type { Io } from '../base/io.ts'
import { parseStatus } from '../debian/status.ts'
import { openAptRoot, type AptRoot } from './apt-root.ts'
import { packageTree } from './base-stage.ts'
import { writeBmap } from './bmap.ts'
import { cacheDirectory } from './cache.ts'
import { guidOf, makeDisk } from './disk.ts'
import { makeExt4 } from './ext4.ts'
import { readLockFile, renderLockFile, requireLocked, type LockFile } from './lock-file.ts'
import { archiveKeyring, machineMirrors, type Mirrors } from './mirrors.ts'
import { openMmdebstrap, type Mmdebstrap } from './mmdebstrap.ts'
import type { Progress } from './progress.ts'
import { fullName, type BuildRequest, type NotBuilt } from './request.ts'
import { extractMember, inspectRootTar, readMember } from './root-tar.ts'
import { renderManifest } from './manifest.ts'
import { buildPackages, debsOf, readSource, siteVariables, toolchainPackages } from './settings-packages.ts'
import { settingsStage } from './settings-stage.ts'
import { makeUki } from './uki.ts'

/** Choices of one build that don't belong to the kas project. */
export interface EmbeddedOptions {
  /** Where the artefacts go. */
  output: string
  mirrors?: Mirrors
  /** Build although parts only isar can build are left out; everything is marked `base-only`. */
  allowIncomplete?: boolean
  /** A lock file whose versions and hashes must be met. */
  locked?: string
}

/** What a build made. */
export interface BuildResult {
  /** Artefact paths by kind, in isar's naming. */
  artefacts: Readonly<Record<'tar' | 'ext4' | 'wic' | 'bmap' | 'kernel' | 'initrd' | 'manifest' | 'status' | 'lock' | 'record', string>>
  fidelity: 'full' | 'base-only'
  notBuilt: readonly NotBuilt[]
  /** SOURCE_DATE_EPOCH the image was made with. */
  epoch: number
  /** Which stages came from the cache. */
  cacheHits: readonly string[]
}

/** Packages every image of ours holds, as isar's own images do: init, kernel and what boots it. */
const basePackages = ['apt', 'dbus', 'init', 'initramfs-tools', 'kmod', 'libpam-systemd', 'login', 'passwd', 'systemd-sysv', 'udev', 'zstd']

function refuseIncomplete(request: BuildRequest, options: EmbeddedOptions): void {
  if (request.notBuilt.length === 0 || options.allowIncomplete) return
  throw new HardenError(
    'usage',
    'ONLY_ISAR_CAN_BUILD',
    `The embedded engine can't build ${request.notBuilt.length} part(s) of this project; only isar can.`,
    {
      hint: 'Build with kas, or pass --allow-incomplete to get an image of the base layer that is marked as such.',
      findings: request.notBuilt.map((part) => ({
        code: 'ONLY_ISAR_CAN_BUILD',
        severity: 'error',
        message: `${part.variable} = "${part.value}" (${part.origin})`
      }))
    }
  )
}

/** Fails with the name of the package and of who wants it, before anything is downloaded. */
async function requirePackages(names: readonly string[], apt: AptRoot, request: BuildRequest): Promise<void> {
  const candidates = await apt.candidates(names)
  const missing = names.filter((name) => !candidates.has(name))
  if (missing.length === 0) return
  throw new HardenError('build', 'PACKAGE_NOT_FOUND', `Debian ${request.release} has no package ${missing.map((name) => `'${name}' (wanted by ${request.wantedBy.get(name) ?? 'the kas project'})`).join(', ')} for ${request.architecture}.`, {
    hint: 'Check the spelling in IMAGE_PREINSTALL, the release, and that the mirror holds it.'
  })
}

async function settingsDebs(
  request: BuildRequest,
  common: { archiveDigest: string; keyringDigest: string; epoch: number },
  apt: AptRoot,
  mirrors: Mirrors,
  cache: string,
  mmdebstrap: Mmdebstrap,
  io: Io,
  hits: string[]
): Promise<string[]> {
  if (request.settings.length === 0) return []
  const sources = [await readSource('kas-harden-settings'), await readSource('kas-harden-site')]
  const unknown = request.settings.filter((name) => !sources.some((source) => source.binaries.includes(name)))
  if (unknown.length > 0) {
    throw new HardenError('usage', 'SETTINGS_UNKNOWN', `We have no settings package ${unknown.join(', ')}.`, {
      hint: 'Run kas-harden apply again: the overlay is from another version.'
    })
  }
  const alternatives = sources.flatMap((source) => source.buildDepends)
  const known = await apt.candidates(alternatives.flat())
  // Package names move between releases (login.defs is new in trixie): the first that exists, as sbuild does.
  const buildDepends = alternatives.map((names) => names.find((name) => known.has(name)) ?? names[0]!)
  const toolchain = await packageTree(
    {
      kind: 'toolchain',
      release: request.release,
      architecture: request.architecture,
      packages: [...toolchainPackages, ...buildDepends],
      ...common
    },
    mirrors,
    cache,
    mmdebstrap,
    io.exec
  )
  if (toolchain.hit) hits.push('toolchain')
  const debs: string[] = []
  for (const source of sources) {
    const isSite = source.name === 'kas-harden-site'
    const given = { ...request.site.variables, KAS_HARDEN_SITE_PARTS: request.site.parts.join(' ') }
    const variables = isSite ? await siteVariables(source, given) : {}
    const built = await buildPackages(
      { source, variables, release: request.release, toolchain: toolchain.path, epoch: common.epoch },
      cache,
      mmdebstrap
    )
    if (built.hit) hits.push(source.name)
    debs.push(...(await debsOf(built.path, isSite ? ['kas-harden-site'] : request.settings)))
  }
  return debs
}

/** Moves a finished file to the output directory, whole or not at all. */
async function deliver(from: string, to: string, io: Io): Promise<void> {
  await chmod(from, 0o644).catch(() => undefined)
  try {
    await rename(from, to)
  } catch {
    const partial = `${to}.partial`
    await runOk(io.exec, 'build', 'cp', ['--sparse=always', '--reflink=auto', from, partial])
    await rename(partial, to)
  }
}

/**
 * Builds a bootable Debian image from Debian packages and our settings
 * packages, without isar, container, loop device or mount. Two stages always,
 * packages then settings, so that a cached and a cold build give the same bytes.
 * @throws HardenError usage, environment, build or interrupted.
 */
export async function buildEmbedded(
  request: BuildRequest,
  options: EmbeddedOptions,
  io: Io,
  progress: Progress
): Promise<BuildResult> {
  refuseIncomplete(request, options)
  const cache = cacheDirectory(io.env)
  const mirrors = options.mirrors ?? (await machineMirrors(io.exec))
  const mmdebstrap = await openMmdebstrap(io, progress)
  try {
    return await buildIn(mmdebstrap, request, options, mirrors, cache, io, progress)
  } finally {
    await mmdebstrap.dispose()
  }
}

async function buildIn(
  mmdebstrap: Mmdebstrap,
  request: BuildRequest,
  options: EmbeddedOptions,
  mirrors: Mirrors,
  cache: string,
  io: Io,
  progress: Progress
): Promise<BuildResult> {
  const { scratch } = mmdebstrap
  const hits: string[] = []
  const inScratch = (name: string) => join(scratch, name)

  progress.phase('package lists')
  const apt = await openAptRoot(inScratch('apt'), request.release, request.architecture, mirrors, io.exec)
  const asked = Number(io.env['SOURCE_DATE_EPOCH'])
  const epoch = io.env['SOURCE_DATE_EPOCH'] && Number.isInteger(asked) && asked >= 0 ? asked : apt.newestRelease
  const lock = options.locked ? await readLockFile(options.locked) : undefined
  if (lock && (lock.release !== request.release || lock.architecture !== request.architecture)) {
    throw new HardenError('usage', 'LOCK_DIFFERS', `The lock file is for ${lock.release}/${lock.architecture}, the build for ${request.release}/${request.architecture}.`, { path: options.locked })
  }
  const names = [...new Set([...basePackages, `linux-image-${request.kernel}`, ...request.packages])]
  await requirePackages(names, apt, request)
  const packages = lock ? lock.packages.map(({ name, version }) => `${name}=${version}`) : names
  const common = { archiveDigest: apt.archiveDigest, keyringDigest: await digestOfFile(archiveKeyring, 'sha256'), epoch }

  progress.phase('base system')
  const base = await packageTree(
    { kind: 'base', release: request.release, architecture: request.architecture, packages, ...common },
    mirrors,
    cache,
    mmdebstrap,
    io.exec
  )
  if (base.hit) hits.push('base')

  progress.phase('settings packages')
  const debs = await settingsDebs(request, common, apt, mirrors, cache, mmdebstrap, io, hits)

  progress.phase('settings')
  const identity = `${fullName(request)}\0${epoch}`
  const rootGuid = guidOf(`${identity}\0root partition`)
  const tar = inScratch('rootfs.tar')
  await settingsStage(request, base.path, debs, rootGuid, epoch, tar, mmdebstrap, io.exec)

  progress.phase('file system')
  const facts = await inspectRootTar(tar, io.exec)
  const kernel = inScratch('vmlinuz')
  const initrd = inScratch('initrd.img')
  await extractMember(tar, facts.kernel, kernel, io.exec)
  await extractMember(tar, facts.initrd, initrd, io.exec)
  const tree = join(scratch, 'trees', 'image')
  await mmdebstrap.privileged('mkdir', [tree])
  await mmdebstrap.privileged('tar', ['--extract', `--directory=${tree}`, '--numeric-owner', '--xattrs', '--xattrs-include=*', '--exclude=./dev/*', `--file=${tar}`])
  const ext4 = inScratch('rootfs.ext4')
  // Made by us and writable by all, so that mke2fs in the user namespace and debugfs outside can both write it.
  await (await open(ext4, 'w')).close()
  await chmod(ext4, 0o666)
  await makeExt4(
    tree,
    ext4,
    {
      size: facts.ext4Size,
      uuid: guidOf(`${identity}\0root file system`),
      hashSeed: guidOf(`${identity}\0directory hash`),
      label: 'rootfs',
      epoch
    },
    scratch,
    io.exec,
    mmdebstrap.privileged
  )
  await mmdebstrap.privileged('rm', ['-rf', tree])

  progress.phase('disk image')
  const uki = inScratch('linux.efi')
  const cmdline = [`root=PARTUUID=${rootGuid}`, 'ro', ...request.cmdline].join(' ')
  const osRelease = await readMember(tar, './usr/lib/os-release', io.exec)
  await makeUki({ kernel, initrd, cmdline, osRelease }, uki, scratch, io.exec)
  const wic = inScratch('disk.wic')
  await makeDisk(
    {
      uki,
      root: ext4,
      diskGuid: guidOf(`${identity}\0disk`),
      espGuid: guidOf(`${identity}\0esp`),
      rootGuid,
      fatId: guidOf(`${identity}\0fat`).slice(0, 8),
      epoch
    },
    wic,
    scratch,
    io.exec
  )

  progress.phase('artefacts')
  const status = await readMember(tar, './var/lib/dpkg/status', io.exec)
  const installed = parseStatus(status).packages.filter((entry) => entry.installed)
  const debian = installed.filter((entry) => !entry.name.startsWith('kas-harden-'))
  const newLock: LockFile = {
    lockVersion: 1,
    release: request.release,
    architecture: request.architecture,
    packages: (await apt.show(debian.map(({ name, version }) => ({ name, version })))).map(({ name, version, architecture, sha256 }) => ({ name, version, architecture, sha256 }))
  }
  if (newLock.packages.length !== debian.length) {
    progress.note(`${debian.length - newLock.packages.length} installed package(s) are no longer in the archive's index and not in the lock file`)
  }
  if (lock) requireLocked(lock, newLock)

  await mkdir(options.output, { recursive: true })
  const name = (suffix: string) => join(options.output, `${fullName(request)}${suffix}`)
  const zst = inScratch('rootfs.tar.zst')
  await runOk(io.exec, 'build', 'zstd', ['-q', '-f', '-T0', '-6', tar, '-o', zst])
  const bmap = inScratch('disk.wic.bmap')
  await writeBmap(wic, bmap)
  const artefacts = {
    tar: name('.tar.zst'),
    ext4: name('.ext4'),
    wic: name('.wic'),
    bmap: name('.wic.bmap'),
    kernel: name('-vmlinuz'),
    initrd: name('-initrd.img'),
    manifest: name('.manifest'),
    status: name('.dpkg_status'),
    lock: name('.lock.json'),
    record: name('.build.json')
  }
  const digests: Record<string, string> = {}
  for (const [from, to] of [[zst, artefacts.tar], [ext4, artefacts.ext4], [wic, artefacts.wic], [bmap, artefacts.bmap], [kernel, artefacts.kernel], [initrd, artefacts.initrd]] as const) {
    digests[basename(to)] = await digestOfFile(from)
    await deliver(from, to, io)
  }
  await writeWhole(artefacts.manifest, renderManifest(installed))
  await writeWhole(artefacts.status, status)
  await writeWhole(artefacts.lock, renderLockFile(newLock))
  const fidelity = request.notBuilt.length > 0 ? 'base-only' : 'full'
  const record = {
    tool: 'kas-harden',
    engine: 'mmdebstrap',
    mmdebstrap: mmdebstrap.version,
    fidelity,
    example: request.example,
    image: request.image,
    distro: request.distro,
    machine: request.machine,
    release: request.release,
    architecture: request.architecture,
    sourceDateEpoch: epoch,
    archive: apt.archiveDigest,
    cmdline,
    notBuilt: request.notBuilt,
    settings: request.settings,
    site: request.site,
    sha512: digests
  }
  await writeWhole(artefacts.record, JSON.stringify(record, null, 2) + '\n')
  await rm(tar, { force: true })
  return { artefacts, fidelity, notBuilt: request.notBuilt, epoch, cacheHits: hits }
}
