import { basename } from 'node:path'
import type { Component } from '@cyclonedx/cyclonedx-library/Models'
import type { Image } from '../lib/image/image.ts'
import type { Cyclonedx } from './cyclonedx.ts'
import { isWebAddress, organizationalEntity } from './organization.ts'
import type { Distribution } from './distribution.ts'
import type { SbomOptions } from './options.ts'

/**
 * The image as the thing the document is about. Type `firmware`: what is flashed into a device as a
 * whole; `operating-system` is kept for the one component by which scanners find the distribution.
 */
export async function imageComponent(cdx: Cyclonedx, image: Image, options: SbomOptions): Promise<Component> {
  const { Component, HashDictionary, Property, PropertyRepository } = cdx.Models
  const file = basename(image.path)
  const properties = new PropertyRepository([new Property('kas-harden:image:format', image.format)])
  const sha512 = options.imageHash === false && image.hasFiles ? undefined : await image.sha512()
  const hashes = new HashDictionary()
  if (image.hasFiles) {
    if (image.format !== 'directory') properties.add(new Property('bsi:component:filename', file))
    if (sha512 !== undefined) hashes.set(cdx.Enums.HashAlgorithm['SHA-512'], sha512)
  } else {
    // The digest is that of the status file; the image it describes is not at hand.
    properties.add(new Property('kas-harden:image:describedBy', file))
    properties.add(new Property('kas-harden:image:describedBySha512', sha512 ?? ''))
  }
  return new Component(cdx.Enums.ComponentType.Firmware, options.name ?? file, {
    bomRef: 'image',
    version: options.version,
    hashes,
    supplier: options.supplier === undefined ? undefined : organizationalEntity(cdx, options.supplier),
    properties
  })
}

/** The distribution as a component of type `operating-system`; scanners take the release from it. */
export function operatingSystemComponent(cdx: Cyclonedx, distribution: Distribution): Component {
  const { Component, ExternalReference, ExternalReferenceRepository, Property, PropertyRepository } =
    cdx.Models
  const { id, version, codename, homepage, pointRelease, cpe } = distribution
  const properties = new PropertyRepository()
  if (codename !== undefined) properties.add(new Property('kas-harden:os:codename', codename))
  if (pointRelease !== undefined) properties.add(new Property('kas-harden:os:pointRelease', pointRelease))
  const references = new ExternalReferenceRepository()
  if (homepage !== undefined && isWebAddress(homepage)) {
    references.add(new ExternalReference(homepage, cdx.Enums.ExternalReferenceType.Website))
  }
  const cpePattern = /^cpe:(?:\/[aho](?::[A-Za-z0-9._~%-]*){1,6}|2\.3:[aho](?::[A-Za-z0-9._*-]+){10})$/
  return new Component(cdx.Enums.ComponentType.OperatingSystem, id, {
    bomRef: `os:${id}-${version ?? 'unknown'}`,
    version,
    description: distribution.prettyName,
    cpe: cpe !== undefined && cpePattern.test(cpe) ? cpe : undefined,
    externalReferences: references,
    properties
  })
}
