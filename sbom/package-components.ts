import type { Finding } from '../lib/base/finding.ts'
import { byCodeUnit } from '../lib/base/text.ts'
import { resolveDependencies, indexPackages } from '../lib/debian/dependencies.ts'
import type { DpkgPackage } from '../lib/debian/package.ts'
import type { Component } from './component.ts'
import { distroQualifier, type Distribution } from './distribution.ts'
import { isWebAddress, parseMaintainer } from './organization.ts'
import { debPurl } from './purl.ts'

/** Installed packages as components, joined by their dependencies. */
export interface PackageComponents {
  /** In the order of the packages. */
  byPackage: ReadonlyMap<DpkgPackage, Component>
  /** Packages of which a clause is not met or could not be read. */
  incomplete: ReadonlySet<DpkgPackage>
  dependencyCount: number
  findings: readonly Finding[]
}

/**
 * Turns installed packages into library components with purl, supplier, source and dependency edges;
 * with `recommends` also to what Recommends names and is installed. What is recommended and not there is no fault.
 */
export function packageComponents(
  packages: readonly DpkgPackage[],
  distribution: Distribution | undefined,
  recommends = false
): PackageComponents {
  const findings: Finding[] = []
  const taken = new Map<string, number>()
  const byPackage = new Map<DpkgPackage, Component>()
  for (const one of packages) {
    const purl = debPurl({
      namespace: distribution?.id ?? 'debian',
      name: one.name,
      version: one.version,
      architecture: one.architecture,
      distro: distroQualifier(distribution)
    })
    // Names that dpkg would refuse may fall together in a purl; references must not. A purl holds no bare '#'.
    const count = (taken.get(purl) ?? 0) + 1
    taken.set(purl, count)
    const reference = count === 1 ? purl : `${purl}#${count}`
    byPackage.set(one, component(one, purl, reference, findings))
  }

  const index = indexPackages(packages)
  const graph = resolveDependencies(index)
  findings.push(...graph.findings)
  const recommended = recommends ? resolveDependencies(index, ['Recommends']).edges : undefined
  let dependencyCount = 0
  for (const [from, needed] of graph.edges) {
    const targets = new Set([...needed, ...(recommended?.get(from) ?? [])])
    const references = [...targets].map((to) => byPackage.get(to)!.reference)
    for (const reference of references.sort(byCodeUnit)) byPackage.get(from)?.dependencies.add(reference)
    dependencyCount += references.length
  }
  for (const { package: one, clause } of graph.unresolved) {
    findings.push({
      code: 'DEPENDENCY_UNRESOLVED',
      severity: 'warning',
      message: `${one.name} needs ${clause.slice(0, 300)}, which no installed package is or provides.`
    })
  }
  const incomplete = new Set([...graph.unresolved.map((one) => one.package), ...graph.unreadable])
  return { byPackage, incomplete, dependencyCount, findings }
}

function component(one: DpkgPackage, purl: string, reference: string, findings: Finding[]): Component {
  const website = one.homepage !== undefined && isWebAddress(one.homepage) ? one.homepage : undefined
  if (one.homepage !== undefined && website === undefined) {
    const message = `Homepage '${one.homepage.slice(0, 200)}' of ${one.name} is no web address and is left out.`
    findings.push({ code: 'HOMEPAGE_UNUSABLE', severity: 'info', message })
  }
  const properties = [
    { name: 'kas-harden:deb:sourceName', value: one.source.name },
    { name: 'kas-harden:deb:sourceVersion', value: one.source.version }
  ]
  if (one.status.want !== 'install') {
    const { want, flag, state } = one.status
    properties.push({ name: 'kas-harden:deb:status', value: `${want} ${flag} ${state}` })
  }
  return {
    type: 'library',
    reference,
    name: one.name,
    version: one.version,
    purl,
    scope: 'required',
    description: one.synopsis,
    supplier: one.maintainer === undefined ? undefined : parseMaintainer(one.maintainer),
    website,
    properties,
    dependencies: new Set()
  }
}
