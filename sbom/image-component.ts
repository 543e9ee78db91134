import { basename } from 'node:path'
import type { Image } from '../lib/image/image.ts'
import type { Component, Property } from './component.ts'
import { isWebAddress } from './organization.ts'
import type { Distribution } from './distribution.ts'
import type { SbomOptions } from './options.ts'

/**
 * The image as the thing the document is about. Type `firmware`: what is flashed into a device as a
 * whole; `operating-system` is kept for the one component by which scanners find the distribution.
 * Its version: the caller's, what os-release says of the image, else the date it was made (BSI TR-03183-2 5.2.2).
 */
export async function imageComponent(
  image: Image,
  distribution: Distribution | undefined,
  options: SbomOptions
): Promise<Component> {
  const file = basename(image.path)
  const properties = [property('kas-harden:image:format', image.format)]
  const sha512 = options.imageHash === false && image.hasFiles ? undefined : await image.sha512()
  if (image.hasFiles) {
    if (image.format !== 'directory') properties.push(property('bsi:component:filename', file))
  } else {
    // The digest is that of the status file; the image it describes is not at hand.
    properties.push(property('kas-harden:image:describedBy', file))
    properties.push(property('kas-harden:image:describedBySha512', sha512 ?? ''))
  }
  return {
    type: 'firmware',
    reference: 'image',
    name: options.name ?? file,
    version: options.version ?? distribution?.imageVersion ?? options.timestamp?.toISOString(),
    sha512: image.hasFiles ? sha512 : undefined,
    supplier: options.supplier,
    properties,
    dependencies: new Set()
  }
}

/** The distribution as a component of type `operating-system`; scanners take the release from it. */
export function operatingSystemComponent(distribution: Distribution): Component {
  const { id, version, codename, homepage, pointRelease, cpe } = distribution
  const properties: Property[] = []
  if (codename !== undefined) properties.push(property('kas-harden:os:codename', codename))
  if (pointRelease !== undefined) properties.push(property('kas-harden:os:pointRelease', pointRelease))
  const cpePattern = /^cpe:(?:\/[aho](?::[A-Za-z0-9._~%-]*){1,6}|2\.3:[aho](?::[A-Za-z0-9._*-]+){10})$/
  return {
    type: 'operating-system',
    reference: `os:${id}-${version ?? 'unknown'}`,
    name: id,
    version,
    description: distribution.prettyName,
    cpe: cpe !== undefined && cpePattern.test(cpe) ? cpe : undefined,
    website: homepage !== undefined && isWebAddress(homepage) ? homepage : undefined,
    properties,
    dependencies: new Set()
  }
}

function property(name: string, value: string): Property {
  return { name, value }
}
