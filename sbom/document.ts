import { digestOf } from '../lib/base/digest.ts'
import { dependencyGraph, normalizeComponent, type Component } from './component.ts'
import type { ComponentExtra } from './extras.ts'
import type { Organization, SpecVersion } from './options.ts'
import { organizationalEntity } from './organization.ts'

/** How complete a set of relationships is (CycloneDX `aggregateType`). */
export interface Composition {
  aggregate: 'complete' | 'incomplete' | 'unknown'
  /** References whose parts are meant. */
  assemblies?: readonly string[]
  /** References whose dependencies are meant. */
  dependencies?: readonly string[]
}

/** What a document says. */
export interface Contents {
  /** Creation time. */
  timestamp: Date | undefined
  /** Version of this program. */
  toolVersion: string
  /** What the document is about. */
  root: Component
  components: readonly Component[]
  /** Who delivers the image. */
  supplier: Organization | undefined
  /** Maker of the image and of this document. */
  manufacturer: Organization | undefined
  compositions: readonly Composition[]
  /** Fields the CycloneDX library does not model, by reference. */
  extras: ReadonlyMap<string, ComponentExtra>
}

/**
 * Writes a document: its fields in the order the CycloneDX library gives them, those it lacks added here, and a
 * serial number that comes from the content, so that the same content has the same number and any other another one.
 * Nothing is sorted here: we sort by code unit when we build.
 */
export function serializeDocument(spec: SpecVersion, contents: Contents): string {
  const { root, components, extras } = contents
  const manufacturer = contents.manufacturer && organizationalEntity(contents.manufacturer)
  const content = {
    version: 1,
    metadata: {
      timestamp: contents.timestamp?.toISOString(),
      lifecycles: [{ phase: 'post-build' }],
      tools: { components: [{ type: 'application', name: 'kas-harden', version: contents.toolVersion }] },
      component: { ...withExtra(root, extras), manufacturer },
      supplier: contents.supplier && organizationalEntity(contents.supplier),
      manufacturer
    },
    components: components.map((one) => withExtra(one, extras)),
    dependencies: dependencyGraph([root, ...components]),
    compositions: contents.compositions
  }
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify([spec, content]))}`
  const head = {
    $schema: `http://cyclonedx.org/schema/bom-${spec}.schema.json`,
    bomFormat: 'CycloneDX',
    specVersion: spec,
    serialNumber
  }
  return `${JSON.stringify({ ...head, ...content }, undefined, 2)}\n`
}

/** The fields of a component in the order of the specification; those of a list stand behind the ones all have. */
function withExtra(one: Component, extras: ReadonlyMap<string, ComponentExtra>): Record<string, unknown> {
  const extra = extras.get(one.reference) ?? {}
  const {
    type,
    'bom-ref': reference,
    supplier,
    name,
    version,
    description,
    scope,
    ...rest
  } = normalizeComponent(one)
  return {
    type,
    'bom-ref': reference,
    supplier,
    manufacturer: extra.manufacturer && organizationalEntity(extra.manufacturer),
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
