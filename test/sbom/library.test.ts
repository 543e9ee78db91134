import * as Enums from '@cyclonedx/cyclonedx-library/Enums'
import * as Models from '@cyclonedx/cyclonedx-library/Models'
import * as Serialize from '@cyclonedx/cyclonedx-library/Serialize'
import * as Spec from '@cyclonedx/cyclonedx-library/Spec'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dependencyGraph, normalizeComponent, type Component } from '../../sbom/component.ts'
import { serializeDocument } from '../../sbom/document.ts'
import type { Organization } from '../../sbom/options.ts'
import { isWebAddress } from '../../sbom/organization.ts'

// What we write ourselves is what the CycloneDX library would write of the same model.

const text = fc.string({ unit: 'binary', maxLength: 20 }).map((one) => one.toWellFormed())
const website = fc
  .string({ unit: fc.constantFrom(...`aZ0/'()!*;,?&=%20-._~`.split('')), maxLength: 20 })
  .map((path) => `https://example.org/${path}`)
  .filter(isWebAddress)
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const organization: fc.Arbitrary<Organization> = fc.record({
  name: text,
  url: maybe(website),
  email: maybe(fc.constant('psirt@acme.example'))
})
const component = fc.record({
  type: fc.constantFrom<Component['type']>('library', 'firmware', 'operating-system'),
  name: text,
  version: maybe(text),
  description: maybe(text),
  scope: fc.constantFrom<Component['scope']>('required', 'excluded', undefined),
  supplier: maybe(organization),
  sha512: maybe(fc.constant('ab'.repeat(64))),
  cpe: maybe(fc.constant('cpe:2.3:a:gnu:bash:5.2:*:*:*:*:*:*:*')),
  purl: maybe(fc.constant('pkg:deb/debian/bash@5.2-1?arch=amd64')),
  website: maybe(website),
  properties: fc.uniqueArray(fc.record({ name: text, value: text }), {
    maxLength: 3,
    selector: JSON.stringify
  })
})
/** Components with edges among them, which may lead to themselves through others. */
const components: fc.Arbitrary<Component[]> = fc
  .array(fc.tuple(component, fc.uniqueArray(fc.nat(5), { maxLength: 4 })), { minLength: 1, maxLength: 6 })
  .map((list) =>
    list.map(([one, edges], index) => ({
      ...one,
      reference: `ref-${index}`,
      dependencies: new Set(edges.filter((to) => to < list.length && to !== index).map((to) => `ref-${to}`))
    }))
  )

function entity({ name, url, email }: Organization) {
  return new Models.OrganizationalEntity({
    name,
    url: new Set(url === undefined ? [] : [url]),
    contact: new Models.OrganizationalContactRepository(
      email === undefined ? [] : [new Models.OrganizationalContact({ email })]
    )
  })
}

const types = {
  library: Enums.ComponentType.Library,
  firmware: Enums.ComponentType.Firmware,
  'operating-system': Enums.ComponentType.OperatingSystem
}
const scopes = { required: Enums.ComponentScope.Required, excluded: Enums.ComponentScope.Excluded }

function modelOf(one: Component) {
  const references = one.website === undefined ? [] : [one.website]
  const website = Enums.ExternalReferenceType.Website
  const model = new Models.Component(types[one.type], one.name, {
    bomRef: one.reference,
    version: one.version,
    description: one.description,
    scope: one.scope && scopes[one.scope],
    supplier: one.supplier && entity(one.supplier),
    cpe: one.cpe,
    purl: one.purl,
    externalReferences: new Models.ExternalReferenceRepository(
      references.map((url) => new Models.ExternalReference(url, website))
    ),
    properties: new Models.PropertyRepository(
      one.properties.map(({ name, value }) => new Models.Property(name, value))
    )
  })
  if (one.sha512 !== undefined) model.hashes.set(Enums.HashAlgorithm['SHA-512'], one.sha512)
  return model
}

function bomOf(list: readonly Component[], metadata: Partial<Models.Metadata> = {}) {
  const models = new Map(list.map((one) => [one.reference, modelOf(one)]))
  for (const one of list)
    for (const to of one.dependencies) models.get(one.reference)?.dependencies.add(models.get(to)!.bomRef)
  const [root, ...others] = models.values()
  return new Models.Bom({
    version: 1,
    metadata: new Models.Metadata({ component: root, ...metadata }),
    components: new Models.ComponentRepository(others)
  })
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe.each([
  ['1.6', Spec.Spec1dot6],
  ['1.7', Spec.Spec1dot7]
] as const)('CycloneDX %s', (version, spec) => {
  const factory = new Serialize.JSON.Normalize.Factory(spec)
  const normalize = (bom: Models.Bom) => asJson(factory.makeForBom().normalize(bom, { sortLists: false }))

  test('components and dependencies are those of the library', () => {
    const property = fc.property(components, (list) => {
      const [, ...others] = list.map(normalizeComponent)
      const theirs = normalize(bomOf(list)) as { components: unknown[]; dependencies: unknown[] }
      expect(asJson(others)).toEqual(theirs.components)
      expect(asJson(dependencyGraph(list))).toEqual(theirs.dependencies)
    })
    fc.assert(property, { numRuns: 300 })
  })

  test('and so is the document around them', () => {
    const property = fc.property(components, maybe(organization), (list, supplier) => {
      const timestamp = new Date(1763596800000)
      const tool = new Models.Component(Enums.ComponentType.Application, 'kas-harden', { version: '1.2.3' })
      const theirs = normalize(
        bomOf(list, {
          timestamp,
          lifecycles: new Models.LifecycleRepository([Enums.LifecyclePhase.PostBuild]),
          tools: new Models.Tools({ components: new Models.ComponentRepository([tool]) }),
          supplier: supplier && entity(supplier)
        })
      )
      const [root, ...others] = list
      const ours = serializeDocument(version, {
        timestamp,
        toolVersion: '1.2.3',
        root: root!,
        components: others,
        supplier,
        manufacturer: undefined,
        compositions: [],
        extras: new Map()
      })
      const { serialNumber, compositions, ...rest } = JSON.parse(ours) as Record<string, unknown>
      expect(serialNumber).toMatch(/^urn:uuid:[0-9a-f-]{36}$/)
      expect(compositions).toEqual([])
      expect(rest).toEqual(theirs)
    })
    fc.assert(property, { numRuns: 100 })
  })
})
