import type * as Enums from '@cyclonedx/cyclonedx-library/Enums'
import type * as Models from '@cyclonedx/cyclonedx-library/Models'
import type * as Serialize from '@cyclonedx/cyclonedx-library/Serialize'
import type * as Spec from '@cyclonedx/cyclonedx-library/Spec'

/** The parts of the CycloneDX library we use. */
export interface Cyclonedx {
  Enums: typeof Enums
  Models: typeof Models
  Serialize: typeof Serialize
  Spec: typeof Spec
}

/**
 * Loads the CycloneDX library when it is first needed: the sub-paths together cost a quarter of a second,
 * the whole package three times that, and most verbs need neither.
 */
export async function loadCyclonedx(): Promise<Cyclonedx> {
  const [enums, models, serialize, spec] = await Promise.all([
    import('@cyclonedx/cyclonedx-library/Enums'),
    import('@cyclonedx/cyclonedx-library/Models'),
    import('@cyclonedx/cyclonedx-library/Serialize'),
    import('@cyclonedx/cyclonedx-library/Spec')
  ])
  return { Enums: enums, Models: models, Serialize: serialize, Spec: spec }
}
