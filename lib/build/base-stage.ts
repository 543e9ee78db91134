import type { Release } from '../controls/control.ts'
import { byCodeUnit } from '../base/text.ts'
import { cached, cacheKey } from './cache.ts'
import { archiveKeyring, sourceLines, type Mirrors } from './mirrors.ts'
import type { Mmdebstrap } from './mmdebstrap.ts'

/** What a stage of Debian packages is made from. */
export interface PackageStage {
  kind: 'base' | 'toolchain'
  release: Release
  architecture: string
  /** Package names, or `name=version` when a lock file is required. */
  packages: readonly string[]
  /** Digest of the signed Release files of all suites. */
  archiveDigest: string
  /** Digest of the archive keyring. */
  keyringDigest: string
  epoch: number
}

/** mmdebstrap ships a hook that speeds up dpkg by leaving out its fsyncs. */
const eatmydataHooks = '/usr/share/mmdebstrap/hooks/eatmydata'

/**
 * Left out of the tree that builds our packages, which hold scripts and settings only: documentation, and the
 * insides of the compiler that debhelper depends on. Half of its bytes, and it is extracted for every change of a
 * setting.
 */
const notForScripts = [
  ...['doc', 'man', 'info', 'locale'].map((name) => `/usr/share/${name}/*`),
  ...[
    '/usr/include/*',
    '/usr/lib/gcc/*',
    '/usr/bin/*-lto-dump-*',
    '/usr/lib/*/lib*.a',
    '/usr/lib/*/lib?*san.so.*'
  ]
].map((path) => `--dpkgopt=path-exclude=${path}`)

const transportVariable = 'KAS_HARDEN_APT_TRANSPORT'

/** Where a stage gets its packages, and how this machine gets there; neither shows in the result. */
export interface Archive {
  mirrors: Mirrors
  /** Lines of apt.conf(5). */
  transport: string
}

/** mmdebstrap's arguments for a stage, writing a tar to `output`. */
export function stageArguments(stage: PackageStage, mirrors: Mirrors, output: string): string[] {
  return [
    '--variant=minbase',
    '--format=tar',
    `--architectures=${stage.architecture}`,
    `--keyring=${archiveKeyring}`,
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=Acquire::Retries "3"',
    ...(stage.kind === 'toolchain' ? notForScripts : []),
    `--include=${stage.packages.join(',')}`,
    `--hook-dir=${eatmydataHooks}`,
    // For apt on our side only: a proxy is nothing for an image to know.
    `--setup-hook=printf %s "$${transportVariable}" >>"$MMDEBSTRAP_APT_CONFIG"`,
    // Host keys are random, and an image must not hold any: they are made at first boot.
    '--customize-hook=rm -f "$1"/etc/ssh/ssh_host_*',
    stage.release,
    output,
    ...sourceLines(stage.release, mirrors)
  ]
}

/**
 * The tree of packages without any setting of ours, as a tar in the cache.
 * Its key holds everything that can change a byte: sources, -security and
 * -updates (their signed Release files), keyring, packages and tool version.
 */
export async function packageTree(
  stage: PackageStage,
  archive: Archive,
  directory: string,
  mmdebstrap: Mmdebstrap
): Promise<{ path: string; hit: boolean }> {
  const packages = [...new Set(stage.packages)].sort(byCodeUnit)
  // Everything mmdebstrap is told but the mirrors' addresses, and what the archive held.
  const { archiveDigest, keyringDigest, epoch } = stage
  const told = stageArguments({ ...stage, packages }, { main: '', security: '' }, '')
  const { version, mode } = mmdebstrap
  const key = cacheKey({ told, archiveDigest, keyringDigest, epoch, version, mode })
  const kind = `${stage.kind}-${stage.release}-${stage.architecture}`
  return cached(directory, kind, key, '.tar', async (path) => {
    const args = stageArguments({ ...stage, packages }, archive.mirrors, path)
    await mmdebstrap.run(args, {
      SOURCE_DATE_EPOCH: String(stage.epoch),
      [transportVariable]: archive.transport
    })
  })
}
