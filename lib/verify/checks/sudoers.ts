import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed, undecided } from '../check-context.ts'
import { compare } from '../compare.ts'
import { seen } from '../readers/lines.ts'
import type { Line } from '../readers/lines.ts'
import type { Sudoers } from '../readers/sudoers.ts'
import { openCommands } from './sudo-commands.ts'
import { readSudoers } from '../readers/sudoers.ts'
import type { SudoDefault } from '../readers/sudoers-syntax.ts'

/** What sudo itself does when nothing is said (sudoers(5)); use_pty is on since 1.9.14, so in trixie. */
function builtIn(name: string, release: string | undefined): string | boolean | undefined {
  if (name === 'timestamp_timeout') return '15'
  if (name === 'passwd_tries') return '3'
  if (name === 'passwd_timeout') return '0'
  if (name === 'env_reset' || name === 'authenticate' || name === 'mail_no_user') return true
  return name === 'use_pty' && release !== 'bookworm' && release !== 'bullseye' && release !== undefined
}

/** Defaults in force and what the rules of sudoers grant. */
export async function checkSudoers(check: CheckOf<'sudoers'>, context: CheckContext): Promise<Outcome> {
  const sudoers = await context.read(readSudoers)
  if (!sudoers) return failed('There is no /etc/sudoers in the image')
  const parts = [
    ...(check.defaults ?? []).map((wanted) => defaultIs(sudoers, wanted, true, context.release)),
    ...(check.forbidDefaults ?? []).map((wanted) => defaultIs(sudoers, wanted, false, context.release)),
    ...(check.defaults?.includes('use_pty') ? [records(sudoers)] : []),
    ...(check.noNopasswd ? [noNopasswd(sudoers)] : []),
    ...(check.allOnlyFor ? [allOnlyFor(sudoers, check.allOnlyFor)] : []),
    ...(check.noShells ? [noShells(sudoers, check.allOnlyFor ?? [], context)] : [])
  ]
  const outcome = combined(parts, 'Defaults and rules of sudo as wanted')
  if (sudoers.refused.length === 0 || outcome.status !== 'fail') return outcome
  const refused = sudoers.refused.map((path) => ({ path, value: 'owner or mode: sudo does not read it' }))
  return {
    ...outcome,
    message: `${outcome.message} (sudo refuses ${sudoers.refused.join(', ')})`,
    evidence: [...outcome.evidence, ...refused]
  }
}

/** `use_pty`, `!pwfeedback`, `timestamp_timeout<=5`: whether it holds for everybody. */
function defaultIs(sudoers: Sudoers, wanted: string, must: boolean, release: string | undefined): Outcome {
  const match = /^(!?)([a-z_0-9]+)\s*(?:(<=|>=|!=|<|>|=)\s*(.*))?$/.exec(wanted.trim())
  if (!match) return undecided(`The check's Defaults '${wanted}' can't be read`)
  const [, bang, name = '', sign, value = ''] = match
  const op = (['<=', '>=', '!=', '<', '>', '='] as const).find((one) => one === sign)
  const answers = (actual: string | boolean): boolean => {
    const off = actual === false || (typeof actual === 'string' && actual.startsWith('-'))
    if (op === undefined) return (actual !== false) !== (bang === '!')
    // A negated timeout is 0; a negative one never ends, so it stays under no limit.
    if (actual === false) return compare('0', op, value)
    return compare(actual === true ? '' : actual, op, value, { off: () => off })
  }
  const own = sudoers.defaults.filter((one) => one.name === name)
  const global = own.filter(({ scope }) => scope === undefined)
  const actual = global.length > 0 ? valueOf(global) : (builtIn(name, release) ?? false)
  const scoped = own.filter(({ scope }) => scope !== undefined)
  const shown = actual === true ? name : actual === false ? `!${name}` : `${name}=${actual}`
  const evidence = global.slice(-1).map(({ place }) => seen(place))
  if (must) {
    if (!answers(actual)) return failed(`Defaults: ${shown} is in force; it must be ${wanted}`, evidence)
    const weaker = scoped.filter((one) => !answers(valueOf([one])))
    if (weaker.length > 0)
      return failed(
        `Defaults: ${wanted} is taken back for ${weaker.map(({ scope }) => scope).join(', ')}`,
        weaker.map(({ place }) => seen(place))
      )
    return passed(`Defaults: ${shown}`, evidence)
  }
  const bad = scoped.filter((one) => answers(valueOf([one])))
  if (answers(actual)) return failed(`Defaults: ${shown} is in force`, evidence)
  return bad.length > 0
    ? failed(
        `Defaults: ${wanted} is in force for ${bad.map(({ scope }) => scope).join(', ')}`,
        bad.map(({ place }) => seen(place))
      )
    : passed(`Defaults: ${wanted} is not in force`, evidence)
}

/** The last one counts; `+=` and `-=` change lists we do not compare by parts. */
function valueOf(defaults: readonly SudoDefault[]): string | boolean {
  const last = defaults.at(-1)
  if (!last || last.negated) return false
  return last.op === undefined ? true : last.value
}

/** sudo writes down what it runs and refuses, unless told not to (sudoers(5)). */
function records({ defaults }: Sudoers): Outcome {
  const bad = defaults.filter(
    ({ name, negated, value }) =>
      (/^(?:log_allowed|log_denied|syslog)$/.test(name) && negated) ||
      (/^syslog_(?:good|bad)pri$/.test(name) && (negated || value === 'none'))
  )
  return bad.length > 0
    ? failed(
        `sudo does not record everything: ${bad.map(({ name }) => name).join(', ')}`,
        bad.map(({ place }) => seen(place))
      )
    : passed('sudo records what it runs and refuses')
}

function noNopasswd(sudoers: Sudoers): Outcome {
  const rules = sudoers.rules.filter(({ commands }) => commands.some(({ tags }) => tags.includes('NOPASSWD')))
  const defaults = sudoers.defaults.filter(
    ({ name, negated, op, value }) =>
      (name === 'authenticate' && negated) ||
      (name === 'exempt_group' && op !== undefined && !negated) ||
      // Another account's password proves nothing about who asks.
      (/^(?:root|target|runas)pw$/.test(name) && !negated) ||
      // Another stack of PAM than the one that is checked, or none of its account rules.
      (/^pam_(?:login_)?service$/.test(name) && op !== undefined && !negated && !isOwnService(name, value)) ||
      (name === 'pam_acct_mgmt' && negated) ||
      // One password for every session of an account, or tickets where others may write them.
      (name === 'timestamp_type' && value === 'global') ||
      (name === 'tty_tickets' && negated) ||
      name === 'timestampdir'
  )
  const places = [...rules, ...defaults].map(({ place }) => seen(place))
  return places.length > 0
    ? failed('Commands run without the own password', places)
    : passed('No rule goes without a password')
}

function isOwnService(name: string, value: string): boolean {
  return value === 'sudo' || (name === 'pam_login_service' && value === 'sudo-i')
}

function allOnlyFor(sudoers: Sudoers, allowed: readonly string[]): Outcome {
  const may = new Set(['root', '#0', ...allowed])
  const bad = sudoers.rules.filter(
    ({ users, commands }) =>
      commands.some(({ command }) => members(sudoers.aliases.commands, command).includes('ALL')) &&
      isForOthers(sudoers, users, may)
  )
  return bad.length > 0
    ? failed(
        `Others than ${[...may].filter((one) => one !== '#0').join(', ')} may run everything`,
        bad.map(({ place }) => seen(place))
      )
    : passed(`Only ${[...may].filter((one) => one !== '#0').join(', ')} may run everything`)
}

/** Whether a rule is for somebody who is not in the set. */
function isForOthers(sudoers: Sudoers, users: readonly string[], may: ReadonlySet<string>): boolean {
  return users
    .flatMap((user) => members(sudoers.aliases.users, user))
    .some((user) => !user.startsWith('!') && !may.has(user))
}

/** Nobody but those allowed has a command that runs whatever one likes. `ALL` is judged by `allOnlyFor`. */
function noShells(sudoers: Sudoers, allowed: readonly string[], { image }: CheckContext): Outcome {
  const may = new Set(['root', '#0', ...allowed])
  const others = sudoers.rules.filter(({ users }) => isForOthers(sudoers, users, may))
  const bad = others.flatMap(({ commands, place }) => {
    const granted = commands.flatMap(({ command }) => members(sudoers.aliases.commands, command))
    const own = commands.some(({ tags }) => tags.includes('SETENV')) ? ['SETENV'] : []
    return [...openCommands(granted, image), ...own].map((why) => ({ why, place }))
  })
  if (others.length > 0) bad.push(...openEnvironment(sudoers))
  return bad.length > 0
    ? failed(
        `A role may run more than its commands: ${[...new Set(bad.map(({ why }) => why))].join(', ')}`,
        bad.map(({ place }) => seen(place))
      )
    : passed('No role has a shell, an interpreter or a pattern among its commands')
}

/** Variables by which a program loads or starts what its caller names. */
const loaded =
  /(?:^|\s)(?:LD_\w*|PATH|PAGER|EDITOR|VISUAL|\w+_PAGER|PERL5\w*|PYTHON\w*|BASH_ENV|ENV|IFS|\*)(?:\s|=|$)/

/** Defaults that hand the caller's environment on to the command. */
function openEnvironment({ defaults }: Sudoers): { why: string; place: Line }[] {
  const last = (name: string) => defaults.findLast((one) => one.name === name && one.scope === undefined)
  const kept = defaults.filter(
    ({ name, op, value }) => name === 'env_keep' && (op === '=' || op === '+=') && loaded.test(value)
  )
  const scoped = defaults.filter(
    ({ name, negated, scope }) =>
      scope !== undefined && ((name === 'setenv' && !negated) || (name === 'env_reset' && negated))
  )
  const [setenv, reset] = [last('setenv'), last('env_reset')]
  // Programs by name are looked for where others may put them; a file of variables, another editor (sudoers(5)).
  const led = defaults.filter(
    ({ name, negated, value }) =>
      (name === 'secure_path' &&
        (negated ||
          value.split(':').some((path) => !/^\/(?:usr\/(?:local\/)?)?s?bin$|^\/snap\/bin$/.test(path)))) ||
      (/^(?:env_file|group_plugin)$/.test(name) && !negated)
  )
  return [
    ...kept,
    ...led,
    ...scoped,
    ...(setenv?.negated === false ? [setenv] : []),
    ...(reset?.negated ? [reset] : [])
  ].map(({ name, place }) => ({ why: `the caller's environment (${name})`, place }))
}

/** An alias with everything in it; a plain name is itself. */
function members(
  aliases: ReadonlyMap<string, readonly string[]>,
  name: string,
  depth = 0
): readonly string[] {
  const plain = name.replace(/^!+/, '').trim()
  const inside = depth < 16 ? aliases.get(plain) : undefined
  if (!inside) return [name]
  const negated = (/^!*/.exec(name)?.[0].length ?? 0) % 2 === 1
  return negated ? [] : inside.flatMap((one) => members(aliases, one, depth + 1))
}
