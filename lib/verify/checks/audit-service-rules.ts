import type { Outcome } from '../check-context.ts'
import { failed, passed } from '../check-context.ts'
import type { AuditRule } from '../readers/audit-rules.ts'
import { seenRule } from '../readers/audit-rules.ts'

type Field = AuditRule['fields'][number]

/** The login id of a process nobody logged in for, (uid_t)-1. */
const unset = 4294967295
/** Login ids of what no person started: none at all, or that of a system account (cron gives its jobs one). */
const nobodys: readonly (readonly [low: number, high: number])[] = [
  [unset, unset],
  [1, 999]
]

/**
 * Whether a system call is recorded for every account of a service: whoever is not root and no person. A rule
 * counts without any other condition; a `never` rule before it counts against it, unless it is about one program, an
 * account that is named in `except`, root or people only.
 * @param all every rule, in order
 * @param wide true where the kernel's own system calls are the 64-bit ones
 */
export function recordedForServices(
  all: readonly AuditRule[],
  syscall: string,
  except: readonly string[],
  wide: boolean
): Outcome {
  const silent = all.find(silences)
  if (silent) return failed(`A rule takes every record of ${syscall} away`, [seenRule(silent)])
  const counting = all.filter(
    (rule) =>
      rule.action === 'always' && rule.list === 'exit' && fitsArchitecture(rule, wide) && names(rule, syscall)
  )
  const found = nobodys.map((ids) => counting.find((rule) => recordsAll(rule, ids)))
  const missing = nobodys.find((_, index) => found[index] === undefined)
  if (missing) {
    const whose = missing[0] === unset ? 'without a login id' : 'with the login id of a system account'
    return failed(`No rule records ${syscall} of services ${whose}`)
  }
  const last = Math.max(...found.map((rule) => (rule ? all.indexOf(rule) : -1)))
  const never = all
    .slice(0, last)
    .find(
      (rule) =>
        rule.action === 'never' &&
        rule.list === 'exit' &&
        fitsArchitecture(rule, wide) &&
        (rule.syscalls.length === 0 || names(rule, syscall)) &&
        hidesServices(rule, except)
    )
  if (never) return failed(`A rule before it leaves ${syscall} of services out`, [seenRule(never)])
  return passed(
    `${syscall} of services is recorded`,
    found.flatMap((rule) => (rule ? [seenRule(rule)] : []))
  )
}

/** No task is audited, or records of system calls are excluded, or those of a range of people or types. */
function silences({ list, action, fields }: AuditRule): boolean {
  if (list === 'task') return action === 'never' && fields.every(({ name }) => name === 'arch')
  return (
    list === 'exclude' &&
    action !== 'possible' &&
    fields.every(
      ({ name, op, value }) => op !== '=' || (name === 'msgtype' && /^(?:SYSCALL|1300)$/i.test(value))
    )
  )
}

function names(rule: AuditRule, syscall: string): boolean {
  return rule.syscalls.includes(syscall) || rule.syscalls.includes('all')
}

function fitsArchitecture({ fields }: AuditRule, wide: boolean): boolean {
  const arch = fields.find(({ name, op }) => name === 'arch' && op === '=')?.value
  return arch === undefined || !wide || arch === 'b64' || arch === 'x86_64' || arch === 'aarch64'
}

/** No condition but on architecture, login id and user, and those hold for all of them. */
function recordsAll({ fields }: AuditRule, [low, high]: readonly [number, number]): boolean {
  return fields.every((field) => {
    if (field.name === 'arch') return field.op === '='
    if (field.name === 'auid' || field.name === 'loginuid') return holdsFor(field, low, high)
    if (field.name === 'uid') return holdsFor(field, 1, unset - 1)
    return false
  })
}

function hidesServices({ fields }: AuditRule, except: readonly string[]): boolean {
  // One program is left out by whoever means that program.
  if (fields.some(({ name, op }) => (name === 'exe' || name === 'path') && op === '=')) return false
  const users = fields.filter(({ name }) => name === 'uid')
  if (users.some(({ op, value }) => op === '=' && (except.includes(value) || numberOf(value) === 0)))
    return false
  const logins = fields.filter(({ name }) => name === 'auid' || name === 'loginuid')
  // What can't be a number is a name, of whom nobody knows.
  const possible = (id: number): boolean => logins.every((field) => holdsFor(field, id, id))
  return [unset, 1, 33, 999, ...logins.map(({ value }) => numberOf(value) ?? 1)]
    .filter((id) => id === unset || id < 1000)
    .some(possible)
}

/** Whether a condition holds for every id from `low` to `high`. */
function holdsFor({ op, value }: Field, low: number, high: number): boolean {
  const wanted = numberOf(value)
  if (wanted === undefined) return false
  switch (op) {
    case '=':
      return low === wanted && high === wanted
    case '!=':
      return wanted < low || wanted > high
    case '>=':
      return low >= wanted
    case '>':
      return low > wanted
    case '<=':
      return high <= wanted
    case '<':
      return high < wanted
    default:
      return false
  }
}

/** An id as auditctl reads it: a number, `-1`, `unset`; of names only root's is known. */
function numberOf(value: string): number | undefined {
  if (value === 'unset' || value === '-1') return unset
  if (value === 'root') return 0
  return /^\d+$/.test(value) ? Number(value) : undefined
}
