import type { DpkgPackage } from '../debian/package.ts'
import type { AptRoot } from './apt-root.ts'
import type { LockFile } from './lock-file.ts'
import type { Progress } from './progress.ts'
import type { BuildRequest } from './request.ts'

/** `full`, or `base-only` when parts only isar can build are missing: such an image never passes for the product. */
export function fidelityOf(request: Pick<BuildRequest, 'notBuilt'>): 'full' | 'base-only' {
  return request.notBuilt.length > 0 ? 'base-only' : 'full'
}

/** What of a request both the record beside the image and the one inside it tell. */
export function imageRecord(request: BuildRequest) {
  return {
    tool: 'kas-harden',
    engine: 'mmdebstrap',
    fidelity: fidelityOf(request),
    example: request.example,
    image: request.image,
    distro: request.distro,
    machine: request.machine
  }
}

/** The lock file of an image: its Debian packages with the hashes of the archive's index; not those of ours. */
export async function lockOf(
  installed: readonly DpkgPackage[],
  request: Pick<BuildRequest, 'release' | 'architecture'>,
  apt: AptRoot,
  progress: Progress
): Promise<LockFile> {
  const debian = installed.filter((entry) => !entry.name.startsWith('kas-harden-'))
  const shown = await apt.show(debian.map(({ name, version }) => ({ name, version })))
  if (shown.length !== debian.length) {
    const gone = debian.length - shown.length
    progress.note(
      `${gone} installed package(s) are no longer in the archive's index and not in the lock file`
    )
  }
  return {
    lockVersion: 1,
    release: request.release,
    architecture: request.architecture,
    packages: shown.map(({ name, version, architecture, sha256 }) => ({
      name,
      version,
      architecture,
      sha256
    }))
  }
}
