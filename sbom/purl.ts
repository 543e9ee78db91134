import { PackageURL } from 'packageurl-js'

/** What a Debian package URL says. */
export interface DebPurl {
  /** Vendor: `ID` of os-release. */
  namespace: string
  name: string
  /** With its epoch (purl-spec, type deb). */
  version: string | undefined
  /** `source` for a source package. */
  architecture: string
  /** `debian-12`. */
  distro: string | undefined
}

/** `pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12` */
export function debPurl({ namespace, name, version, architecture, distro }: DebPurl): string {
  const qualifiers: Record<string, string> = {}
  if (architecture !== '') qualifiers['arch'] = architecture.toWellFormed()
  if (distro !== undefined) qualifiers['distro'] = distro
  const purl = new PackageURL(
    'deb',
    namespace,
    name.toWellFormed(),
    version === undefined || version === '' ? undefined : version.toWellFormed(),
    qualifiers,
    undefined
  )
  // The library leaves the plus of a version bare; purl-spec encodes all but `.`, `-`, `_`, `~` and `:`.
  return purl.toString().replaceAll('+', '%2B')
}
