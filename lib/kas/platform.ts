import { HardenError } from '../base/errors.ts'
import {
  type DebianRelease,
  debianReleases,
  foreignDistribution,
  releaseByName,
  releaseFromDistro
} from '../debian/releases.ts'

/** Where a setting stands, for messages. */
export interface Place {
  path: string
  line: number
}

/** What isar can be called in `build_system`. */
export type BuildSystem = 'isar' | 'isar-privileged' | 'isar-rootless'

const buildSystems: readonly string[] = ['isar', 'isar-privileged', 'isar-rootless']
const yoctoRepo = /(?:^|[/:_-])(?:poky|openembedded-core|oe-core|meta-openembedded|bitbake)(?:\.git)?\/?$/i

/**
 * Says that a project is one of isar.
 * @param repos names and URLs of all repos, to tell Yocto from a forgotten line.
 * @throws HardenError (usage) `KAS_YOCTO` for OpenEmbedded, `KAS_BUILD_SYSTEM` when kas' default (OpenEmbedded)
 *   applies only because nobody wrote `build_system`, or the word is unknown.
 */
export function requireIsar(
  buildSystem: string | undefined,
  place: Place | undefined,
  chain: string,
  repos: readonly string[]
): BuildSystem {
  if (buildSystem !== undefined && buildSystems.includes(buildSystem)) return buildSystem as BuildSystem
  const where = place ? `${place.path}:${place.line}: ` : `${chain}: `
  const hasYocto = repos.some((repo) => yoctoRepo.test(repo))
  if (buildSystem === 'openembedded' || buildSystem === 'oe' || (buildSystem === undefined && hasYocto)) {
    const said =
      buildSystem === undefined ? 'no `build_system` and repos of Yocto' : `\`build_system: ${buildSystem}\``
    throw new HardenError('usage', 'KAS_YOCTO', `${where}this is a Yocto (OpenEmbedded) project: ${said}.`, {
      path: place?.path,
      hint: 'kas-harden hardens Debian images made by isar; a Yocto image has no Debian packages.'
    })
  }
  const said =
    buildSystem === undefined
      ? '`build_system` is missing, which means OpenEmbedded to kas'
      : `\`build_system: ${buildSystem}\` is none of ${buildSystems.join(', ')}`
  throw new HardenError('usage', 'KAS_BUILD_SYSTEM', `${where}${said}.`, {
    path: place?.path,
    hint: 'Add `build_system: isar` to the first kas file.'
  })
}

/**
 * The Debian release behind `distro`, or behind `wanted` when the caller names one.
 * @param codename what the project's own conf/distro/<distro>.conf says, if it is at hand.
 * @throws HardenError (usage) `NOT_DEBIAN` (Ubuntu, Raspberry Pi OS, …), `UNKNOWN_RELEASE`.
 */
export function requireRelease(
  distro: string,
  place: Place | undefined,
  codename: string | undefined,
  wanted: string | undefined
): DebianRelease {
  const where = place ? `${place.path}:${place.line}: ` : ''
  const names = debianReleases.map((release) => release.codename).join(', ')
  const foreign = foreignDistribution(distro)
  if (foreign !== undefined) {
    throw new HardenError('usage', 'NOT_DEBIAN', `${where}distro '${distro}' is ${foreign}, not Debian.`, {
      path: place?.path,
      hint: 'kas-harden knows the packages of Debian only; choose a debian-<release> distro.'
    })
  }
  if (wanted !== undefined) {
    const release = releaseByName(wanted)
    if (release) return release
    throw new HardenError('usage', 'UNKNOWN_RELEASE', `'${wanted}' is no Debian release we know.`, {
      hint: `One of: ${names}.`
    })
  }
  const release = releaseFromDistro(distro) ?? (codename === undefined ? undefined : releaseByName(codename))
  if (release) return release
  throw new HardenError(
    'usage',
    'UNKNOWN_RELEASE',
    `${where}distro '${distro}' does not say which Debian release it is.`,
    {
      path: place?.path,
      hint: `Name it with --release, one of: ${names}.`
    }
  )
}
