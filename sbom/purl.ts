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

/**
 * `pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12`: purl-spec, type deb, namespace and
 * name in lower case. What packageurl-js writes (a test holds both together), except that it leaves the plus of a
 * version bare; purl-spec encodes all but `.`, `-`, `_`, `~` and `:`.
 */
export function debPurl({ namespace, name, version, architecture, distro }: DebPurl): string {
  const qualifiers = [
    ['arch', architecture],
    ['distro', distro ?? '']
  ]
    .map(([key = '', value = '']) => [key, value.toWellFormed().trim()] as const)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}=${encodeQualifier(value)}`)
  const path = [namespace, name].map((part) => encodeURIComponent(part.toWellFormed().trim().toLowerCase()))
  const number = (version ?? '').toWellFormed().trim()
  return [
    `pkg:deb/${path.join('/')}`,
    number === '' ? '' : `@${encodeURIComponent(number).replaceAll('%3A', ':')}`,
    qualifiers.length === 0 ? '' : `?${qualifiers.join('&')}`
  ].join('')
}

/** As in a form (URL standard, application/x-www-form-urlencoded), but with a blank as `%20`. */
function encodeQualifier(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  )
}
