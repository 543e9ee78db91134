import { resolve } from 'node:path'
import * as v from 'valibot'
import { isAlias, isMap, isPair, isScalar, LineCounter, type Node, type Pair, parseDocument } from 'yaml'
import type { Finding, Range } from '../base/finding.ts'
import type { ProjectConfig } from './config.ts'
import { fleetProblems } from './fleet-problems.ts'
import { ConfigFile, knownKeys } from './schema.ts'
import { nearest } from './suggest.ts'

/** What came out of a kas-harden.yml; without `config` there is at least one error among the findings. */
export interface ParsedConfig {
  config: ProjectConfig | undefined
  findings: readonly Finding[]
}

type Step = string | number

/**
 * Reads the text of a kas-harden.yml. Never throws: every problem is a finding with line and column.
 * @param path for the findings; relative folders in the file count from `directory`.
 */
export function parseProjectConfig(source: string, path: string, directory: string): ParsedConfig {
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false })
  const findings: Finding[] = []
  const at = (start: number, end: number): Range => {
    const from = lines.linePos(start)
    const to = lines.linePos(Math.max(start, end))
    return {
      line: Math.max(1, from.line),
      column: Math.max(1, from.col),
      endLine: to.line,
      endColumn: to.col
    }
  }
  const add = (code: string, severity: Finding['severity'], message: string, range: Range, hint?: string) =>
    findings.push({ code, severity, message, path, range, hint })

  for (const error of document.errors) {
    add('CONFIG_YAML', 'error', firstSentence(error.message), at(error.pos[0], error.pos[1]))
  }
  if (findings.length > 0) return { config: undefined, findings }

  const whereIs = (steps: readonly Step[], key: boolean): Range => {
    let node: Node | Pair | null = document.contents
    for (const [index, step] of steps.entries()) {
      if (isAlias(node)) node = node.resolve(document) ?? null
      if (isMap(node)) {
        const pair: Pair | undefined = node.items.find(
          (item) => isScalar(item.key) && String(item.key.value) === String(step)
        )
        if (!pair) break
        node = key && index === steps.length - 1 ? (pair.key as Node) : ((pair.value ?? pair.key) as Node)
      } else if (node && 'items' in node) {
        node = (node.items[Number(step)] as Node | undefined) ?? node
      }
    }
    const range = isPair(node) ? undefined : node?.range
    return range ? at(range[0], range[1]) : { line: 1, column: 1 }
  }

  let raw: unknown
  try {
    raw = document.toJS({ maxAliasCount: 100 }) ?? {}
  } catch {
    add('CONFIG_YAML', 'error', 'the aliases of this file expand without end', { line: 1, column: 1 })
    return { config: undefined, findings }
  }
  if (typeof raw !== 'object' || Array.isArray(raw)) {
    add('CONFIG_INVALID', 'error', 'kas-harden.yml must be a dictionary', { line: 1, column: 1 })
    return { config: undefined, findings }
  }
  const result = v.safeParse(ConfigFile, raw)
  for (const issue of result.issues ?? []) {
    const steps = (issue.path ?? []).map((item) => item.key as Step)
    const { message, hint, onKey } = explain(issue, steps)
    add('CONFIG_INVALID', 'error', message, whereIs(steps, onKey), hint)
  }
  if (!result.success) return { config: undefined, findings }

  const file = result.output
  for (const { steps, message } of duplicates(file))
    add('CONFIG_DUPLICATE', 'error', message, whereIs(steps, false))
  for (const { steps, message } of fleetProblems(file.boards))
    add('CONFIG_BOARDS', 'error', message, whereIs(steps, false))
  if (findings.length > 0) return { config: undefined, findings }
  file.accounts.forEach((account, index) => {
    if (account.sshKey ?? account.passwordHash ?? account.sshKeys?.[0]) return
    add(
      'CONFIG_NO_WAY_IN',
      'warning',
      `the account '${account.name}' has neither an SSH key nor a password: nobody can log in with it`,
      whereIs(['accounts', index, 'name'], false),
      'Add `sshKey: ssh-ed25519 ...` or `passwordHash: $y$...`.'
    )
  })
  const places = {
    parameters: Object.fromEntries(
      Object.keys(file.parameters).map((name) => [name, whereIs(['parameters', name], true)])
    ),
    waivers: file.waivers.map((one, index) =>
      whereIs(['waivers', index, one.requirement === undefined ? 'check' : 'requirement'], false)
    ),
    statements: file.statements.map((_, index) => whereIs(['statements', index, 'requirement'], false))
  }
  return { config: { ...projectConfig(file, path, directory), places }, findings }
}

function projectConfig(file: ConfigFile, path: string, directory: string): ProjectConfig {
  return {
    ...file,
    path,
    directory,
    controls: file.controls.map((folder) => resolve(directory, folder)),
    accounts: file.accounts.map(({ sshKey, sshKeys, ...account }) => ({
      ...account,
      sshKeys: [...(sshKey === undefined ? [] : [sshKey]), ...(sshKeys ?? [])].map((key) => key.trim())
    }))
  }
}

function explain(
  issue: v.BaseIssue<unknown>,
  steps: readonly Step[]
): { message: string; hint?: string; onKey: boolean } {
  const name = steps.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    ''
  )
  const key = String(steps.at(-1) ?? '')
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const dictionary = steps
      .slice(0, -1)
      .filter((step) => typeof step === 'string')
      .join('.')
    const known = knownKeys[dictionary] ?? []
    const meant = nearest(key, known)
    const place = dictionary === '' ? 'kas-harden.yml' : `\`${dictionary}\``
    return {
      message: `${place} has no key '${key}'`,
      hint: meant === undefined ? `Known keys: ${known.join(', ')}.` : `Did you mean '${meant}'?`,
      onKey: true
    }
  }
  if (issue.type === 'strict_object' && issue.input === undefined) {
    return { message: `\`${name}\` is missing`, onKey: false }
  }
  if (issue.type === 'strict_object' || issue.type === 'loose_object') {
    return { message: `${name === '' ? 'kas-harden.yml' : `\`${name}\``} must be a dictionary`, onKey: false }
  }
  const origin = issue.path?.at(-1)?.origin
  return { message: `\`${name}\` ${issue.message}`, onKey: origin === 'key' }
}

/** Things that stand twice and must not. */
function duplicates(file: ConfigFile): { steps: Step[]; message: string }[] {
  const found: { steps: Step[]; message: string }[] = []
  const look = (list: string, names: readonly string[], what: (name: string) => string, key?: string) => {
    names.forEach((name, index) => {
      if (names.indexOf(name) !== index) {
        found.push({ steps: key === undefined ? [list, index] : [list, index, key], message: what(name) })
      }
    })
  }
  look(
    'accounts',
    file.accounts.map((account) => account.name),
    (name) => `the account '${name}' stands here twice`,
    'name'
  )
  look('controls', file.controls, (name) => `the folder '${name}' stands here twice`)
  look(
    'waivers',
    file.waivers.map((waiver) => waiver.requirement ?? `check ${waiver.check ?? ''}`),
    (name) => `'${name}' is waived twice`
  )
  return found
}

function firstSentence(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '')
}
