import { HardenError } from '../base/errors.ts'
import type { Release } from '../controls/control.ts'
import { profileFor, type ProfilePackage } from '../controls/profile.ts'
import { cipPackages } from '../controls/reference-cip.ts'
import type { Target } from '../controls/target.ts'
import { releaseNamed, type Session } from './session.ts'

/** Debian packages of a target, and how they differ from a reference set. */
export interface ListedPackages {
  target: Target
  release: Release
  packages: readonly ProfilePackage[]
  settings: readonly string[]
  reference?: {
    name: string
    onlyHere: readonly string[]
    onlyThere: readonly string[]
    both: readonly string[]
  }
}

/** The packages of the session's target in a release, compared with a reference set if one is named. */
export function listPackages(
  session: Session,
  release: string | undefined,
  reference: string | undefined
): ListedPackages {
  const named = releaseNamed(release, 'this list')
  const profile = profileFor(
    session.target,
    session.catalogue,
    session.controls,
    named,
    session.config.parameters
  )
  const listed = {
    target: session.target,
    release: named,
    packages: profile.packages,
    settings: profile.settings
  }
  if (reference === undefined) return listed
  if (reference !== 'cip') {
    throw new HardenError('usage', 'REFERENCE_UNKNOWN', `There is no reference set '${reference}'.`, {
      hint: 'Known: cip (the security image of isar-cip-core).'
    })
  }
  const ours = profile.packages.map(({ name }) => name)
  const theirs = cipPackages(named)
  return {
    ...listed,
    reference: {
      name: reference,
      onlyHere: ours.filter((name) => !theirs.includes(name)),
      onlyThere: theirs.filter((name) => !ours.includes(name)),
      both: ours.filter((name) => theirs.includes(name))
    }
  }
}

/** The list for people. */
export function describePackages(listed: ListedPackages): string {
  const { target, release, packages, settings, reference } = listed
  const width = Math.max(...packages.map(({ name }) => name.length))
  const lines = [
    `${target.components.join(' + ')}, SL-C ${target.securityLevel}, Debian ${release}: ${packages.length} packages`,
    '',
    ...packages.map(
      ({ name, requirement, why }) => `${name.padEnd(width)}  ${requirement.padEnd(14)}  ${why}`
    ),
    '',
    `Settings of ours: ${settings.join(', ')}`
  ]
  if (reference) {
    lines.push(
      '',
      `Compared with ${reference.name}:`,
      `  in both:    ${reference.both.join(', ')}`,
      `  only here:  ${reference.onlyHere.join(', ')}`,
      `  only there: ${reference.onlyThere.join(', ')}`
    )
  }
  return lines.join('\n') + '\n'
}
