import { HardenError } from '../base/errors.ts'
import type { Finding } from '../base/finding.ts'
import {
  architectureListAdmits,
  formatClause,
  parseRelations,
  type Clause,
  type Relation
} from './relations.ts'
import type { DpkgPackage, RelationField } from './package.ts'
import { versionSatisfies } from './version.ts'

/** Packages by the names they answer to. */
export interface PackageIndex {
  packages: readonly DpkgPackage[]
  byName: ReadonlyMap<string, readonly DpkgPackage[]>
  /** By virtual name; `version` only where the Provides is versioned. */
  providers: ReadonlyMap<string, readonly { package: DpkgPackage; version?: string }[]>
  /** Architecture of dpkg itself, which `all` stands for. */
  nativeArchitecture: string
  findings: readonly Finding[]
}

/** Who needs whom among the installed packages. */
export interface DependencyGraph {
  /** Every package, with the packages that satisfy its clauses; no package points to itself, none twice. */
  edges: ReadonlyMap<DpkgPackage, readonly DpkgPackage[]>
  /** Clauses nothing installed satisfies. */
  unresolved: readonly { package: DpkgPackage; clause: string }[]
  /** Packages with a relation that could not be read. */
  unreadable: ReadonlySet<DpkgPackage>
  findings: readonly Finding[]
}

/** Candidates looked at for one database; a real one of 5,000 packages needs some 50,000. */
const maxCandidates = 1_000_000

/** Indexes packages, normally the installed ones, for `resolveDependencies`. */
export function indexPackages(packages: readonly DpkgPackage[]): PackageIndex {
  const byName = new Map<string, DpkgPackage[]>()
  const providers = new Map<string, { package: DpkgPackage; version?: string }[]>()
  const findings: Finding[] = []
  for (const one of packages) {
    append(byName, one.name, one)
    const provides = one.relations.Provides
    if (provides === undefined) continue
    const parsed = parseRelations(provides)
    findings.push(...parsed.findings.map((finding) => about(one, 'Provides', finding)))
    for (const provided of parsed.clauses.flat()) {
      append(providers, provided.name, { package: one, version: provided.version })
    }
  }
  return { packages, byName, providers, nativeArchitecture: nativeArchitecture(packages), findings }
}

/**
 * The packages of the index that satisfy one alternative of a dependency of `from`, as dpkg decides:
 * version constraints hold, an unversioned Provides never satisfies a versioned relation (Policy 7.5),
 * and the multi-arch rules of deb-control(5): without a qualifier the same architecture or
 * `Multi-Arch: foreign`, with `:any` also `Multi-Arch: allowed`. A package of that name
 * and packages that provide it all count, as in apt's own graph.
 */
function satisfiers(relation: Relation, from: DpkgPackage, index: PackageIndex): DpkgPackage[] {
  if (!architectureListAdmits(relation.architectures, index.nativeArchitecture)) return []
  const real = (index.byName.get(relation.name) ?? []).filter(
    (one) => holds(relation, one.version) && architectureFits(relation, from, one, index)
  )
  const provided = (index.providers.get(relation.name) ?? []).filter(
    (one) => holds(relation, one.version) && architectureFits(relation, from, one.package, index)
  )
  return [...new Set([...real, ...provided.map((one) => one.package)])]
}

/**
 * Resolves relation fields (Pre-Depends and Depends unless told otherwise) of every package in the index.
 * Of a clause with alternatives each one that holds gives an edge.
 * @throws HardenError `DEPENDENCIES_TOO_MANY` (usage) on a database made to have edges without end.
 */
export function resolveDependencies(
  index: PackageIndex,
  fields: readonly RelationField[] = ['Pre-Depends', 'Depends']
): DependencyGraph {
  const edges = new Map<DpkgPackage, readonly DpkgPackage[]>()
  const unresolved: { package: DpkgPackage; clause: string }[] = []
  const unreadable = new Set<DpkgPackage>()
  const findings: Finding[] = [...index.findings]
  let candidates = 0
  for (const from of index.packages) {
    const targets = new Set<DpkgPackage>()
    for (const field of fields) {
      const text = from.relations[field]
      if (text === undefined) continue
      const parsed = parseRelations(text)
      if (parsed.findings.length > 0) unreadable.add(from)
      findings.push(...parsed.findings.map((finding) => about(from, field, finding)))
      for (const clause of parsed.clauses) {
        candidates += candidatesOf(clause, index)
        if (candidates > maxCandidates) {
          const message = `The package database has more than ${maxCandidates} possible dependencies.`
          throw new HardenError('usage', 'DEPENDENCIES_TOO_MANY', message, {
            hint: 'No real image comes near that; check where this database comes from.'
          })
        }
        const found = resolveClause(clause, from, index)
        if (found.length === 0) unresolved.push({ package: from, clause: formatClause(clause) })
        for (const one of found) if (one !== from) targets.add(one)
      }
    }
    edges.set(from, [...targets])
  }
  return { edges, unresolved, unreadable, findings }
}

function candidatesOf(clause: Clause, index: PackageIndex): number {
  return clause.reduce(
    (sum, { name }) => sum + (index.byName.get(name)?.length ?? 0) + (index.providers.get(name)?.length ?? 0),
    0
  )
}

function resolveClause(clause: Clause, from: DpkgPackage, index: PackageIndex): DpkgPackage[] {
  return clause.flatMap((relation) => satisfiers(relation, from, index))
}

function holds(relation: Relation, version: string | undefined): boolean {
  if (relation.operator === undefined || relation.version === undefined) return true
  return version !== undefined && versionSatisfies(version, relation.operator, relation.version)
}

function architectureFits(
  relation: Relation,
  from: DpkgPackage,
  to: DpkgPackage,
  index: PackageIndex
): boolean {
  const concrete = (architecture: string): string =>
    architecture === 'all' || architecture === '' || architecture === 'native'
      ? index.nativeArchitecture
      : architecture
  if (relation.qualifier === undefined && to.multiArch === 'foreign') return true
  // `:any` asks for Multi-Arch: allowed; a package of the own architecture is what dpkg finds on a one-architecture image.
  if (relation.qualifier === 'any' && to.multiArch === 'allowed') return true
  const wanted =
    relation.qualifier === undefined || relation.qualifier === 'any' ? from.architecture : relation.qualifier
  return concrete(wanted) === concrete(to.architecture)
}

/** dpkg's own architecture; on an image without dpkg the most frequent one. */
function nativeArchitecture(packages: readonly DpkgPackage[]): string {
  const own = packages.find((one) => one.name === 'dpkg' && one.architecture !== 'all')
  if (own) return own.architecture
  const counts = new Map<string, number>()
  for (const { architecture } of packages) {
    if (architecture !== 'all' && architecture !== '')
      counts.set(architecture, (counts.get(architecture) ?? 0) + 1)
  }
  const best = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]
  return best?.[0] ?? 'all'
}

function about(one: DpkgPackage, field: string, finding: Finding): Finding {
  return {
    ...finding,
    message: `${field} of ${one.name}: ${finding.message}`,
    range: { line: one.line, column: 1 }
  }
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
