import { basename, join } from 'node:path'
import { digestOfFile } from '../base/digest.ts'
import { HardenError, messageOf } from '../base/errors.ts'
import { writeWhole } from '../base/files.ts'
import type { Io } from '../base/io.ts'
import { parseStatus } from '../debian/status.ts'
import { openAptRoot, type AptRoot } from './apt-root.ts'
import { artefactPaths, digestsOf, type Artefacts } from './artefacts.ts'
import { packageTree } from './base-stage.ts'
import { writeBmap } from './bmap.ts'
import { fidelityOf, imageRecord, lockOf } from './build-record.ts'
import { cacheDirectory } from './cache.ts'
import { deliver } from './deliver.ts'
import { makeDisk } from './disk.ts'
import { makeExt4 } from './ext4.ts'
import { imageIdentity } from './identity.ts'
import { readLockFile, renderLockFile, requireAvailable, requireLocked, type LockFile } from './lock-file.ts'
import { renderManifest } from './manifest.ts'
import { archiveKeyring, machineMirrors, type Mirrors } from './mirrors.ts'
import { openMmdebstrap, type Mmdebstrap } from './mmdebstrap.ts'
import type { Progress } from './progress.ts'
import type { BuildRequest, NotBuilt } from './request.ts'
import { settingsDebs } from './settings-debs.ts'
import { settingsStage } from './settings-stage.ts'
import { together } from './together.ts'
import { extractTree, finishTree, packTree, removeTree } from './tree.ts'
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
  artefacts: Artefacts
  fidelity: 'full' | 'base-only'
  notBuilt: readonly NotBuilt[]
  /** SOURCE_DATE_EPOCH the image was made with. */
  epoch: number
  /** Which stages came from the cache. */
  cacheHits: readonly string[]
}

/** One build on its way. */
interface Build {
  mmdebstrap: Mmdebstrap
  request: BuildRequest
  options: EmbeddedOptions
  lock: LockFile | undefined
  mirrors: Mirrors
  io: Io
  progress: Progress
}

/** Packages every image of ours holds, as isar's own images do: init, kernel and what boots it. */
const basePackages = [
  ...['apt', 'dbus', 'init', 'initramfs-tools', 'kmod', 'libpam-systemd', 'login', 'passwd', 'systemd-sysv'],
  ...['udev', 'zstd']
]

/**
 * Builds a bootable Debian image from Debian packages and our settings
 * packages, without isar, container, loop device or mount. Two stages always,
 * packages then settings, so that a cached and a cold build give the same bytes.
 * @throws HardenError usage, environment, build or interrupted. Nothing half-written stays behind.
 */
export async function buildEmbedded(
  request: BuildRequest,
  options: EmbeddedOptions,
  io: Io,
  progress: Progress
): Promise<BuildResult> {
  refuseIncomplete(request, options)
  const lock = options.locked ? await readLockFor(request, options.locked) : undefined
  const mirrors = options.mirrors ?? (await machineMirrors(io.exec))
  const mmdebstrap = await openMmdebstrap(io, progress)
  try {
    return await buildIn({ mmdebstrap, request, options, lock, mirrors, io, progress })
  } catch (error) {
    // Whatever a tool said on its way down: the user pressed Ctrl-C.
    if (io.signal.aborted) throw interrupted(error)
    throw error
  } finally {
    // A leftover is worth a word, but must not hide why the build failed.
    await mmdebstrap.dispose().catch((error: unknown) => {
      progress.note(`${mmdebstrap.scratch} could not be removed: ${messageOf(error)}`)
    })
  }
}

async function buildIn(build: Build): Promise<BuildResult> {
  const { mmdebstrap, request, options, lock, mirrors, io, progress } = build
  const { scratch } = mmdebstrap
  const { release, architecture } = request
  const inScratch = (name: string) => join(scratch, name)
  const hits: string[] = []
  const phase = (title: string) => {
    if (io.signal.aborted) throw interrupted()
    progress.phase(title)
  }

  phase('package lists')
  const apt = await openAptRoot(inScratch('apt'), release, architecture, mirrors, io.exec)
  const epoch = epochOf(io, apt)
  const names = [...new Set([...basePackages, `linux-image-${request.kernel}`, ...request.packages])]
  await requirePackages(names, apt, request)
  if (lock) requireAvailable(lock, await apt.show(lock.packages), build.options.locked)
  const packages = lock ? lock.packages.map(({ name, version }) => `${name}=${version}`) : names
  const cache = cacheDirectory(io.env)
  const keyringDigest = await digestOfFile(archiveKeyring, 'sha256')

  phase('base system')
  const { archiveDigest } = apt
  const base = await packageTree(
    { kind: 'base', release, architecture, packages, archiveDigest, keyringDigest, epoch },
    { mirrors, transport: apt.transport },
    cache,
    mmdebstrap
  )
  if (base.hit) hits.push('base')

  phase('settings packages')
  const [tree, debs] = await together([
    extractTree(base.path, 'image', mmdebstrap),
    settingsDebs(request, { apt, keyringDigest, mirrors, cache }, mmdebstrap, hits)
  ])

  phase('settings')
  const identity = imageIdentity(request, epoch)
  await settingsStage(request, tree, debs, identity.rootGuid, epoch, mmdebstrap, io.exec)

  phase('file system')
  const facts = await finishTree(tree, epoch, mmdebstrap)
  const installed = parseStatus(facts.status).packages.filter((entry) => entry.installed)
  const newLock = await lockOf(installed, request, apt, progress)
  if (lock) requireLocked(lock, newLock)
  const ext4 = inScratch('rootfs.ext4')
  const tar = inScratch('rootfs.tar.zst')
  const ext4Options = { ...identity.ext4, size: facts.ext4Size, epoch }
  await together([
    makeExt4(tree, ext4, ext4Options, scratch, io.exec, mmdebstrap.privileged),
    packTree(tree, tar, epoch, mmdebstrap)
  ])

  phase('disk image')
  const cmdline = [`root=PARTUUID=${identity.rootGuid}`, 'ro', ...request.cmdline].join(' ')
  const uki = inScratch('linux.efi')
  const wic = inScratch('disk.wic')
  const makeWic = async () => {
    await makeUki({ ...facts, cmdline }, uki, scratch, io.exec)
    await makeDisk({ ...identity.disk, uki, root: ext4, epoch }, wic, scratch, io.exec)
  }
  const [, digests] = await together([
    makeWic(),
    digestsOf([tar, ext4, facts.kernel, facts.initrd], io.exec),
    removeTree(tree, mmdebstrap)
  ])

  phase('artefacts')
  const bmap = inScratch('disk.wic.bmap')
  const [wicDigest] = await together([digestsOf([wic], io.exec), writeBmap(wic, bmap)])
  const artefacts = artefactPaths(options.output, request)
  const images = { tar, ext4, wic, bmap, kernel: facts.kernel, initrd: facts.initrd }
  const named = (digest: Map<string, string>) =>
    Object.entries(images).flatMap(([kind, path]) => {
      const found = digest.get(path)
      return found === undefined ? [] : [[basename(artefacts[kind as keyof typeof images]), found] as const]
    })
  const record = {
    ...imageRecord(request),
    mmdebstrap: mmdebstrap.version,
    release,
    architecture,
    sourceDateEpoch: epoch,
    archive: apt.archiveDigest,
    cmdline,
    notBuilt: request.notBuilt,
    settings: request.settings,
    site: request.site,
    sha512: Object.fromEntries([...named(digests), ...named(wicDigest)])
  }
  const texts = {
    manifest: renderManifest(installed),
    status: facts.status,
    lock: renderLockFile(newLock),
    record: JSON.stringify(record, null, 2) + '\n'
  }
  for (const [kind, text] of Object.entries(texts)) await writeWhole(inScratch(kind), text)
  const deliveries = [
    ...Object.entries(images).map(([kind, from]) => ({ from, to: artefacts[kind as keyof Artefacts] })),
    ...Object.keys(texts).map((kind) => ({ from: inScratch(kind), to: artefacts[kind as keyof Artefacts] }))
  ]
  await deliver(deliveries, io.signal, io.exec)
  return { artefacts, fidelity: fidelityOf(request), notBuilt: request.notBuilt, epoch, cacheHits: hits }
}

function interrupted(cause?: unknown): HardenError {
  const message = 'The build was interrupted; its temporary files are removed and no artefact was touched.'
  return new HardenError('interrupted', 'INTERRUPTED', message, { cause })
}

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

async function readLockFor(request: BuildRequest, path: string): Promise<LockFile> {
  const lock = await readLockFile(path)
  if (lock.release === request.release && lock.architecture === request.architecture) return lock
  const message = `The lock file is for ${lock.release}/${lock.architecture}, the build for ${request.release}/${request.architecture}.`
  throw new HardenError('usage', 'LOCK_DIFFERS', message, { path })
}

/** SOURCE_DATE_EPOCH (reproducible-builds.org: seconds since 1970), or the date of the newest Release file. */
function epochOf(io: Io, apt: AptRoot): number {
  const text = io.env['SOURCE_DATE_EPOCH']
  if (!text) return apt.newestRelease
  if (/^\d{1,10}$/.test(text)) return Number(text)
  const message = `SOURCE_DATE_EPOCH=${JSON.stringify(text)} is no time in seconds since 1970.`
  throw new HardenError('usage', 'EPOCH_INVALID', message)
}

/** Fails with the name of the package and of who wants it, before anything is downloaded. */
async function requirePackages(names: readonly string[], apt: AptRoot, request: BuildRequest): Promise<void> {
  const candidates = await apt.candidates(names)
  const missing = names.filter((name) => !candidates.has(name))
  if (missing.length === 0) return
  const wanted = missing.map(
    (name) => `'${name}' (wanted by ${request.wantedBy.get(name) ?? 'the kas project'})`
  )
  const message = `Debian ${request.release} has no package ${wanted.join(', ')} for ${request.architecture}.`
  throw new HardenError('build', 'PACKAGE_NOT_FOUND', message, {
    hint: 'Check the spelling in IMAGE_PREINSTALL, the release, and that the mirror holds it.'
  })
}
