import type { Catalogue, CatalogueEntry } from '../catalogue/entry.ts'
import { requirementsFor } from '../catalogue/requirements-for.ts'
import { byCodeUnit } from '../base/text.ts'
import { sameClause } from './clause.ts'
import type { Control, ControlParameter, Release } from './control.ts'
import { placeholdersIn } from './placeholders.ts'
import type { Target } from './target.ts'

/** A Debian package of the profile and the one requirement that justifies it. */
export interface ProfilePackage {
  name: string
  /** Of the target's own profile, so at most of its level. */
  requirement: string
  why: string
  /** Ids of all controls that want it. */
  controls: readonly string[]
}

/** What a target means: its requirements, what we do about them and what that needs. */
export interface Profile<C extends Control = Control> {
  target: Target
  /** In the order of the standard, without references. */
  requirements: readonly CatalogueEntry[]
  /** The chosen ones, sorted by id. */
  controls: readonly C[]
  /** Requirement id -> controls that serve it; every requirement of the profile has an entry. */
  served: ReadonlyMap<string, readonly C[]>
  /** Those left out because kas-harden.yml gives none of the values they need. Sorted by id. */
  waiting: readonly C[]
  /** Requirements no control serves. */
  open: readonly string[]
  /** Sorted by name, each once. */
  packages: readonly ProfilePackage[]
  /** Our own packages: kas-harden-pam. Sorted. */
  settings: readonly string[]
  /** Parts of kas-harden-site. Sorted. */
  siteParts: readonly string[]
  /** Arguments for the kernel command line, sorted. */
  cmdline: readonly string[]
  /** Isar recipes beside ours. Sorted. */
  isarRecipes: readonly string[]
  /** Parameters the chosen controls declare or refer to, sorted by name. */
  parameters: readonly ControlParameter[]
}

/**
 * The profile of a target. A control is chosen when its level is reached, it
 * is meant for one of the component types and it serves at least one
 * requirement of the target; one with `onlyWith` besides only when one of these parameters is
 * given, and then each of them must be. A package comes only when the requirement that
 * justifies it is in the profile: no control brings one ahead of its level.
 * @param given values of parameters from kas-harden.yml, by name.
 */
export function profileFor<C extends Control>(
  target: Target,
  catalogue: Catalogue,
  controls: readonly C[],
  release: Release,
  given: Readonly<Record<string, unknown>> = {}
): Profile<C> {
  const requirements = requirementsFor(target, catalogue)
  const inProfile = new Set(requirements.map(({ id }) => id))
  const suitable = controls
    .filter((control) => control.from <= target.securityLevel)
    .filter((control) => control.components?.some((type) => target.components.includes(type)) ?? true)
    .filter((control) => control.requirements.some(({ id }) => inProfile.has(id)))
    .map((control) => onRelease(control, release))
    .sort((a, b) => byCodeUnit(a.id, b.id))
  const has = (control: C) =>
    control.onlyWith.length === 0 || control.onlyWith.some((name) => Object.hasOwn(given, name))
  const chosen = suitable.filter(has)
  const served = new Map(
    requirements.map(({ id }) => [
      id,
      chosen.filter((control) => control.requirements.some((one) => one.id === id))
    ])
  )
  return {
    target,
    requirements,
    controls: chosen,
    served,
    waiting: suitable.filter((control) => !has(control)),
    open: requirements.map(({ id }) => id).filter((id) => served.get(id)?.length === 0),
    packages: packagesOf(chosen, requirements, release),
    settings: sorted(chosen.flatMap(({ settings }) => settings)),
    siteParts: sorted(chosen.flatMap(({ site }) => site)),
    cmdline: sorted(chosen.flatMap(({ cmdline }) => cmdline)),
    isarRecipes: sorted(chosen.flatMap(({ isarRecipes }) => isarRecipes)),
    parameters: parametersOf(chosen, controls)
  }
}

/** The control with the contributions it makes on this release. */
function onRelease<C extends Control>(control: C, release: Release): C {
  if (!control.requirements.some(({ partialIn }) => partialIn?.some((one) => one.release === release))) {
    return control
  }
  const requirements = control.requirements.map((requirement) => {
    const less = requirement.partialIn?.find((one) => one.release === release)
    return less ? { ...requirement, contribution: 'partial' as const, covers: less.covers } : requirement
  })
  return { ...control, requirements }
}

function packagesOf(
  chosen: readonly Control[],
  requirements: readonly CatalogueEntry[],
  release: Release
): readonly ProfilePackage[] {
  const byName = new Map<string, { best: CatalogueEntry; why: string; controls: string[] }>()
  for (const control of chosen) {
    const own = requirements.filter(({ id }) => control.requirements.some((one) => one.id === id))
    for (const wanted of control.packages) {
      if (wanted.releases && !wanted.releases.includes(release)) continue
      const reason =
        own.find(({ id }) => id === wanted.for) ?? own.find(({ id }) => sameClause(id, wanted.for))
      if (!reason) continue
      const known = byName.get(wanted.name)
      if (!known) {
        byName.set(wanted.name, { best: reason, why: wanted.why, controls: [control.id] })
        continue
      }
      if (!known.controls.includes(control.id)) known.controls.push(control.id)
      // Several controls may want it; the requirement of the lowest level stays the reason at every level.
      const better =
        (reason.minSL ?? 1) - (known.best.minSL ?? 1) ||
        place(requirements, reason) - place(requirements, known.best)
      if (better < 0) Object.assign(known, { best: reason, why: wanted.why })
    }
  }
  return [...byName]
    .map(([name, { best, why, controls }]) => ({ name, requirement: best.id, why, controls }))
    .sort((a, b) => byCodeUnit(a.name, b.name))
}

function place(requirements: readonly CatalogueEntry[], entry: CatalogueEntry): number {
  return requirements.indexOf(entry)
}

function parametersOf(chosen: readonly Control[], all: readonly Control[]): readonly ControlParameter[] {
  const needed = new Set([
    ...chosen.flatMap(({ parameters }) => parameters.map(({ name }) => name)),
    ...chosen.flatMap(({ checks }) => placeholdersIn(checks))
  ])
  const byName = new Map(
    all.flatMap(({ parameters }) => parameters.map((parameter) => [parameter.name, parameter]))
  )
  return sorted([...needed]).flatMap((name) => byName.get(name) ?? [])
}

function sorted(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort(byCodeUnit)
}
