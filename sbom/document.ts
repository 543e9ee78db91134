import type { JSON as CdxJson } from '@cyclonedx/cyclonedx-library/Serialize'
import { digestOf } from '../lib/base/digest.ts'
import type { ComponentExtra } from './extras.ts'
import type { Cyclonedx } from './cyclonedx.ts'
import { modelOf, type Described } from './model.ts'
import type { Organization, SpecVersion } from './options.ts'

/** How complete a set of relationships is (CycloneDX `aggregateType`). */
export interface Composition {
  aggregate: 'complete' | 'incomplete' | 'unknown'
  /** References whose parts are meant. */
  assemblies?: readonly string[]
  /** References whose dependencies are meant. */
  dependencies?: readonly string[]
}

/** What a document says. */
export interface Contents extends Described {
  /** Maker of the image and of this document. */
  manufacturer: Organization | undefined
  compositions: readonly Composition[]
  /** Fields the CycloneDX library does not model, by reference. */
  extras: ReadonlyMap<string, ComponentExtra>
}

/**
 * Serialises a document: the library normalises it, we add what it lacks, and the serial number comes from the
 * content, so that the same content has the same number and any other content another one.
 * Nothing is sorted here: the library sorts by locale, we sort by code unit when we build.
 */
export function serializeDocument(cdx: Cyclonedx, spec: SpecVersion, contents: Contents): string {
  const rules = spec === '1.7' ? cdx.Spec.Spec1dot7 : cdx.Spec.Spec1dot6
  const { $schema, bomFormat, specVersion, version, metadata, components, dependencies } =
    new cdx.Serialize.JSON.Normalize.Factory(rules)
      .makeForBom()
      .normalize(modelOf(cdx, contents), { sortLists: false })
  const manufacturer = contents.manufacturer && organization(contents.manufacturer)
  const content = {
    version,
    metadata: {
      ...metadata,
      component: metadata?.component && { ...withExtra(metadata.component, contents.extras), manufacturer },
      supplier: metadata?.supplier,
      manufacturer
    },
    components: components?.map((one) => withExtra(one, contents.extras)),
    dependencies,
    compositions: contents.compositions
  }
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify([specVersion, content]))}`
  return `${JSON.stringify({ $schema, bomFormat, specVersion, serialNumber, ...content }, undefined, 2)}\n`
}

/** The fields of a component in the order of the specification; those of a list stand behind the library's. */
function withExtra(
  component: CdxJson.Types.Normalized.Component,
  extras: ReadonlyMap<string, ComponentExtra>
): Record<string, unknown> {
  const extra = extras.get(component['bom-ref'] ?? '') ?? {}
  const { type, 'bom-ref': reference, supplier, name, version, description, scope, ...rest } = component
  return {
    type,
    'bom-ref': reference,
    supplier,
    manufacturer: extra.manufacturer && organization(extra.manufacturer),
    name,
    version,
    description,
    scope,
    hashes: both(rest.hashes, extra.hashes),
    licenses: extra.licenses,
    copyright: extra.copyright,
    cpe: extra.cpe ?? rest.cpe,
    externalReferences: both(rest.externalReferences, extra.externalReferences),
    properties: both(rest.properties, extra.properties),
    evidence: extra.evidence,
    purl: rest.purl
  }
}

function both(first: readonly object[] | undefined, second: readonly object[] | undefined) {
  const all = [...(first ?? []), ...(second ?? [])]
  return all.length === 0 ? undefined : all
}

/** A UUID made of the SHA-256 of a text: RFC 9562 version 8, the one for such uses. */
function uuidOf(text: string): string {
  const hex = digestOf(text, 'sha256')
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 0x3) | 0x8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32)
  ].join('-')
}

/** An organisation in a place the library does not model. */
function organization({ name, url, email }: Organization) {
  return {
    name,
    ...(url !== undefined && { url: [url] }),
    ...(email !== undefined && { contact: [{ email }] })
  }
}
