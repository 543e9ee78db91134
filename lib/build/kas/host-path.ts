import { join } from 'node:path'

/** Where the folders of a container lie on this machine. */
export interface Mounts {
  workDir: string
  root: string
  /** KAS_BUILD_DIR, DL_DIR, SSTATE_DIR, KAS_REPO_REF_DIR as far as they are set, absolute. */
  env: Readonly<Record<string, string | undefined>>
}

/** Mount points of kas-container 5.5 beside /work and /repo. */
const forwarded: Readonly<Record<string, string>> = {
  '/build': 'KAS_BUILD_DIR',
  '/downloads': 'DL_DIR',
  '/sstate': 'SSTATE_DIR',
  '/repo-ref': 'KAS_REPO_REF_DIR',
  '/buildtools': 'KAS_BUILDTOOLS_DIR',
  '/bb-hashserve-db': 'BB_HASHSERVE_DB_DIR'
}

/** A path of the container's log as it is on this machine; others come back unchanged. */
export function hostPathIn(mounts: Mounts): (path: string) => string {
  const pairs = [
    ['/work', mounts.workDir],
    ['/repo', mounts.root],
    ...Object.entries(forwarded).map(([point, name]) => [point, mounts.env[name]])
  ] as const
  return (path) => {
    for (const [point, place] of pairs) {
      if (place === undefined) continue
      if (path === point) return place
      if (path.startsWith(`${point}/`)) return join(place, path.slice(point!.length + 1))
    }
    return path
  }
}
