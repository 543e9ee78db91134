import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runOk, type Exec } from '../base/exec.ts'
import { byCodeUnit } from '../base/text.ts'
import type { Release } from '../controls/control.ts'
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
export const eatmydataHooks = '/usr/share/mmdebstrap/hooks/eatmydata'

/**
 * The tree of packages without any setting of ours, as a tar in the cache.
 * Its key holds everything that can change a byte: sources, -security and
 * -updates (their signed Release files), keyring, packages and tool version.
 */
export async function packageTree(
  stage: PackageStage,
  mirrors: Mirrors,
  directory: string,
  mmdebstrap: Mmdebstrap,
  exec: Exec
): Promise<{ path: string; hit: boolean }> {
  const packages = [...new Set(stage.packages)].sort(byCodeUnit)
  const key = cacheKey({ ...stage, packages, tool: mmdebstrap.version, mode: mmdebstrap.mode, layout: 3 })
  return cached(directory, `${stage.kind}-${stage.release}-${stage.architecture}`, key, '.tar', async (path) => {
    const whole = join(mmdebstrap.scratch, `${stage.kind}.tar`)
    await mmdebstrap.run(
      [
        '--variant=minbase',
        '--format=tar',
        `--architectures=${stage.architecture}`,
        `--keyring=${archiveKeyring}`,
        '--aptopt=APT::Install-Recommends "false"',
        '--aptopt=Acquire::Languages "none"',
        '--aptopt=Acquire::Retries "3"',
        `--include=${packages.join(',')}`,
        `--hook-dir=${eatmydataHooks}`,
        // Host keys are random, and an image must not hold any: they are made at first boot.
        '--customize-hook=rm -f "$1"/etc/ssh/ssh_host_*',
        stage.release,
        whole,
        ...sourceLines(stage.release, mirrors)
      ],
      { SOURCE_DATE_EPOCH: String(stage.epoch) }
    )
    // Device nodes can't be made in a user namespace; mmdebstrap brings its own in the next stage.
    await runOk(exec, 'build', 'sh', ['-c', `mmtarfilter --path-exclude='/dev/*' <"$1" >"$2"`, 'sh', whole, path])
    await rm(whole)
  })
}

/** Arguments for a mmdebstrap run that goes on from a cached tree. */
export function fromTree(tar: string): string[] {
  return [
    '--variant=custom',
    // The tree brings its lists and caches in order already.
    '--skip=update,cleanup/apt',
    // `tar-in` reads on our side of the user namespace, so the cache may lie in a private home.
    `--setup-hook=tar-in "${tar.replace(/["\\$`]/g, '\\$&')}" /`
  ]
}
