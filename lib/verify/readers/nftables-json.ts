import { member } from '../json.ts'

/** A base chain or an ordinary one. */
export interface NftChain {
  family: string
  table: string
  name: string
  /** Of base chains only. */
  type?: string
  hook?: string
  policy?: string
}

/** A rule: statements as libnftables-json(5) writes them. */
export interface NftRule {
  family: string
  table: string
  chain: string
  statements: readonly unknown[]
}

/** A rule set as `nft -j list ruleset` prints it. */
export interface Ruleset {
  chains: readonly NftChain[]
  rules: readonly NftRule[]
  /** Elements of named sets and maps by `family table name`. */
  sets: ReadonlyMap<string, readonly unknown[]>
  /** Names, as in `sets`, of those whose elements may end by themselves (`flags timeout`). */
  timed: ReadonlySet<string>
}

function text(value: unknown, key: string): string {
  const found = member(value, key)
  return typeof found === 'string' ? found : ''
}

/** Reads nft's JSON. @throws SyntaxError when it is none. */
export function parseRuleset(json: string): Ruleset {
  const list = member(JSON.parse(json), 'nftables')
  const chains: NftChain[] = []
  const rules: NftRule[] = []
  const sets = new Map<string, readonly unknown[]>()
  const timed = new Set<string>()
  const items = Array.isArray(list) ? (list as unknown[]) : []
  // The chains of a dormant table see no packet, and a table with an owner goes with the nft that loads it (nft(8),
  // TABLES). Older ones of nft print the table's name where the flags belong, so any flag counts.
  const dormant = new Set(
    items
      .map((item) => member(item, 'table'))
      .filter((table) => member(table, 'flags') !== undefined)
      .map((table) => `${text(table, 'family')} ${text(table, 'name')}`)
  )
  for (const item of items) {
    const chain = member(item, 'chain')
    const rule = member(item, 'rule')
    const set = member(item, 'set') ?? member(item, 'map')
    if (chain !== undefined && dormant.has(`${text(chain, 'family')} ${text(chain, 'table')}`)) continue
    if (chain !== undefined) {
      const hook = text(chain, 'hook')
      const base =
        hook === '' ? {} : { hook, type: text(chain, 'type'), policy: text(chain, 'policy') || 'accept' }
      chains.push({
        family: text(chain, 'family'),
        table: text(chain, 'table'),
        name: text(chain, 'name'),
        ...base
      })
    } else if (rule !== undefined) {
      const statements = member(rule, 'expr')
      rules.push({
        family: text(rule, 'family'),
        table: text(rule, 'table'),
        chain: text(rule, 'chain'),
        statements: Array.isArray(statements) ? (statements as unknown[]) : []
      })
    } else if (set !== undefined) {
      const elements = member(set, 'elem')
      const name = `${text(set, 'family')} ${text(set, 'table')} ${text(set, 'name')}`
      sets.set(name, Array.isArray(elements) ? (elements as unknown[]) : [])
      if ([member(set, 'flags')].flat().includes('timeout')) timed.add(name)
    }
  }
  return { chains, rules, sets, timed }
}
