import { HardenError, messageOf } from '../lib/base/errors.ts'

/** A JSON value nobody vouches for. */
export type Loose = Readonly<Record<string, unknown>>

/** A component of any CycloneDX JSON as the score and the comparison need it. */
export interface ReadComponent {
  /** Its `bom-ref`, or name and version where it has none. */
  reference: string
  type: string
  name: string
  version: string
  purl: string
  /** As written; look fields up with the helpers below. */
  raw: Loose
}

/** A CycloneDX JSON of ours or anybody's. */
export interface ReadDocument {
  specVersion: string
  raw: Loose
  metadata: Loose
  /** What the document is about, when it says so. */
  root: ReadComponent | undefined
  /** Nested ones included, in order of the document. */
  components: readonly ReadComponent[]
  /** What each reference depends on. */
  dependencies: ReadonlyMap<string, readonly string[]>
}

const maxComponents = 500_000

/**
 * Reads CycloneDX JSON 1.2 and later leniently: what is missing or of the wrong type reads as absent.
 * @throws HardenError `SBOM_UNREADABLE` (usage) for a text that is no CycloneDX JSON or has no end of components.
 */
export function readDocument(json: string, path?: string): ReadDocument {
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch (error) {
    throw unreadable(`is no JSON: ${messageOf(error)}`, path)
  }
  const raw = record(parsed)
  if (raw['bomFormat'] !== 'CycloneDX') throw unreadable('is no CycloneDX JSON', path)
  const metadata = record(raw['metadata'])
  const components: ReadComponent[] = []
  const waiting = [...records(raw['components'])].reverse()
  for (let one = waiting.pop(); one; one = waiting.pop()) {
    if (components.length >= maxComponents)
      throw unreadable(`has more than ${maxComponents} components`, path)
    components.push(component(one))
    waiting.push(...[...records(one['components'])].reverse())
  }
  const dependencies = new Map<string, readonly string[]>()
  for (const one of records(raw['dependencies'])) {
    const to = strings(one['dependsOn'])
    dependencies.set(text(one['ref']), [...(dependencies.get(text(one['ref'])) ?? []), ...to])
  }
  const root = metadata['component'] === undefined ? undefined : component(record(metadata['component']))
  return { specVersion: text(raw['specVersion']), raw, metadata, root, components, dependencies }
}

/** An object, or an empty one. */
export function record(value: unknown): Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {}
}

/** The objects of a list. */
export function records(value: unknown): readonly Loose[] {
  return Array.isArray(value) ? value.map(record) : []
}

/** A text, or ''. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The texts of a list. */
export function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

/** Values of a component's properties of one name. */
export function propertyValues({ raw }: ReadComponent, name: string): readonly string[] {
  return records(raw['properties'])
    .filter((one) => one['name'] === name)
    .map((one) => text(one['value']))
}

/** Whether this is a source package or another thing that is not delivered. */
export function isSource({ raw, purl }: ReadComponent): boolean {
  return raw['scope'] === 'excluded' || /[?&]arch=source(?:&|#|$)/.test(purl)
}

function component(raw: Loose): ReadComponent {
  const [name, version] = [text(raw['name']), text(raw['version'])]
  return {
    reference: text(raw['bom-ref']) || `${name}@${version}`,
    type: text(raw['type']),
    name,
    version,
    purl: text(raw['purl']),
    raw
  }
}

function unreadable(why: string, path: string | undefined): HardenError {
  return new HardenError('usage', 'SBOM_UNREADABLE', `${path ?? 'The document'} ${why}.`, {
    path,
    hint: 'Give a CycloneDX document in JSON.'
  })
}
