import { byCodeUnit } from '../lib/base/text.ts'
import { formatExpression, parseExpression } from '../lib/debian/copyright/expression.ts'
import {
  readDocument,
  record,
  records,
  text,
  type ReadComponent,
  type ReadDocument
} from './read-document.ts'

/** A value that differs between two documents. */
export interface Difference {
  component: string
  a: string
  b: string
}

/** What two SBOMs disagree about. All lists are sorted by code unit. */
export interface SbomDifference {
  equal: boolean
  /** Components in one of them only, as `deb/debian/openssl:amd64`. */
  onlyA: readonly string[]
  onlyB: readonly string[]
  versions: readonly Difference[]
  /** Only where both name a licence: the set of expressions, ids and names. */
  licenses: readonly Difference[]
  /** Edges between components both have, as `a -> b`. */
  edgesOnlyA: readonly string[]
  edgesOnlyB: readonly string[]
  /** Components both have. */
  common: number
}

/**
 * Compares two CycloneDX JSON documents, of whatever tool. A component is known by its package URL without
 * version and qualifiers but `arch`, or by type and name; an epoch counts as part of the version wherever a tool put it.
 * @throws HardenError `SBOM_UNREADABLE` (usage).
 */
export function diffSboms(a: string, b: string, paths: readonly [string?, string?] = []): SbomDifference {
  const left = index(readDocument(a, paths[0]))
  const right = index(readDocument(b, paths[1]))
  const common = [...left.components.keys()].filter((key) => right.components.has(key))
  const shared = new Set(common)
  const only = (one: Indexed): string[] => [...one.components.keys()].filter((key) => !shared.has(key))
  const edges = (one: Indexed, other: Indexed): string[] =>
    [...one.edges.entries()]
      .filter(([edge, [from, to]]) => !other.edges.has(edge) && shared.has(from) && shared.has(to))
      .map(([edge]) => edge)
  const differences = (read: (component: ReadComponent) => string): Difference[] =>
    common.flatMap((key) => {
      const [x, y] = [read(left.components.get(key)!), read(right.components.get(key)!)]
      return x === y ? [] : [{ component: key, a: x, b: y }]
    })
  const result = {
    onlyA: only(left).sort(byCodeUnit),
    onlyB: only(right).sort(byCodeUnit),
    versions: differences(versionOf).sort(byComponent),
    licenses: differences(licensesOf)
      .filter((one) => one.a !== '' && one.b !== '')
      .sort(byComponent),
    edgesOnlyA: edges(left, right).sort(byCodeUnit),
    edgesOnlyB: edges(right, left).sort(byCodeUnit)
  }
  return { equal: Object.values(result).every((list) => list.length === 0), ...result, common: common.length }
}

interface Indexed {
  components: ReadonlyMap<string, ReadComponent>
  edges: ReadonlyMap<string, readonly [from: string, to: string]>
}

function index(document: ReadDocument): Indexed {
  const components = new Map<string, ReadComponent>()
  const keys = new Map<string, string>()
  for (const one of document.components) {
    const plain = keyOf(one)
    const key = components.has(plain) ? `${plain}@${versionOf(one)}` : plain
    components.set(key, one)
    keys.set(one.reference, key)
  }
  const edges = new Map<string, readonly [string, string]>()
  for (const [reference, targets] of document.dependencies) {
    const from = keys.get(reference)
    for (const target of targets) {
      const to = keys.get(target)
      if (from !== undefined && to !== undefined) edges.set(`${from} -> ${to}`, [from, to])
    }
  }
  return { components, edges }
}

function keyOf({ purl, type, name }: ReadComponent): string {
  const match = /^pkg:([^/?#@]+)\/([^?#@]+)/.exec(purl)
  if (!match) return `${type}/${name}`
  const [, kind = '', path = ''] = match
  const architecture = qualifier(purl, 'arch')
  return `${kind}/${decoded(path)}${architecture === '' ? '' : `:${architecture}`}`
}

/** Version of a component. Some tools write Debian's epoch as a qualifier, some in the version, some in both. */
export function versionOf({ purl, version }: ReadComponent): string {
  const match = /^pkg:[^?#@]+@([^?#]+)/.exec(purl)
  const written = match ? decoded(match[1] ?? '') : version
  const epoch = qualifier(purl, 'epoch')
  return epoch === '' || epoch === '0' || /^\d+:/.test(written) ? written : `${epoch}:${written}`
}

function licensesOf({ raw }: ReadComponent): string {
  const names = records(raw['licenses']).map((one) => {
    const { id, name } = record(one['license'])
    const expression = text(one['expression'])
    const tree = parseExpression(expression)
    return tree ? formatExpression(tree) : expression || text(id) || text(name)
  })
  return [...new Set(names)]
    .filter((one) => one !== '')
    .sort(byCodeUnit)
    .join('; ')
}

/** A qualifier of a package URL; '' without it. */
export function qualifier(purl: string, name: string): string {
  return decoded(new RegExp(`[?&]${name}=([^&#]*)`).exec(purl)?.[1] ?? '')
}

/** Percent-encoding away; a text that is none stays. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function byComponent(a: Difference, b: Difference): number {
  return byCodeUnit(a.component, b.component)
}
