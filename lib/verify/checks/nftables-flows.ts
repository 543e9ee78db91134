import type { Evidence } from '../../controls/result.ts'
import type { Outcome } from '../check-context.ts'
import { failed, passed, undecided } from '../check-context.ts'
import { member } from '../json.ts'
import type { NftChain, NftRule, Ruleset } from '../readers/nftables-json.ts'

/** What a rule must match for a flow, each in the words of `FlowWord`. */
interface Flow {
  name: string
  words: ReadonlySet<string>
}

const maxDepth = 16

/** `FROM[@NETWORK]>TO[@NETWORK]:tcp/PORT[-PORT]`; undefined for anything else. */
function parseFlow(name: string): Flow | undefined {
  const match = /^([^@>]+)(?:@([^>]+))?>([^@>]+?)(?:@(.+?))?:(tcp|udp)\/(\d+)(?:-(\d+))?$/.exec(name)
  if (!match) return undefined
  const [, from = '', source, to = '', target, protocol = '', low = '', high] = match
  return {
    name,
    words: new Set([
      `iifname ${from}`,
      `oifname ${to}`,
      ...(source === undefined ? [] : [`saddr ${network(source)}`]),
      ...(target === undefined ? [] : [`daddr ${network(target)}`]),
      `${protocol} dport ${low}${high === undefined ? '' : `-${high}`}`
    ])
  }
}

/** nft prints a network without its host bits; a single address has no prefix. */
function network(text: string): string {
  const [address = '', length] = text.toLowerCase().split('/')
  const whole = address.includes(':') ? '128' : '32'
  if (length === undefined || length === whole) return canonical(address)
  return `${canonical(masked(address, Number(length)))}/${length}`
}

function canonical(address: string): string {
  return address.includes(':')
    ? groupsOf(address)
        .map((one) => one.toString(16))
        .join(':')
    : address
}

function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const read = (text: string) =>
    text
      .split(':')
      .filter((one) => one !== '')
      .map((one) => Number.parseInt(one, 16))
  if (tail === undefined) return read(head)
  const end = read(tail)
  return [...read(head), ...Array<number>(Math.max(0, 8 - read(head).length - end.length)).fill(0), ...end]
}

function masked(address: string, length: number): string {
  const [groups, bits] = address.includes(':') ? [groupsOf(address), 16] : [address.split('.').map(Number), 8]
  const kept = groups.map((group, at) => {
    const left = Math.min(bits, Math.max(0, length - at * bits))
    return group & (((1 << bits) - 1) ^ ((1 << (bits - left)) - 1))
  })
  return bits === 16 ? kept.map((one) => one.toString(16)).join(':') : kept.join('.')
}

/**
 * Whether what the hook accepts is in the list of flows. Answers to accepted connections are always; of several
 * chains one that refuses the rest is enough, since a packet must get through each. Every flow has its rule in it.
 */
export function judgeFlows(
  ruleset: Ruleset,
  bases: readonly NftChain[],
  wanted: readonly string[]
): readonly Outcome[] {
  const named = wanted.filter((one) => one !== 'none')
  const flows = named.map(parseFlow)
  const wrong = named.filter((_, at) => flows[at] === undefined)
  if (wrong.length > 0) return [failed(`No flow: ${wrong.join(', ')}`)]
  const known = flows.filter((flow) => flow !== undefined)
  const closed = bases.filter(({ policy, family }) => policy === 'drop' && family === 'inet')
  if (closed.length === 0) return [failed('No chain for both families refuses what no flow names')]
  const answers = closed.map((base) => judgeChain(ruleset, base, known))
  const good = answers.find((parts) => parts.every(({ status }) => status === 'pass'))
  return good ?? answers[0] ?? []
}

function judgeChain(ruleset: Ruleset, base: NftChain, flows: readonly Flow[]): readonly Outcome[] {
  const seen = new Set<string>()
  const parts: Outcome[] = []
  const walk = (chain: string, before: readonly string[], depth: number): void => {
    for (const rule of ruleset.rules) {
      if (rule.chain !== chain || rule.table !== base.table || rule.family !== base.family) continue
      const words = [...before, ...wordsOf(rule)]
      const evidence = seenRule(rule)
      for (const statement of rule.statements) {
        if (member(statement, 'vmap') !== undefined || has(statement, 'queue')) {
          parts.push(
            undecided('A rule accepts by a map of verdicts or a queue, which we do not read', [evidence])
          )
        }
        for (const kind of ['jump', 'goto']) {
          const target = member(member(statement, kind), 'target')
          if (typeof target !== 'string') continue
          if (depth >= maxDepth) throw new RangeError('The rule set has too many paths to follow')
          walk(target, words, depth + 1)
        }
        if (!has(statement, 'accept') || words.includes('answers')) continue
        const flow = flows.find((one) => [...one.words].every((word) => words.includes(word)))
        if (flow) seen.add(flow.name)
        parts.push(
          flow
            ? passed(`Accepted as ${flow.name}`, [evidence])
            : failed('A rule accepts what no flow names', [evidence])
        )
      }
    }
  }
  walk(base.name, [], 0)
  const missing = flows.filter(({ name }) => !seen.has(name))
  if (missing.length > 0) parts.push(failed(`No rule for ${missing.map(({ name }) => name).join(', ')}`))
  return parts.length > 0 ? parts : [passed('Nothing is accepted')]
}

/** The matches of a rule that narrow it, in the words flows are written with. */
function wordsOf({ statements }: NftRule): readonly string[] {
  return statements.flatMap((statement): readonly string[] => {
    const match = member(statement, 'match')
    if (match === undefined) return []
    const op = member(match, 'op')
    const left = member(match, 'left')
    const right = member(match, 'right')
    if (member(member(left, 'ct'), 'key') === 'state') return isAnswers(op, right) ? ['answers'] : []
    if (op !== '==') return []
    const meta = member(member(left, 'meta'), 'key')
    if ((meta === 'iifname' || meta === 'oifname') && typeof right === 'string') return [`${meta} ${right}`]
    const payload = member(left, 'payload')
    const protocol = String(member(payload, 'protocol'))
    const field = member(payload, 'field')
    if (/^ip6?$/.test(protocol) && (field === 'saddr' || field === 'daddr')) {
      const text = addressText(right)
      return text === undefined ? [] : [`${field} ${network(text)}`]
    }
    if (/^(?:tcp|udp)$/.test(protocol) && field === 'dport') {
      const range = member(right, 'range')
      if (Array.isArray(range)) return [`${protocol} dport ${range.map(String).join('-')}`]
      return typeof right === 'number' ? [`${protocol} dport ${right}`] : []
    }
    return []
  })
}

/** `established`, `related`, or both: no new connection. */
function isAnswers(op: unknown, right: unknown): boolean {
  const set = member(right, 'set')
  const states = [Array.isArray(set) ? (set as unknown[]) : right].flat()
  return (op === 'in' || op === '==') && states.every((one) => one === 'established' || one === 'related')
}

function addressText(right: unknown): string | undefined {
  if (typeof right === 'string') return right.startsWith('@') ? undefined : right
  const prefix = member(right, 'prefix')
  const address = member(prefix, 'addr')
  const length = member(prefix, 'len')
  return typeof address === 'string' && typeof length === 'number' ? `${address}/${length}` : undefined
}

function has(statement: unknown, key: string): boolean {
  return typeof statement === 'object' && statement !== null && Object.hasOwn(statement, key)
}

function seenRule({ family, table, chain, statements }: NftRule): Evidence {
  return {
    command: 'nft -j list ruleset',
    output: `${family} ${table} ${chain}: ${JSON.stringify(statements)}`
  }
}
