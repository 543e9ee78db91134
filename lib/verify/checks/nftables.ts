import type { CheckOf } from '../../controls/check.ts'
import type { Evidence } from '../../controls/result.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed, undecided } from '../check-context.ts'
import type { NftChain, NftRule, Ruleset } from '../readers/nftables-json.ts'
import { member } from '../json.ts'
import { loadRulesetFile, loadRulesets } from '../readers/nftables-load.ts'
import { seenLoaders } from '../readers/nftables-loaders.ts'
import { acceptedBy } from '../readers/nftables-packet.ts'
import { judgeFlows } from './nftables-flows.ts'

const families = ['ip', 'ip6'] as const

/** The packet filter as the real nft loads it; with several orders of loading each must answer the check. */
export async function checkNftables(check: CheckOf<'nftables'>, context: CheckContext): Promise<Outcome> {
  const loaded =
    check.file === undefined ? await context.read(loadRulesets) : await loadRulesetFile(context, check.file)
  const loaders = seenLoaders(loaded.loaders)
  if (loaded.none !== undefined) return failed(loaded.none, loaders)
  if (loaded.unknown !== undefined) return undecided(loaded.unknown, loaders)
  const parts = loaded.rulesets.flatMap((ruleset) => judge(check, ruleset))
  const outcome = combined(
    parts,
    `${check.file ?? 'The rule set loaded at boot'} is as wanted at ${check.hook}`
  )
  return { ...outcome, evidence: [...loaders, ...outcome.evidence] }
}

function judge(check: CheckOf<'nftables'>, ruleset: Ruleset): readonly Outcome[] {
  const { hook } = check
  const bases = ruleset.chains.filter((one) => one.hook === hook && one.type === 'filter')
  const parts: Outcome[] = []
  for (const family of families) {
    const own = bases.filter((one) => one.family === 'inet' || one.family === family)
    const chains = own.map(seenChain)
    if (check.policy !== undefined) {
      // A packet must get through every chain, so one that drops is enough; for accept none may drop.
      const drops = own.some(({ policy }) => policy === 'drop')
      parts.push(
        drops === (check.policy === 'drop')
          ? passed(`The policy of ${hook} is ${check.policy} for ${family}`, chains)
          : failed(`No chain at ${hook} has the policy ${check.policy} for ${family}`, chains)
      )
    }
    // A policy is worth nothing where a rule before it lets every stranger through.
    if (check.policy === 'drop') parts.push(closed(ruleset, own, hook, family))
    for (const port of check.restrictedPorts ?? []) parts.push(restricted(ruleset, own, hook, family, port))
  }
  const rules = bases.flatMap((base) => reachableRules(ruleset, base))
  if (check.rateLimited) {
    const limit = rules.find(
      (rule) => isLimited(rule) && endsIn(rule, ['accept', 'drop', 'reject', 'jump', 'goto'])
    )
    parts.push(
      limit
        ? passed(`${hook} is rate limited`, [seenRule(limit)])
        : failed(`No rule at ${hook} has a rate limit`, bases.map(seenChain))
    )
  }
  if (check.logged) {
    const log = bases.flatMap((base) =>
      reachableRules(ruleset, base).filter(
        (rule) =>
          rule.statements.some((one) => has(one, 'log')) &&
          (endsIn(rule, ['drop', 'reject']) || (base.policy === 'drop' && !endsIn(rule, ['accept'])))
      )
    )[0]
    parts.push(
      log
        ? passed(`Drops at ${hook} are logged`, [seenRule(log)])
        : failed(`No rule at ${hook} logs what is dropped`, bases.map(seenChain))
    )
  }
  if (check.flows) parts.push(...judgeFlows(ruleset, bases, check.flows))
  for (const name of check.closedInterfaces ?? [])
    if (name !== 'none') parts.push(closedInterface(ruleset, bases, name))
  for (const name of check.approvals ?? []) parts.push(approvals(ruleset, name))
  return parts
}

/** The first rule of a chain for both families that says anything of the interface drops all of it. */
function closedInterface(ruleset: Ruleset, bases: readonly NftChain[], name: string): Outcome {
  for (const base of bases.filter(({ family }) => family === 'inet')) {
    const rules = ruleset.rules.filter(
      ({ chain, table, family }) => chain === base.name && table === base.table && family === base.family
    )
    for (const rule of rules) {
      const [first, ...rest] = rule.statements.filter((one) => !has(one, 'counter') && !has(one, 'log'))
      const match = member(first, 'match')
      const key = member(member(member(match, 'left'), 'meta'), 'key')
      const right = member(match, 'right')
      const names = [member(right, 'set') ?? right].flat()
      if (!/^[io]ifname$/.test(String(key)) || member(match, 'op') !== '==') break
      if (!names.includes(name)) continue
      if (rest.length === 1 && has(rest[0], 'drop'))
        return passed(`Nothing passes over ${name}`, [seenRule(rule)])
      break
    }
  }
  return failed(`No rule drops all that passes over ${name}`, bases.map(seenChain))
}

/** Nobody is in the set at boot, and who comes in goes out by itself. */
function approvals(ruleset: Ruleset, name: string): Outcome {
  const found = [...ruleset.sets].filter(([one]) => one.endsWith(` ${name}`))
  if (found.length === 0) return failed(`There is no set ${name}`)
  const named = found.map(([one]) => ({ command: 'nft -j list ruleset', output: `set ${one}` }))
  const lasting = found.find(([one]) => !ruleset.timed.has(one))
  if (lasting) return failed(`Elements of the set ${name} have no end`, named)
  const filled = found.find(([, elements]) => elements.length > 0)
  return filled
    ? failed(`The set ${name} has elements at boot: ${JSON.stringify(filled[1]).slice(0, 200)}`, named)
    : passed(`The set ${name} is empty at boot and its elements end by themselves`, named)
}

/** Ports no product uses all of. */
const anyPorts = [9, 1023, 4242, 23_456, 54_321] as const

/** Not every stranger gets through to any port: rules of a product open some ports, not all. */
function closed(ruleset: Ruleset, bases: readonly NftChain[], hook: string, family: 'ip' | 'ip6'): Outcome {
  for (const protocol of ['tcp', 'udp'] as const) {
    const open = anyPorts.every((port) =>
      bases.every((base) => {
        const answer = acceptedBy(ruleset, base, { family, protocol, port }, { surely: true })
        return answer !== undefined && answer !== 'policy'
      })
    )
    if (open && bases.length > 0) {
      return failed(
        `A rule at ${hook} accepts ${protocol} from every ${family} address`,
        bases.map(seenChain)
      )
    }
  }
  return passed(`No rule at ${hook} opens everything (${family})`)
}

/** A stranger's new connection must be dropped by one of the chains. */
function restricted(
  ruleset: Ruleset,
  bases: readonly NftChain[],
  hook: string,
  family: 'ip' | 'ip6',
  port: number
): Outcome {
  for (const protocol of ['tcp', 'udp'] as const) {
    const answers = bases.map((base) => acceptedBy(ruleset, base, { family, protocol, port }))
    if (answers.some((answer) => answer === undefined)) continue
    const evidence = answers.flatMap((answer, at) =>
      answer === 'policy' || answer === undefined ? [seenChain(bases[at]!)] : [seenRule(answer)]
    )
    return failed(`${protocol} port ${port} is open at ${hook} to every ${family} address`, evidence)
  }
  return passed(`Port ${port} is not open to everybody (${family})`)
}

/** Rules of a base chain and of the chains it jumps to. */
function reachableRules(ruleset: Ruleset, base: NftChain): readonly NftRule[] {
  const seen = new Set<string>()
  const found: NftRule[] = []
  const queue = [base.name]
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (seen.has(name)) continue
    seen.add(name)
    for (const rule of ruleset.rules) {
      if (rule.chain !== name || rule.table !== base.table || rule.family !== base.family) continue
      found.push(rule)
      for (const [, target] of JSON.stringify(rule.statements).matchAll(
        /"(?:jump|goto)":\{"target":"([^"]+)"/g
      ))
        queue.push(target ?? '')
    }
  }
  return found
}

function has(statement: unknown, key: string): boolean {
  return typeof statement === 'object' && statement !== null && Object.hasOwn(statement, key)
}

/** A limit of its own, a connection limit, or one inside a set that grows by source. */
function isLimited({ statements }: NftRule): boolean {
  return statements.some((one) => {
    const inner = member(member(one, 'set'), 'stmt') ?? member(member(one, 'meter'), 'stmt')
    const list = Array.isArray(inner) ? (inner as unknown[]) : [inner]
    return (
      has(one, 'limit') ||
      has(one, 'ct count') ||
      list.some((stmt) => has(stmt, 'limit') || has(stmt, 'ct count'))
    )
  })
}

function endsIn({ statements }: NftRule, verdicts: readonly string[]): boolean {
  return statements.some((one) => verdicts.some((verdict) => has(one, verdict)))
}

function seenChain({ family, table, name, hook, policy }: NftChain): Evidence {
  return {
    command: 'nft -j list ruleset',
    output: `chain ${family} ${table} ${name}: hook ${hook ?? ''} policy ${policy ?? ''}`
  }
}

function seenRule({ family, table, chain, statements }: NftRule): Evidence {
  return {
    command: 'nft -j list ruleset',
    output: `${family} ${table} ${chain}: ${JSON.stringify(statements)}`
  }
}
