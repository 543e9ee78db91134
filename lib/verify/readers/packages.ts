import type { Finding } from '../../base/finding.ts'
import type { DpkgPackage } from '../../debian/package.ts'
import { parseStatus } from '../../debian/status.ts'
import type { CheckContext } from '../check-context.ts'

/** The packages of an image, and how much can be said about them. */
export interface Packages {
  /** False for a manifest and for an image without a dpkg database. */
  known: boolean
  /** Why not, when not. */
  reason?: string
  all: readonly DpkgPackage[]
  /** What is odd about the database. */
  findings: readonly Finding[]
  /** Stanzas of one name, over all architectures. */
  named(name: string): readonly DpkgPackage[]
}

/** dpkg's database; a bare `.dpkg_status` is opened under the same path. */
export async function readPackages({ image }: CheckContext): Promise<Packages> {
  const none = (reason: string): Packages => ({
    known: false,
    reason,
    all: [],
    findings: [],
    named: () => []
  })
  if (image.format === 'manifest') {
    return none('a manifest lists removed packages too, so it proves no installation')
  }
  const path = '/var/lib/dpkg/status'
  const text = await image.readText(path, 64 * 1024 * 1024)
  if (text === undefined) return none(`there is no ${path} in the image`)
  const { packages, findings } = parseStatus(text, { path })
  const byName = new Map<string, DpkgPackage[]>()
  for (const one of packages) {
    const list = byName.get(one.name) ?? []
    list.push(one)
    byName.set(one.name, list)
  }
  return { known: true, all: packages, findings, named: (name) => byName.get(name) ?? [] }
}

/** dpkg's three words: `deinstall ok config-files`. */
export function statusWords({ status }: DpkgPackage): string {
  return `${status.want} ${status.flag} ${status.state}`
}

/** `install ok installed` or held at its version, and nothing less. */
export function isInstalled({ status }: DpkgPackage): boolean {
  return (
    (status.want === 'install' || status.want === 'hold') &&
    status.flag === 'ok' &&
    status.state === 'installed'
  )
}
