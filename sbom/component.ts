import type { Organization } from './options.ts'
import { address, organizationalEntity } from './organization.ts'

/** A component of the document: the fields the CycloneDX library models, and its edges. */
export interface Component {
  type: 'library' | 'firmware' | 'operating-system'
  /** `bom-ref`, unique in the document. */
  reference: string
  name: string
  version?: string
  description?: string
  scope?: 'required' | 'excluded'
  supplier?: Organization
  sha512?: string
  cpe?: string
  purl?: string
  /** A web address, checked. */
  website?: string
  properties: readonly Property[]
  /** References of the components it needs, in the order in which they are written. */
  dependencies: Set<string>
}

/** A named value; names are of our own or of a registered taxonomy. */
export interface Property {
  name: string
  value: string
}

/** The schema allows no longer version; dpkg has no limit. The package URL holds all of it. */
const maxVersion = 1024

/**
 * The component as JSON, its fields as the library's normaliser writes them: what is empty is left out. We write it
 * ourselves because loading the library costs more than everything else that is done for a document
 * (docs/decisions/010); a test holds every component of a document against the library's own.
 */
export function normalizeComponent(one: Component) {
  return {
    type: one.type,
    'bom-ref': one.reference,
    supplier: one.supplier && organizationalEntity(one.supplier),
    name: one.name,
    version: one.version?.slice(0, maxVersion).toWellFormed() || undefined,
    description: one.description || undefined,
    scope: one.scope,
    hashes: one.sha512 === undefined ? undefined : [{ alg: 'SHA-512', content: one.sha512 }],
    cpe: one.cpe,
    externalReferences:
      one.website === undefined ? undefined : [{ url: address(one.website), type: 'website' }],
    properties: one.properties.length > 0 ? one.properties : undefined,
    purl: one.purl
  }
}

/** The dependency graph: an entry for every component, without what it does not need. */
export function dependencyGraph(components: readonly Component[]) {
  return components.map((one) => ({
    ref: one.reference,
    dependsOn: one.dependencies.size > 0 ? [...one.dependencies] : undefined
  }))
}
