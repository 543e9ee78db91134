import { HardenError, messageOf } from '../../base/errors.ts'
import type { CheckContext } from '../check-context.ts'
import { flattenRuleset, RulesetProblem } from './nftables-flatten.ts'
import { findRulesetLoaders, loadingOrders } from './nftables-loaders.ts'
import type { RulesetLoader } from './nftables-loaders.ts'
import { parseRuleset } from './nftables-json.ts'
import type { Ruleset } from './nftables-json.ts'

/** What the kernel has after boot, for every order in which the units may load. */
export interface LoadedRulesets {
  loaders: readonly RulesetLoader[]
  rulesets: readonly Ruleset[]
  /** No rule set, and that is certain: the check fails. */
  none?: string
  /** Nothing can be said. */
  unknown?: string
}

const timeout = 20_000
const script = 'nft -f /dev/stdin && exec nft -j list ruleset'

/**
 * Loads what the image would load with the real nft, in an empty network namespace of its own, and reads
 * it back. Where that can't be done (no nft, no namespaces, an interface that is not here) it says why.
 */
export async function loadRulesets(context: CheckContext): Promise<LoadedRulesets> {
  const { loaders, foreign } = await context.read(findRulesetLoaders)
  const nothing = { loaders, rulesets: [] }
  if (loaders.length === 0) {
    return foreign.length > 0
      ? { ...nothing, unknown: `The firewall is set up by ${foreign.join(', ')}, which we can't load` }
      : { ...nothing, none: 'No enabled unit loads an nftables rule set (nft -f)' }
  }
  const orders = loaders.length <= 3 ? loadingOrders(loaders) : []
  if (orders.length === 0)
    return { ...nothing, unknown: 'The order in which units load rule sets can not be told' }
  const rulesets: Ruleset[] = []
  for (const order of orders) {
    try {
      let text = ''
      for (const step of order.flatMap(({ steps }) => steps)) {
        text += 'file' in step ? (await flattenRuleset(context.image, step.file)).text : step.command
        text += '\n'
      }
      const loaded = await load(context, text)
      if ('unknown' in loaded) return { ...nothing, unknown: loaded.unknown }
      rulesets.push(loaded.ruleset)
    } catch (error) {
      if (!(error instanceof RulesetProblem)) throw error
      return error.fatal
        ? { ...nothing, none: `The rule set can't be loaded: ${error.message}` }
        : { ...nothing, unknown: error.message }
    }
  }
  return { loaders, rulesets }
}

const files = new WeakMap<CheckContext, Map<string, Promise<LoadedRulesets>>>()

/** A rule set that something loads later, alone: the file as the image has it, read by the real nft, once. */
export function loadRulesetFile(context: CheckContext, file: string): Promise<LoadedRulesets> {
  const own = files.get(context) ?? new Map<string, Promise<LoadedRulesets>>()
  files.set(context, own)
  const loaded = own.get(file) ?? readRulesetFile(context, file)
  own.set(file, loaded)
  return loaded
}

async function readRulesetFile(context: CheckContext, file: string): Promise<LoadedRulesets> {
  const nothing = { loaders: [], rulesets: [] }
  try {
    const loaded = await load(context, (await flattenRuleset(context.image, file)).text)
    return 'unknown' in loaded
      ? { ...nothing, unknown: loaded.unknown }
      : { loaders: [], rulesets: [loaded.ruleset] }
  } catch (error) {
    if (!(error instanceof RulesetProblem)) throw error
    return error.fatal
      ? { ...nothing, none: `${file} can't be loaded: ${error.message}` }
      : { ...nothing, unknown: error.message }
  }
}

async function load(
  context: CheckContext,
  text: string
): Promise<{ ruleset: Ruleset } | { unknown: string }> {
  const namespace = context.uid === 0 ? ['-n'] : ['-rn']
  try {
    const done = await context.exec.run('unshare', [...namespace, 'sh', '-c', script], {
      input: text,
      timeout,
      maxBuffer: 32 * 1024 * 1024
    })
    if (done.exitCode === 0) return { ruleset: parseRuleset(done.stdout.toString('utf8')) }
    const reason = done.timedOut
      ? `it took longer than ${timeout / 1000} s`
      : done.stderr.trim().split('\n').slice(0, 3).join(' ')
    return { unknown: `nft could not load the rule set here: ${reason}` }
  } catch (error) {
    if (error instanceof HardenError && error.kind === 'interrupted') throw error
    return { unknown: `nft could not load the rule set here: ${messageOf(error)}` }
  }
}
