import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { packageRoot } from '../lib/base/assets.ts'
import type { Finding } from '../lib/base/finding.ts'
import type { DpkgPackage } from '../lib/debian/package.ts'
import type { Image } from '../lib/image/image.ts'
import type { Component } from './component.ts'
import { readDistribution } from './distribution.ts'
import { loadCyclonedx } from './cyclonedx.ts'
import { serializeDocument, type Composition } from './document.ts'
import { readDeployables } from './deployables.ts'
import { executablePackages } from './executable.ts'
import { binaryExtra, bsiFlags, sourceExtra, type ComponentExtra, type PackageFacts } from './extras.ts'
import { imageComponent, operatingSystemComponent } from './image-component.ts'
import { readLicenses, type FoundLicense } from './licenses.ts'
import type { Sbom, SbomOptions, SpecVersion } from './options.ts'
import { checkArchiveUrl, checkOrganization } from './organization.ts'
import { packageComponents, type PackageComponents } from './package-components.ts'
import { readPackageDatabase, statusLimit } from './package-database.ts'
import { rootComponents } from './roots.ts'
import { sourceComponents } from './source-components.ts'

/**
 * Describes an image as CycloneDX JSON: installed packages, their sources, the operating system,
 * dependencies, and the image itself as the primary component. The same image and options give the same bytes.
 * @throws HardenError `IMAGE_WITHOUT_DPKG` (usage) for an image without dpkg's database,
 *   `SBOM_ORGANIZATION` and `SBOM_ARCHIVE_URL` (usage) for a url or e-mail that is none,
 *   `DEB_DIRECTORY` (usage) for a directory of .deb files that can't be read; whatever reading the image throws.
 */
export async function generateSbom(image: Image, options: SbomOptions = {}): Promise<Sbom> {
  checkOrganization('manufacturer', options.manufacturer)
  checkOrganization('supplier', options.supplier)
  checkArchiveUrl(options.archiveUrl)
  await image.look?.(wellKnown)
  if (image.hasFiles) await readAhead(image, options)
  const [database, { distribution, findings: distributionFindings }] = await Promise.all([
    readPackageDatabase(image),
    readDistribution(image, options.distro)
  ])

  const installed = database.packages.filter((one) => one.installed)
  const packages = packageComponents(installed, distribution, options.recommends)
  const sources = sourceComponents(packages.byPackage, distribution)
  const system = distribution === undefined ? [] : [operatingSystemComponent(distribution)]
  const binaries = [...packages.byPackage.values()]
  const root = await imageComponent(image, distribution, options)
  for (const one of [...system, ...rootComponents(binaries)]) root.dependencies.add(one.reference)

  const facts = await readFacts(image, installed, options)
  const components = [...system, ...binaries, ...sources]
  const partial = database.packages.filter((one) => one.unpacked && !one.installed)
  const spec = options.spec ?? '1.7'
  const json = serializeDocument(await loadCyclonedx(), spec, {
    timestamp: options.timestamp,
    toolVersion: await toolVersion(),
    root,
    components,
    supplier: options.supplier,
    manufacturer: options.manufacturer,
    compositions: compositions(root, packages, [...system, ...sources], partial.length > 0),
    extras: extras(root, image, packages, sources, facts, spec)
  })
  return {
    json,
    componentCount: components.length,
    dependencyCount: packages.dependencyCount,
    findings: atMost(maxAlike, [
      ...database.findings,
      ...distributionFindings,
      ...packages.findings,
      ...facts.findings,
      ...partial.map(notWholeFinding),
      ...(options.timestamp === undefined ? [noTimestamp] : [])
    ])
  }
}

/** What every document needs, so that an image read on demand is read in few steps. */
const wellKnown = [
  '/var/lib/dpkg/status',
  '/var/lib/dpkg/status.d/',
  '/var/lib/dpkg/info/base-files.list',
  '/etc/os-release',
  '/etc/debian_version',
  '/usr/share/doc/base-files/copyright'
]

/**
 * Asks in one turn for a file of every group that is read below: an image whose tool has to be started for every
 * request brings all of them by one run. What can't be read is reported where it is wanted.
 */
async function readAhead(image: Image, options: SbomOptions): Promise<void> {
  const files = wellKnown.filter(
    (path) => !path.endsWith('/') && (options.licenses !== false || !path.endsWith('/copyright'))
  )
  await Promise.all(files.map((path) => image.read(path, statusLimit).catch(() => undefined)))
}

/** Reads what stands outside dpkg's status: copyright files, file lists, .deb files. */
async function readFacts(
  image: Image,
  installed: readonly DpkgPackage[],
  options: SbomOptions
): Promise<PackageFacts & { findings: readonly Finding[] }> {
  const nothing = { byPackage: new Map<DpkgPackage, FoundLicense>(), findings: [] }
  const licenses = options.licenses === false ? nothing : await readLicenses(image, installed)
  const deployables = await readDeployables(installed, options)
  return {
    licenses: licenses.byPackage,
    deployables: deployables.byPackage,
    executable: await executablePackages(image, installed),
    findings: [...licenses.findings, ...deployables.findings]
  }
}

function extras(
  root: Component,
  image: Image,
  packages: PackageComponents,
  sources: readonly Component[],
  facts: PackageFacts,
  spec: SpecVersion
): Map<string, ComponentExtra> {
  const all = new Map<string, ComponentExtra>()
  const bySource = new Map<string, DpkgPackage[]>()
  for (const [one, component] of packages.byPackage) {
    all.set(component.reference, binaryExtra(one, facts, spec))
    const key = `${one.source.name}\0${one.source.version}`
    bySource.set(key, [...(bySource.get(key) ?? []), one])
  }
  for (const source of sources) {
    const binaries = bySource.get(`${source.name}\0${source.version ?? ''}`) ?? []
    all.set(source.reference, sourceExtra(source, binaries, facts, spec))
  }
  if (image.hasFiles && image.format !== 'directory') {
    all.set(root.reference, { properties: bsiFlags(true), externalReferences: imageReferences(image, root) })
  }
  return all
}

/** Where the image lies, by its file name alone, with its hash: BSI TR-03183-2 wants that of the deployable here. */
function imageReferences(image: Image, { sha512 }: Component): object[] {
  if (sha512 === undefined) return []
  const url = encodeURIComponent(basename(image.path))
  return [{ url, type: 'distribution', hashes: [{ alg: 'SHA-512', content: sha512 }] }]
}

/**
 * What this document knows wholly and what not. Dependencies between packages are resolved from
 * dpkg's own database: complete where every clause is met. What a package consists of (its files)
 * and what else lies on the image is not described, hashes only as far as the caller's sources reach: incomplete. Build dependencies of sources: unknown.
 */
function compositions(
  root: Component,
  packages: PackageComponents,
  others: readonly Component[],
  hasPartialPackages: boolean
): Composition[] {
  const references = (list: readonly Component[]): string[] => list.map((one) => one.reference)
  const all = [...packages.byPackage]
  const complete = references(all.filter(([one]) => !packages.incomplete.has(one)).map(([, made]) => made))
  const incomplete = references(all.filter(([one]) => packages.incomplete.has(one)).map(([, made]) => made))
  const image = references([root])
  return [
    { aggregate: 'complete', dependencies: [...(hasPartialPackages ? [] : image), ...complete] },
    { aggregate: 'incomplete', dependencies: [...(hasPartialPackages ? image : []), ...incomplete] },
    { aggregate: 'unknown', dependencies: references(others) },
    { aggregate: 'incomplete', assemblies: [...image, ...references(all.map(([, made]) => made))] }
  ].filter((one) => (one.dependencies ?? one.assemblies).length > 0) as Composition[]
}

const noTimestamp: Finding = {
  code: 'SBOM_WITHOUT_TIMESTAMP',
  severity: 'warning',
  message: 'The document has no timestamp, which NTIA and BSI TR-03183-2 require.',
  hint: 'Set SOURCE_DATE_EPOCH.'
}

/** A hostile database may have a million faults; of one kind the first hundred tell enough. */
const maxAlike = 100

function atMost(limit: number, findings: readonly Finding[]): Finding[] {
  const counts = new Map<string, number>()
  const kept = findings.filter(({ code }) => {
    const count = (counts.get(code) ?? 0) + 1
    counts.set(code, count)
    return count <= limit
  })
  for (const [code, count] of counts) {
    if (count <= limit) continue
    kept.push({ code, severity: 'warning', message: `${count - limit} more of this kind, not shown.` })
  }
  return kept
}

function notWholeFinding(one: DpkgPackage): Finding {
  const { want, flag, state } = one.status
  return {
    code: 'PACKAGE_NOT_INSTALLED_WHOLLY',
    severity: 'warning',
    message: `${one.name} ${one.version} is '${want} ${flag} ${state}': files of it lie on the image, but it does not count as installed and is not listed.`,
    range: { line: one.line, column: 1 },
    hint: 'Finish or undo the installation (dpkg --configure -a, apt-get purge) and build the image again.'
  }
}

async function toolVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : ''
}
