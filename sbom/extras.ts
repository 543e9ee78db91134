import { parseRelations } from '../lib/debian/relations.ts'
import type { DpkgPackage } from '../lib/debian/package.ts'
import type { Component } from './component.ts'
import { carriesProduct, cpeOfSource } from './cpe.ts'
import type { Deployable } from './deployables.ts'
import { licenseFields, sourceLicenseFields } from './license-fields.ts'
import type { FoundLicense } from './licenses.ts'
import { parseMaintainer } from './organization.ts'
import type { Organization, SpecVersion } from './options.ts'

/** Fields of a component beside those the library's model got; lists are added to the ones there. */
export interface ComponentExtra {
  manufacturer?: Organization
  licenses?: readonly object[]
  copyright?: string
  cpe?: string
  hashes?: readonly Hash[]
  externalReferences?: readonly object[]
  properties?: readonly { name: string; value: string }[]
  evidence?: object
}

interface Hash {
  alg: 'SHA-256' | 'SHA-512'
  content: string
}

/** What was found out about the packages of an image. */
export interface PackageFacts {
  licenses: ReadonlyMap<DpkgPackage, FoundLicense>
  deployables: ReadonlyMap<DpkgPackage, Deployable>
  /** Whether a package carries something that is run. */
  executable: ReadonlyMap<DpkgPackage, boolean>
}

/** Extras of an installed package: what is deployed is its .deb (docs/decisions/010). */
export function binaryExtra(one: DpkgPackage, facts: PackageFacts, spec: SpecVersion): ComponentExtra {
  const license = facts.licenses.get(one)
  const deployable = facts.deployables.get(one)
  const fields = license && licenseFields(license, spec)
  const hashes = deployable === undefined ? [] : hashesOf(deployable)
  const executable = facts.executable.get(one)
  return {
    manufacturer: one.maintainer === undefined ? undefined : parseMaintainer(one.maintainer),
    licenses: fields?.licenses,
    copyright: fields?.copyright,
    cpe: carriesProduct(one.name, one.source.name) ? cpeOfPackage(one) : undefined,
    hashes,
    externalReferences: deployable === undefined ? [] : referencesOf(deployable, hashes),
    properties: [
      ...(deployable === undefined ? [] : [property('bsi:component:filename', deployable.filename)]),
      ...(executable === undefined ? [] : bsiFlags(executable)),
      ...(license === undefined ? [] : licenseSource(license))
    ],
    evidence: {
      identity: [identity],
      ...(fields?.evidenceLicenses && { licenses: fields.evidenceLicenses })
    }
  }
}

/** Extras of a source package, from the packages built from it. */
export function sourceExtra(
  source: Component,
  binaries: readonly DpkgPackage[],
  facts: PackageFacts,
  spec: SpecVersion
): ComponentExtra {
  const licenses = binaries.map((one) => facts.licenses.get(one)).filter((one) => one !== undefined)
  const fields = sourceLicenseFields(licenses, spec)
  const maintainer = binaries.find((one) => one.maintainer !== undefined)?.maintainer
  const urls = new Set(binaries.map((one) => facts.deployables.get(one)?.sourceUrl))
  return {
    manufacturer: maintainer === undefined ? undefined : parseMaintainer(maintainer),
    licenses: fields.licenses,
    cpe: cpeOfSource(source.name, source.version ?? ''),
    externalReferences: [...urls]
      .filter((url) => url !== undefined)
      .map((url) => ({ url, type: 'source-distribution' })),
    evidence: fields.evidenceLicenses && { licenses: fields.evidenceLicenses }
  }
}

/** BSI's three flags for something that is an archive with its members' names and bounds kept. */
export function bsiFlags(executable: boolean): { name: string; value: string }[] {
  return [
    property('bsi:component:executable', executable ? 'executable' : 'non-executable'),
    property('bsi:component:archive', 'archive'),
    property('bsi:component:structured', 'structured')
  ]
}

/** A signed kernel's source is a shell; what it was built from stands in Built-Using. */
function cpeOfPackage(one: DpkgPackage): string | undefined {
  if (!one.source.name.startsWith('linux-signed-')) return cpeOfSource(one.source.name, one.source.version)
  const kernel = parseRelations(one.relations['Built-Using'] ?? '')
    .clauses.flat()
    .find((relation) => relation.name === 'linux')
  return kernel?.version === undefined ? undefined : cpeOfSource('linux', kernel.version)
}

function hashesOf({ sha256, sha512 }: Deployable): Hash[] {
  return [
    ...(sha256 === undefined ? [] : [{ alg: 'SHA-256' as const, content: sha256 }]),
    ...(sha512 === undefined ? [] : [{ alg: 'SHA-512' as const, content: sha512 }])
  ]
}

/** Without an address the reference is the file's name, relative to wherever the .deb files lie. */
function referencesOf(deployable: Deployable, hashes: readonly Hash[]): object[] {
  const { url, filename, sourceUrl } = deployable
  const references: object[] = []
  if (url !== undefined || hashes.length > 0) {
    const address = url ?? encodeURIComponent(filename)
    references.push({ url: address, type: 'distribution', ...(hashes.length > 0 && { hashes }) })
  }
  if (sourceUrl !== undefined) references.push({ url: sourceUrl, type: 'source-distribution' })
  return references
}

function licenseSource({ path, sibling }: FoundLicense): { name: string; value: string }[] {
  return [
    property('kas-harden:license:file', path),
    ...(sibling === undefined ? [] : [property('kas-harden:license:sibling', sibling)])
  ]
}

/** Which file says that the package is there (status.d on distroless images, so the directory is named). */
const identity = {
  field: 'purl',
  confidence: 1,
  methods: [{ technique: 'manifest-analysis', confidence: 1, value: "dpkg's database in /var/lib/dpkg" }]
}

function property(name: string, value: string): { name: string; value: string } {
  return { name, value: value.toWellFormed() }
}
