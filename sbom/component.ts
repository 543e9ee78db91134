import type { Organization } from './options.ts'

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
