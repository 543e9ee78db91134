import type { Finding } from '../lib/base/finding.ts'
import { foreignDistribution, releaseByName, releaseFromDistro } from '../lib/debian/releases.ts'
import type { Image } from '../lib/image/image.ts'
import { readOsRelease } from '../lib/image/os-release.ts'

/** The operating system of an image: whose packages, which release. */
export interface Distribution {
  /** `ID` of os-release: `debian`; the purl namespace. */
  id: string
  /** `VERSION_ID`, or the codename where a release has no number (sid). */
  version: string | undefined
  codename: string | undefined
  prettyName: string | undefined
  homepage: string | undefined
  cpe: string | undefined
  /** Content of `/etc/debian_version`: the point release, `12.15`. */
  pointRelease: string | undefined
  /** Version of the image itself: `IMAGE_VERSION`, or `BUILD_ID`, which isar writes. */
  imageVersion: string | undefined
}

/** What we found out, and whether it is enough. */
interface DistributionResult {
  distribution: Distribution | undefined
  findings: readonly Finding[]
}

const limit = 64 * 1024

/** Value of the purl qualifier `distro`: `debian-12`; undefined when the release is not known. */
export function distroQualifier(distribution: Distribution | undefined): string | undefined {
  return distribution?.version === undefined ? undefined : `${distribution.id}-${distribution.version}`
}

/**
 * Reads os-release of the image (`/etc/os-release`, then `/usr/lib/os-release`, as os-release(5) orders them);
 * `fallback` (`debian-12`, `cip-core-bookworm`) answers only where the image is silent.
 */
export async function readDistribution(
  image: Image,
  fallback: string | undefined
): Promise<DistributionResult> {
  const told = fallback === undefined ? undefined : fromName(fallback)
  const said = await fromImage(image)
  const base = said && debianBehind(said, told)
  const own = base ?? said
  const findings: Finding[] = []
  const distribution = own ?? told
  const problem = (code: string, message: string, hint: string): void => {
    findings.push({ code, severity: 'warning', message, path: image.path, hint })
  }

  if (said && base) {
    const message = `os-release says ${said.id}, like Debian: package URLs name the distribution its packages come from, ${distroQualifier(base) ?? ''}.`
    findings.push({ code: 'DISTRO_DERIVED', severity: 'info', message, path: image.path })
  }
  if (fallback !== undefined && told === undefined) {
    problem('DISTRO_NOT_READ', `'${fallback}' names no distribution and release.`, 'Write it like debian-12.')
  }
  if (own && told && distroQualifier(own) !== distroQualifier(told)) {
    const message = `The image says ${own.id}-${own.version ?? '?'}, the options say ${told.id}-${told.version ?? '?'}; the image counts.`
    problem('DISTRO_DIFFERS', message, 'Check that this is the image you mean.')
  }
  if (distroQualifier(distribution) === undefined) {
    const message =
      'The release is not known: package URLs carry no distro, and scanners may skip or mismatch them.'
    problem('DISTRO_UNKNOWN', message, 'Name it: --distro debian-12')
  }
  return { distribution, findings }
}

/**
 * The Debian release of a product that gives itself a name of its own (`ID=acme`, `ID_LIKE=debian`): scanners know
 * packages by Debian's. Its codename tells the release, else Debian's own version file, else what the caller says.
 */
function debianBehind(said: Said, told: Distribution | undefined): Distribution | undefined {
  if (!said.isLikeDebian) return undefined
  const major = /^\d+/.exec(said.pointRelease ?? '')?.[0]
  const release = releaseByName(said.codename ?? '') ?? releaseByName(major ?? '')
  const { version, codename } = release
    ? { version: release.version ?? release.codename, codename: release.codename }
    : told?.id === 'debian'
      ? told
      : {}
  if (version === undefined) return undefined
  // Homepage and CPE are the product's, not Debian's.
  const imageVersion = said.imageVersion ?? said.version
  return { ...said, id: 'debian', version, codename, homepage: undefined, cpe: undefined, imageVersion }
}

/** What os-release says, and whether it is a Debian under another name. */
interface Said extends Distribution {
  isLikeDebian: boolean
}

async function fromImage(image: Image): Promise<Said | undefined> {
  const fields = await readOsRelease(image)
  if (fields === undefined) return undefined
  const id = word(fields['ID'])
  if (id === undefined) return undefined
  const codename = word(fields['VERSION_CODENAME'])
  const pointRelease = (await image.readText('/etc/debian_version', limit))?.split('\n', 1)[0]
  const like = (fields['ID_LIKE'] ?? '').split(' ')
  return {
    isLikeDebian: id !== 'debian' && foreignDistribution(id) === undefined && like.includes('debian'),
    id,
    version: word(fields['VERSION_ID']) ?? codename,
    codename,
    prettyName: fields['PRETTY_NAME'],
    homepage: fields['HOME_URL'],
    cpe: fields['CPE_NAME'],
    imageVersion: printable(fields['IMAGE_VERSION']) ?? printable(fields['BUILD_ID']),
    pointRelease:
      pointRelease !== undefined && /^[A-Za-z0-9./-]{1,40}$/.test(pointRelease) ? pointRelease : undefined
  }
}

function fromName(name: string): Distribution | undefined {
  const bare = {
    prettyName: undefined,
    homepage: undefined,
    cpe: undefined,
    pointRelease: undefined,
    imageVersion: undefined
  }
  const match = /^([a-z0-9._]+)-([a-z0-9._]+)$/.exec(name)
  const [, id, release] = match ?? []
  const debian = releaseFromDistro(name) ?? (id === 'debian' ? releaseByName(release ?? '') : undefined)
  if (debian) {
    return { id: 'debian', version: debian.version ?? debian.codename, codename: debian.codename, ...bare }
  }
  return id === undefined ? undefined : { id, version: release, codename: undefined, ...bare }
}

/** A version somebody made up; no blanks, nothing that could pretend to be more than a word. */
function printable(text: string | undefined): string | undefined {
  return text !== undefined && /^[\x21-\x7e]{1,100}$/.test(text) ? text : undefined
}

/** os-release(5) allows these characters in ID, VERSION_ID and VERSION_CODENAME; anything else is hostile or broken. */
function word(text: string | undefined): string | undefined {
  return text !== undefined && /^[a-z0-9._-]{1,64}$/.test(text) ? text : undefined
}
