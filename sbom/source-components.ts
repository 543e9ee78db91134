import { byCodeUnit } from '../lib/base/text.ts'
import type { DpkgPackage, RelationField } from '../lib/debian/package.ts'
import { parseRelations } from '../lib/debian/relations.ts'
import type { Component } from './component.ts'
import { distroQualifier, type Distribution } from './distribution.ts'
import { debPurl } from './purl.ts'

const builtUsingFields: readonly RelationField[] = [
  'Built-Using',
  'Static-Built-Using',
  'X-Cargo-Built-Using'
]

/** A source package and the installed packages it went into. */
interface SourcePackage {
  name: string
  version: string
  /** Packages built from it. */
  binaries: Set<DpkgPackage>
  /** Packages built from another source that carry parts of it (Policy 7.8). */
  users: Set<DpkgPackage>
}

/**
 * One component per source package (purl `arch=source`), sorted by reference, and an edge to it from every
 * package built from it or, by Built-Using, built with parts of it. Scope `excluded`: a source
 * does not lie on the image, but vulnerabilities and licences are tracked by it.
 */
export function sourceComponents(
  byPackage: ReadonlyMap<DpkgPackage, Component>,
  distribution: Distribution | undefined
): readonly Component[] {
  const components = collectSources([...byPackage.keys()]).map((source) => {
    const purl = debPurl({
      namespace: distribution?.id ?? 'debian',
      name: source.name,
      version: source.version,
      architecture: 'source',
      distro: distroQualifier(distribution)
    })
    return { source, purl }
  })
  components.sort((a, b) => byCodeUnit(a.purl, b.purl))

  const found = new Map<string, Component>()
  for (const { source, purl } of components) {
    const component = found.get(purl) ?? sourceComponent(source, purl, byPackage)
    found.set(purl, component)
    for (const one of [...source.binaries, ...source.users])
      byPackage.get(one)?.dependencies.add(component.reference)
  }
  return [...found.values()]
}

function sourceComponent(
  source: SourcePackage,
  purl: string,
  byPackage: ReadonlyMap<DpkgPackage, Component>
): Component {
  const [first] = source.binaries
  return {
    type: 'library',
    // A package never is a source of its own kind: the purl of `arch=source` can't clash with a binary's.
    reference: purl,
    name: source.name,
    version: source.version,
    purl,
    scope: 'excluded',
    // Maintainer is a field of the source; each of its binaries repeats it (Policy 5.6.2).
    supplier: first === undefined ? undefined : byPackage.get(first)?.supplier,
    properties: [...source.users].map(({ name }) => ({ name: 'kas-harden:deb:builtInto', value: name })),
    dependencies: new Set()
  }
}

function collectSources(packages: readonly DpkgPackage[]): SourcePackage[] {
  const sources = new Map<string, SourcePackage>()
  const sourceOf = (name: string, version: string): SourcePackage => {
    const key = `${name}\0${version}`
    const known = sources.get(key)
    if (known) return known
    const made: SourcePackage = { name, version, binaries: new Set(), users: new Set() }
    sources.set(key, made)
    return made
  }
  for (const one of packages) sourceOf(one.source.name, one.source.version).binaries.add(one)
  for (const one of packages) {
    for (const field of builtUsingFields) {
      for (const relation of parseRelations(one.relations[field] ?? '').clauses.flat()) {
        const source = sourceOf(relation.name, relation.version ?? '')
        if (!source.binaries.has(one)) source.users.add(one)
      }
    }
  }
  return [...sources.values()]
}
