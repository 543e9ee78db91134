import type { Catalogue, CatalogueComponent, CatalogueEntry } from './entry.ts'
import { loadCatalogue } from './load-catalogue.ts'

/** What a product is measured against; `Target` of the controls fits. */
export interface RequirementQuery {
  components: readonly CatalogueComponent[]
  /** SL-C 1 to 4. */
  securityLevel: number
  /** Default '2019'. */
  edition?: string
}

/** The SL-C from which an entry binds a component type; undefined when it never does. */
export function securityLevelOf(
  entry: CatalogueEntry,
  componentType: CatalogueComponent
): number | undefined {
  return entry.minSL !== null && entry.componentTypes.includes(componentType) ? entry.minSL : undefined
}

/**
 * Every line a target has to answer, in the order of the catalogue: the CCSC 1 to 4 first,
 * then requirements and enhancements up to the level. References are left out.
 * Several component types give the union of their lines.
 */
export function requirementsFor(
  query: RequirementQuery,
  catalogue: Catalogue = loadCatalogue(query.edition)
): CatalogueEntry[] {
  return catalogue.entries.filter((entry) =>
    query.components.some((type) => (securityLevelOf(entry, type) ?? Infinity) <= query.securityLevel)
  )
}
