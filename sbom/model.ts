import type { Bom, Component as Model, OrganizationalEntity } from '@cyclonedx/cyclonedx-library/Models'
import type { Component } from './component.ts'
import type { Cyclonedx } from './cyclonedx.ts'
import type { Organization } from './options.ts'

/** What the document is about, and what the library models of everything around it. */
export interface Described {
  /** Creation time. */
  timestamp: Date | undefined
  /** Version of this program. */
  toolVersion: string
  /** What the document is about. */
  root: Component
  components: readonly Component[]
  /** Who delivers the image. */
  supplier: Organization | undefined
}

/** The schema allows no longer version; dpkg has no limit. The package URL holds all of it. */
const maxVersion = 1024

/** Our components and their edges as the CycloneDX library models them. */
export function modelOf(cdx: Cyclonedx, described: Described): Bom {
  const { Bom, Component, ComponentRepository, LifecycleRepository, Metadata, Tools } = cdx.Models
  const all = [described.root, ...described.components]
  const models = new Map(all.map((one) => [one.reference, component(cdx, one)]))
  for (const { reference, dependencies } of all) {
    const from = models.get(reference)
    for (const to of dependencies) {
      const target = models.get(to)
      if (target) from?.dependencies.add(target.bomRef)
    }
  }
  const [root, ...others] = models.values()
  const tool = new Component(cdx.Enums.ComponentType.Application, 'kas-harden', {
    version: described.toolVersion
  })
  return new Bom({
    version: 1,
    metadata: new Metadata({
      timestamp: described.timestamp,
      lifecycles: new LifecycleRepository([cdx.Enums.LifecyclePhase.PostBuild]),
      tools: new Tools({ components: new ComponentRepository([tool]) }),
      component: root,
      supplier: described.supplier && organization(cdx.Models, described.supplier)
    }),
    components: new ComponentRepository(others)
  })
}

function component({ Enums, Models }: Cyclonedx, one: Component): Model {
  const types = {
    library: Enums.ComponentType.Library,
    firmware: Enums.ComponentType.Firmware,
    'operating-system': Enums.ComponentType.OperatingSystem
  }
  const scopes = { required: Enums.ComponentScope.Required, excluded: Enums.ComponentScope.Excluded }
  const references = (one.website === undefined ? [] : [one.website]).map(
    (url) => new Models.ExternalReference(url, Enums.ExternalReferenceType.Website)
  )
  const hashes = new Models.HashDictionary()
  if (one.sha512 !== undefined) hashes.set(Enums.HashAlgorithm['SHA-512'], one.sha512)
  return new Models.Component(types[one.type], one.name, {
    bomRef: one.reference,
    version: one.version?.slice(0, maxVersion).toWellFormed(),
    description: one.description,
    scope: one.scope && scopes[one.scope],
    supplier: one.supplier && organization(Models, one.supplier),
    hashes,
    cpe: one.cpe,
    purl: one.purl,
    externalReferences: new Models.ExternalReferenceRepository(references),
    properties: new Models.PropertyRepository(
      one.properties.map(({ name, value }) => new Models.Property(name, value))
    )
  })
}

function organization(Models: Cyclonedx['Models'], one: Organization): OrganizationalEntity {
  const contact = one.email === undefined ? [] : [new Models.OrganizationalContact({ email: one.email })]
  return new Models.OrganizationalEntity({
    name: one.name,
    url: new Set(one.url === undefined ? [] : [one.url]),
    contact: new Models.OrganizationalContactRepository(contact)
  })
}
