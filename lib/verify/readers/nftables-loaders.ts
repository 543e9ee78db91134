import type { Evidence } from '../../controls/result.ts'
import type { CheckContext } from '../check-context.ts'
import { readLines } from './lines.ts'
import { splitCommand } from './unit-commands.ts'
import type { Unit } from './unit-file.ts'
import { obstaclesOf } from './unit-obstacles.ts'
import { readUnits } from './units.ts'

/** A started unit that loads a rule set, and what it loads, in order. */
export interface RulesetLoader {
  unit: Unit
  steps: readonly LoadingStep[]
}

/** A file (`nft -f FILE`) or a command of nft's own command line (`nft flush ruleset`). */
export type LoadingStep = { file: string } | { command: string }

/** Who loads rules at boot. */
export interface RulesetLoaders {
  loaders: readonly RulesetLoader[]
  /** Started units that set up a firewall by other means than nft. */
  foreign: readonly string[]
}

const foreignFirewalls = [
  'firewalld.service',
  'ufw.service',
  'netfilter-persistent.service',
  'shorewall.service',
  'ferm.service'
]

/** Finds the started services whose commands, or the shell scripts they run, call `nft -f FILE`. */
export async function findRulesetLoaders(context: CheckContext): Promise<RulesetLoaders> {
  const units = await context.read(readUnits)
  // All at once: an archive gives the programs of every unit in one pass.
  const found = await Promise.all(
    [...units.started.keys()]
      .filter((name) => name.endsWith('.service'))
      .map(async (name): Promise<readonly RulesetLoader[]> => {
        const unit = await units.load(name)
        if (!unit) return []
        if ((await obstaclesOf(context, unit)).some(({ status }) => status === 'fail')) return []
        const commands = ['ExecStartPre', 'ExecStart', 'ExecStartPost'].flatMap((key) =>
          unit.values('Service', key)
        )
        const steps = await Promise.all(
          commands.map(async ({ value }): Promise<readonly LoadingStep[]> => [
            ...(await filesOf(context, value)).map((file) => ({ file })),
            ...commandOf(value).map((command) => ({ command }))
          ])
        )
        return steps.flat().length > 0 ? [{ unit, steps: steps.flat() }] : []
      })
  )
  const loaders = found.flat()
  return { loaders, foreign: foreignFirewalls.filter((name) => units.started.has(name)) }
}

async function filesOf(context: CheckContext, command: string): Promise<readonly string[]> {
  const words = splitCommand(command)
  const program = words[0] ?? ''
  if (program.endsWith('/nft') || program === 'nft') return fileArguments(words)
  const text =
    /\/(?:ba|da)?sh$/.test(program) && words.includes('-c') ? words[words.indexOf('-c') + 1] : undefined
  if (text !== undefined) return scriptFiles(text.split(/\n/))
  // Only scripts are looked into, and only small ones; nothing is run.
  const entry = context.image.stat(program)
  if (entry?.type !== 'file' || entry.size > 64 * 1024) return []
  const lines = (await readLines(context.image, program)) ?? []
  return /^#!.*\b(?:ba|da)?sh\b/.test(lines[0]?.text ?? '')
    ? scriptFiles(lines.map(({ text: line }) => line))
    : []
}

/** `nft flush ruleset`: what a unit's own command line gives to nft as a command that changes rules. */
function commandOf(value: string): readonly string[] {
  const [program = '', ...words] = splitCommand(value)
  if (!/(?:^|\/)nft$/.test(program)) return []
  const rest = words.filter((word) => !word.startsWith('-'))
  const changes = /^(?:add|create|delete|destroy|flush|insert|replace|rename|reset|table)$/.test(
    rest[0] ?? ''
  )
  return changes && !words.some((word) => /^(?:-f|--file)/.test(word)) ? [rest.join(' ')] : []
}

function fileArguments(words: readonly string[]): readonly string[] {
  const files: string[] = []
  for (let at = 1; at < words.length; at++) {
    const word = words[at] ?? ''
    const joined = /^(?:--file=|-f)(.+)$/.exec(word)?.[1]
    if (word === '-f' || word === '--file') files.push(words[++at] ?? '')
    else if (joined !== undefined) files.push(joined)
  }
  return files
}

/** The first `nft -f` of a script; later ones are what it does when the first one fails. */
function scriptFiles(lines: readonly string[]): readonly string[] {
  const variables = new Map<string, string>()
  for (const line of lines) {
    if (/^\s*#/.test(line)) continue
    const assigned = /^\s*(?:readonly\s+)?([A-Za-z_]\w*)=(["']?)([^"'$`\s]*)\2\s*$/.exec(line)
    if (assigned) variables.set(assigned[1] ?? '', assigned[3] ?? '')
    const call = /(?:^|[\s;&|!/])nft\s+(?:-\w+\s+)*?(?:-f|--file)[ =]?\s*("[^"]*"|'[^']*'|[^\s;&|)]+)/.exec(
      line
    )
    if (!call) continue
    const word = (call[1] ?? '').replace(/^(["'])(.*)\1$/, '$2')
    return [word.replace(/\$\{?([A-Za-z_]\w*)\}?/g, (_, name: string) => variables.get(name) ?? '')]
  }
  return []
}

/** Possible orders of the loaders: After= and Before= between them decide, else any. */
export function loadingOrders(loaders: readonly RulesetLoader[]): readonly (readonly RulesetLoader[])[] {
  if (loaders.length <= 1) return [loaders]
  return loaders.flatMap((last) => {
    const others = loaders.filter((one) => one !== last)
    // Whoever must come before another one can't be last.
    if (others.some((one) => comesBefore(last.unit, one.unit))) return []
    return loadingOrders(others).map((order) => [...order, last])
  })
}

function comesBefore(a: Unit, b: Unit): boolean {
  const names = (unit: Unit, key: string): readonly string[] =>
    unit.values('Unit', key).flatMap(({ value }) => value.split(/\s+/))
  return names(a, 'Before').includes(b.name) || names(b, 'After').includes(a.name)
}

/** The loaders as evidence. */
export function seenLoaders(loaders: readonly RulesetLoader[]): readonly Evidence[] {
  return loaders.map(({ unit, steps }) => ({
    path: unit.fragment ?? '',
    value: steps.map((step) => ('file' in step ? step.file : step.command)).join(' ')
  }))
}
