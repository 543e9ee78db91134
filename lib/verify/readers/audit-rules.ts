import type { CheckContext } from '../check-context.ts'
import type { Evidence } from '../../controls/result.ts'
import { byCodeUnit } from '../../base/text.ts'
import type { Line } from './lines.ts'
import { readLines, seen } from './lines.ts'
import { splitCommand } from './unit-commands.ts'
import type { Unit } from './unit-file.ts'
import { obstaclesOf } from './unit-obstacles.ts'
import { readUnits } from './units.ts'
import { byVersion } from './version-sort.ts'

/** One `-a` or `-w` rule. */
export interface AuditRule {
  /** `exit`, `task`, `user`, `exclude`, `filesystem`, `io_uring`. */
  list: string
  action: string
  syscalls: readonly string[]
  /** Fields of -F: `path`, `dir`, `perm`, `arch`, `auid`, … with operator and value. */
  fields: readonly { name: string; op: string; value: string }[]
  keys: readonly string[]
  place: Line
}

/** What the kernel has after boot. */
export interface AuditRules {
  rules: readonly AuditRule[]
  /** Control lines in force by option: `-e` -> `-e 2`. */
  controls: ReadonlyMap<string, { text: string; place: Line }>
  /** Why no rule is loaded at all, when none is. */
  notLoaded?: { message: string; evidence: readonly Evidence[] }
}

/**
 * The rules as they are loaded at boot: by augenrules from rules.d (sorted as `ls -1v`, the last -D first,
 * then -b and -f, the last -e at the end), or by `auditctl -R FILE`, whichever an enabled unit runs. A line
 * auditctl can't take ends the loading unless -i or -c came before.
 */
export async function readAuditRules(context: CheckContext): Promise<AuditRules> {
  const loader = await loaderOf(context)
  if ('message' in loader) return { rules: [], controls: new Map(), notLoaded: loader }
  const lines =
    loader.file === undefined ? await merged(context) : ((await readLines(context.image, loader.file)) ?? [])
  return load(lines)
}

/** auditd.service in bookworm, audit-rules.service in trixie; either may have been changed by hand. */
async function loaderOf(
  context: CheckContext
): Promise<{ file: string | undefined } | { message: string; evidence: readonly Evidence[] }> {
  const units = await context.read(readUnits)
  const candidates: Unit[] = []
  for (const name of ['audit-rules.service', 'auditd.service']) {
    const unit = await units.load(name)
    if (unit?.fragment !== undefined) candidates.push(unit)
  }
  for (const unit of candidates) {
    for (const key of ['ExecStartPre', 'ExecStart', 'ExecStartPost']) {
      for (const setting of unit.values('Service', key)) {
        const [program = '', ...words] = splitCommand(setting.value)
        const file = words[words.indexOf('-R') + 1]
        const merges = program.endsWith('/augenrules') && words.includes('--load')
        const reads = program.endsWith('/auditctl') && words.includes('-R')
        if (!merges && !reads) continue
        if (unit.masked || !units.started.has(unit.name)) {
          return {
            message: `${unit.name}, which loads the rules, is ${unit.masked ? 'masked' : 'not started'}`,
            evidence: [{ path: unit.fragment ?? '' }]
          }
        }
        const obstacle = (await obstaclesOf(context, unit)).find(({ status }) => status === 'fail')
        if (obstacle) {
          return {
            message: `${unit.name}, which loads the rules: ${obstacle.message}`,
            evidence: [obstacle.evidence]
          }
        }
        return { file: merges ? undefined : file }
      }
    }
  }
  const evidence = candidates.map((unit) => ({ path: unit.fragment ?? '' }))
  return { message: 'No unit loads audit rules (augenrules --load or auditctl -R)', evidence }
}

async function merged({ image }: CheckContext): Promise<readonly Line[]> {
  const directory = '/etc/audit/rules.d'
  const names = image
    .list(directory)
    .filter((name) => name.endsWith('.rules'))
    .sort(byVersion)
  const all: Line[] = []
  for (const name of names) {
    if (/\s/.test(name)) continue // augenrules splits the list of names at blanks
    all.push(...((await readLines(image, `${directory}/${name}`)) ?? []))
  }
  const plain = all.filter(({ text }) => text !== '' && !/^\s*#/.test(text))
  const special = [/^\s*-D\s*$/, /^\s*-b/, /^\s*-f/, /^\s*-e/] as const
  const last = special.map((pattern) => plain.findLast(({ text }) => pattern.test(text)))
  const rest = plain.filter(({ text }) => !special.some((pattern) => pattern.test(text)))
  return [...last.slice(0, 3), ...rest, last[3]].filter((line) => line !== undefined)
}

/** Options of auditctl(8) that may stand in a file of rules. */
const options =
  /^-(?:[aAbcCdDefFhiklmpqrRsStvwW]|-signal|-loginuid-immutable|-backlog_wait_time|-reset-lost|-reset_backlog_wait_time_actual)$/

function load(lines: readonly Line[]): AuditRules {
  let rules: AuditRule[] = []
  const controls = new Map<string, { text: string; place: Line }>()
  let tolerant = false
  for (const place of lines) {
    const words = splitCommand(` ${place.text.trim()}`)
    const option = words[0] ?? ''
    if (option === '' || option.startsWith('#')) continue
    if (!options.test(option)) {
      if (tolerant) continue
      break // auditctl -R stops at the first line it can't take
    }
    if (option === '-i' || option === '-c') tolerant = true
    else if (option === '-D') rules = deleted(rules, words)
    else if (option === '-d' || option === '-W') {
      const left = withoutRule(rules, parseRule(words, place))
      if (left.length === rules.length && !tolerant) break // no such rule: auditctl -R stops
      rules = left
    } else if (option === '-a' || option === '-A' || option === '-w') {
      const rule = parseRule(words, place)
      if (option === '-A') rules.unshift(rule)
      else rules.push(rule)
    } else controls.set(option, { text: words.join(' '), place })
  }
  return { rules, controls }
}

/** `-D` alone deletes everything, `-D -k key` the rules of a key. */
function deleted(rules: readonly AuditRule[], words: readonly string[]): AuditRule[] {
  const at = words.indexOf('-k')
  const key = at < 0 ? undefined : words[at + 1]
  return key === undefined ? [] : rules.filter(({ keys }) => !keys.includes(key))
}

/** `-d` takes away the rule that says the same, `-W` a watch; keys and permissions are not asked, to be sure. */
function withoutRule(rules: readonly AuditRule[], gone: AuditRule): AuditRule[] {
  const shape = ({ list, action, syscalls, fields }: AuditRule) =>
    JSON.stringify([
      list,
      action,
      [...syscalls].sort(byCodeUnit),
      fields
        .filter(({ name }) => name !== 'perm')
        .map(({ name, op, value }) => `${name}${op}${value}`)
        .sort(byCodeUnit)
    ])
  return rules.filter((rule) => shape(rule) !== shape(gone))
}

function parseRule(words: readonly string[], place: Line): AuditRule {
  const rule = {
    list: 'exit',
    action: 'always',
    syscalls: [] as string[],
    fields: [] as { name: string; op: string; value: string }[],
    keys: [] as string[],
    place
  }
  for (let at = 0; at < words.length; at += 2) {
    const value = words[at + 1] ?? ''
    switch (words[at]) {
      case '-a':
      case '-A':
      case '-d':
        // `always,exit` and `exit,always` are the same.
        for (const part of value.split(',')) {
          if (part === 'always' || part === 'never' || part === 'possible') rule.action = part
          else rule.list = part
        }
        break
      case '-w':
      case '-W': {
        const path = value.length > 1 ? value.replace(/\/$/, '') : value
        rule.fields.push({ name: 'watch', op: '=', value: path })
        break
      }
      case '-p':
        rule.fields.push({ name: 'perm', op: '=', value })
        break
      case '-S':
        rule.syscalls.push(...value.split(','))
        break
      case '-k':
        rule.keys.push(value)
        break
      case '-F': {
        const match = /^(\w+)(!=|>=|<=|&=|=|>|<|&)(.*)$/.exec(value)
        if (match?.[1] === 'key') rule.keys.push(match[3] ?? '')
        else if (match) rule.fields.push({ name: match[1] ?? '', op: match[2] ?? '', value: match[3] ?? '' })
        break
      }
    }
  }
  return rule
}

/** A rule as evidence. */
export function seenRule(rule: AuditRule): Evidence {
  return seen(rule.place)
}
