/** What we know about a Debian release. */
export interface DebianRelease {
  codename: string
  /** VERSION_ID of os-release; undefined for sid, which has none. */
  version: string | undefined
  suites: {
    /** Security updates; undefined where Debian has no such suite. */
    security: string | undefined
    /** Point-release updates between point releases (`<codename>-updates`). */
    updates: string | undefined
    backports: string | undefined
  }
  /**
   * Last day on which Debian publishes security updates, its LTS team's included (`YYYY-MM-DD`,
   * https://wiki.debian.org/LTS); undefined where none is announced.
   */
  securityUntil: string | undefined
}

function stable(
  codename: string,
  version: string,
  securityUntil?: string,
  security = `${codename}-security`
): DebianRelease {
  return {
    codename,
    version,
    suites: { security, updates: `${codename}-updates`, backports: `${codename}-backports` },
    securityUntil
  }
}

/** Debian releases isar and CIP name, oldest first. Up to buster the security suite was `<codename>/updates`. */
export const debianReleases: readonly DebianRelease[] = [
  stable('jessie', '8', '2020-06-30', 'jessie/updates'),
  stable('stretch', '9', '2022-06-30', 'stretch/updates'),
  stable('buster', '10', '2024-06-30', 'buster/updates'),
  stable('bullseye', '11', '2026-08-31'),
  stable('bookworm', '12', '2028-06-30'),
  stable('trixie', '13', '2030-06-30'),
  stable('forky', '14'),
  {
    codename: 'sid',
    version: undefined,
    suites: { security: undefined, updates: undefined, backports: undefined },
    securityUntil: undefined
  }
]

/** Words in a distro's name that say: not Debian, though some carry Debian's codenames. */
const foreign: readonly [word: string, name: string][] = [
  ['ubuntu', 'Ubuntu'],
  ['raspbian', 'Raspbian'],
  ['raspios', 'Raspberry Pi OS'],
  ['devuan', 'Devuan'],
  ['kali', 'Kali Linux'],
  ['poky', 'Poky (Yocto)'],
  ['nodistro', 'OpenEmbedded (Yocto)']
]

/** The release with this codename (`bookworm`) or version number (`12`, `12.9`); undefined when we know none. */
export function releaseByName(name: string): DebianRelease | undefined {
  const wanted = name.trim().toLowerCase()
  const major = /^(\d+)(?:\.\d+)?$/.exec(wanted)?.[1]
  return debianReleases.find(
    (release) => release.codename === wanted || (major !== undefined && release.version === major)
  )
}

/**
 * Whose distribution a kas or isar distro name stands for when it is not Debian:
 * `ubuntu-jammy` -> `Ubuntu`, `raspios-bookworm` -> `Raspberry Pi OS`; undefined for all other names.
 */
export function foreignDistribution(distro: string): string | undefined {
  const words = wordsOf(distro)
  return foreign.find(([word]) => words.includes(word))?.[1]
}

/**
 * The Debian release behind a kas or isar distro name: `debian-bookworm`, `cip-core-trixie`,
 * `debian-sid-ports`, `acme-bookworm`. Undefined when no codename is a word of it, when two are,
 * or when it is another distribution's name.
 */
export function releaseFromDistro(distro: string): DebianRelease | undefined {
  if (foreignDistribution(distro) !== undefined) return undefined
  const words = wordsOf(distro)
  const found = debianReleases.filter((release) => words.includes(release.codename))
  return found.length === 1 ? found[0] : undefined
}

function wordsOf(distro: string): string[] {
  return distro.toLowerCase().split(/[^a-z0-9]+/)
}
