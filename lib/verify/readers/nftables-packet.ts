import type { NftChain, NftRule, Ruleset } from './nftables-json.ts'
import { member } from '../json.ts'

/** A new connection from a source nobody lists, not over the loopback. */
export interface Packet {
  family: 'ip' | 'ip6'
  protocol: 'tcp' | 'udp'
  port: number
}

/** Whether a match holds for the packet; `maybe` when it hangs on what we leave open. */
type Answer = 'yes' | 'no' | 'maybe'

const maxSteps = 20_000

/**
 * Whether a base chain may let the packet through: some rule that can match accepts it, or none surely
 * drops it and the policy accepts. A match that only may hold counts for an accept, never for a drop.
 * @param surely only rules that match every such packet, on whatever interface it comes, count.
 * @returns the accepting rule, `policy`, or undefined when the chain surely drops the packet.
 */
export function acceptedBy(
  ruleset: Ruleset,
  base: NftChain,
  packet: Packet,
  { surely = false } = {}
): NftRule | 'policy' | undefined {
  let steps = 0
  let accepting: NftRule | undefined

  /** `end`: the packet's fate is sure; `return`: back to the caller; `on`: the chain's end was reached. */
  const walk = (chain: string, depth: number, sure: boolean): 'end' | 'on' => {
    if (depth > 16) return 'on'
    for (const rule of ruleset.rules) {
      if (rule.chain !== chain || rule.table !== base.table || rule.family !== base.family) continue
      if (++steps > maxSteps) throw new RangeError('The rule set has too many paths to follow')
      let holds: Answer = 'yes'
      for (const statement of rule.statements) {
        const match = member(statement, 'match')
        if (match !== undefined) holds = and(holds, matchAnswer(ruleset, rule, match, packet))
        else if (isLimit(statement)) holds = and(holds, 'maybe')
        if (holds === 'no') break
        for (const verdict of verdictsOf(ruleset, rule, statement, packet)) {
          const answer = and(holds, verdict.answer)
          if (answer === 'no') continue
          const certain = sure && answer === 'yes'
          if (verdict.kind === 'accept' || verdict.kind === 'queue') {
            if (certain || !surely) accepting ??= rule
            if (certain) return 'end'
          } else if (verdict.kind === 'drop' || verdict.kind === 'reject') {
            if (certain || answer === 'yes') return 'end'
          } else if (verdict.kind === 'return') {
            if (answer === 'yes') return 'on'
          } else {
            const after = walk(verdict.target, depth + 1, certain)
            if (answer === 'yes' && (after === 'end' || verdict.kind === 'goto')) return after
          }
        }
      }
    }
    return 'on'
  }

  const end = walk(base.name, 0, true)
  if (accepting) return accepting
  return end === 'on' && base.policy !== 'drop' ? 'policy' : undefined
}

/** A limit, alone or on the elements of a set: the rule goes on for some packets only. */
function isLimit(statement: unknown): boolean {
  const inner = [
    member(member(statement, 'set'), 'stmt') ?? member(member(statement, 'meter'), 'stmt')
  ].flat()
  return [statement, ...inner].some(
    (one) => member(one, 'limit') !== undefined || member(one, 'ct count') !== undefined
  )
}

function and(a: Answer, b: Answer): Answer {
  return a === 'no' || b === 'no' ? 'no' : a === 'maybe' || b === 'maybe' ? 'maybe' : 'yes'
}

function not(answer: Answer): Answer {
  return answer === 'yes' ? 'no' : answer === 'no' ? 'yes' : 'maybe'
}

interface Verdict {
  kind: 'accept' | 'drop' | 'reject' | 'return' | 'queue' | 'jump' | 'goto'
  target: string
  answer: Answer
}

function verdictsOf(ruleset: Ruleset, rule: NftRule, statement: unknown, packet: Packet): readonly Verdict[] {
  const plain = verdictOf(statement)
  if (plain) return [{ ...plain, answer: 'yes' }]
  const map = member(statement, 'vmap')
  if (map === undefined) return []
  const key = member(map, 'key')
  return elementsOf(ruleset, rule, member(map, 'data')).flatMap((element) => {
    const pair = Array.isArray(element) ? (element as unknown[]) : []
    const verdict = verdictOf(pair[1])
    return verdict ? [{ ...verdict, answer: valueAnswer(ruleset, rule, key, pair[0], packet) }] : []
  })
}

function verdictOf(statement: unknown): { kind: Verdict['kind']; target: string } | undefined {
  for (const kind of ['accept', 'drop', 'reject', 'return', 'queue'] as const) {
    if (typeof statement === 'object' && statement !== null && Object.hasOwn(statement, kind))
      return { kind, target: '' }
  }
  for (const kind of ['jump', 'goto'] as const) {
    const target = member(member(statement, kind), 'target')
    if (typeof target === 'string') return { kind, target }
  }
  return undefined
}

function matchAnswer(ruleset: Ruleset, rule: NftRule, match: unknown, packet: Packet): Answer {
  const op = member(match, 'op')
  const answer = valueAnswer(ruleset, rule, member(match, 'left'), member(match, 'right'), packet)
  if (op === '!=') return not(answer)
  return op === '==' || op === 'in' ? answer : answer === 'no' ? 'maybe' : answer
}

/** Whether the field on the left has one of the values on the right. */
function valueAnswer(ruleset: Ruleset, rule: NftRule, left: unknown, right: unknown, packet: Packet): Answer {
  const values = elementsOf(ruleset, rule, right)
  const concatenated = member(left, 'concat')
  if (Array.isArray(concatenated)) {
    const fields = concatenated as unknown[]
    return any(
      values.map((value) => {
        const parts = member(value, 'concat')
        return fields
          .map((field, at) =>
            fieldAnswer(field, Array.isArray(parts) ? (parts as unknown[])[at] : undefined, packet)
          )
          .reduce<Answer>(and, 'yes')
      })
    )
  }
  if (isSourceAddress(left) && coversEverything(values)) return 'yes'
  return any(values.map((value) => fieldAnswer(left, value, packet)))
}

function any(answers: readonly Answer[]): Answer {
  return answers.includes('yes') ? 'yes' : answers.includes('maybe') ? 'maybe' : 'no'
}

/** Values of the right side: one, a list, an anonymous set or a named one; `elem` wrappers taken off. */
function elementsOf(ruleset: Ruleset, rule: NftRule, right: unknown): readonly unknown[] {
  const set = member(right, 'set')
  const list =
    typeof right === 'string' && right.startsWith('@')
      ? (ruleset.sets.get(`${rule.family} ${rule.table} ${right.slice(1)}`) ?? [])
      : Array.isArray(right)
        ? (right as unknown[])
        : Array.isArray(set)
          ? (set as unknown[])
          : [set ?? right]
  return list.map((element) => member(member(element, 'elem'), 'val') ?? element)
}

function isSourceAddress(left: unknown): boolean {
  const payload = member(left, 'payload')
  return member(payload, 'field') === 'saddr' && /^ip6?$/.test(String(member(payload, 'protocol')))
}

function fieldAnswer(left: unknown, value: unknown, packet: Packet): Answer {
  const payload = member(left, 'payload')
  const protocol = member(payload, 'protocol')
  const field = member(payload, 'field')
  if (payload !== undefined) {
    if (protocol === 'ip' || protocol === 'ip6') {
      if (protocol !== packet.family) return 'no'
      if (field === 'saddr') return coversEverything([value]) ? 'yes' : 'no'
      if (field === 'daddr') return isMulticast(value) ? 'no' : 'maybe'
      if (field === 'protocol' || field === 'nexthdr') return sameProtocol(value, packet)
      return 'maybe'
    }
    if (protocol === 'tcp' || protocol === 'udp' || protocol === 'th') {
      if (protocol !== 'th' && protocol !== packet.protocol) return 'no'
      return field === 'dport' ? portAnswer(value, packet.port) : 'maybe'
    }
    if (
      typeof protocol === 'string' &&
      /^(?:icmp|icmpv6|sctp|dccp|udplite|esp|ah|comp|igmp|arp|vlan)$/.test(protocol)
    )
      return 'no'
    return 'maybe'
  }
  const meta = member(member(left, 'meta'), 'key')
  if (meta === 'l4proto') return sameProtocol(value, packet)
  if (meta === 'nfproto') return value === (packet.family === 'ip' ? 'ipv4' : 'ipv6') ? 'yes' : 'no'
  if (meta === 'protocol') return value === packet.family ? 'yes' : 'no'
  if (meta === 'iif' || meta === 'iifname') return value === 'lo' ? 'no' : 'maybe'
  if (meta === 'pkttype') return value === 'host' || value === 'unicast' ? 'yes' : 'no'
  const ct = member(member(left, 'ct'), 'key')
  if (ct === 'state')
    return value === 'new'
      ? 'yes'
      : value === 'established' || value === 'related' || value === 'invalid' || value === 'untracked'
        ? 'no'
        : 'maybe'
  if (member(left, 'fib') !== undefined)
    return /^(?:broadcast|multicast|anycast)$/.test(String(value)) ? 'no' : 'maybe'
  return 'maybe'
}

function sameProtocol(value: unknown, { protocol }: Packet): Answer {
  const number = protocol === 'tcp' ? 6 : 17
  return value === protocol || value === number ? 'yes' : 'no'
}

function portAnswer(value: unknown, port: number): Answer {
  const range = member(value, 'range')
  if (Array.isArray(range)) {
    const [low, high] = range as unknown[]
    return typeof low === 'number' && typeof high === 'number'
      ? low <= port && port <= high
        ? 'yes'
        : 'no'
      : 'maybe'
  }
  return typeof value === 'number' ? (value === port ? 'yes' : 'no') : 'maybe'
}

/** Prefixes and ranges that together leave nobody outside: /0, or both halves. */
function coversEverything(values: readonly unknown[]): boolean {
  let halves = 0
  for (const value of values) {
    const length = member(member(value, 'prefix'), 'len')
    if (length === 0 || value === '*') return true
    if (length === 1) halves++
    const range = member(value, 'range')
    if (Array.isArray(range)) {
      const [low, high] = (range as unknown[]).map(String)
      if (
        /^(?:0\.0\.0\.[01]|::1?)$/.test(low ?? '') &&
        /^(?:255\.255\.255\.25[45]|ffff:.*)$/.test(high ?? '')
      )
        return true
    }
  }
  return halves >= 2
}

function isMulticast(value: unknown): boolean {
  const address = String(member(member(value, 'prefix'), 'addr') ?? value)
  return /^(?:22[4-9]|23\d)\.|^ff[0-9a-f]{2}:|^255\.255\.255\.255$/.test(address)
}
