import type { CheckOf, DirectiveSource } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { failed, passed, undecided } from '../check-context.ts'
import { compare, describeWanted } from '../compare.ts'
import type { Setting } from '../readers/lines.ts'
import { seen } from '../readers/lines.ts'
import type { DirectiveSourceReader } from '../directives/reading.ts'
import { readAideKey } from '../directives/aide.ts'
import { readAuditdKey } from '../directives/auditd.ts'
import { readLoginDefsKey, readUseraddKey } from '../directives/plain-files.ts'
import { readChronyKey } from '../directives/chrony.ts'
import { readFaillockKey, readPwhistoryKey, readPwqualityKey } from '../directives/pam-modules.ts'
import { readLimitsKey } from '../directives/limits.ts'
import { readOpensslKey } from '../directives/openssl.ts'
import { readSshdKey } from '../directives/sshd.ts'
import { systemdKeyReader } from '../directives/systemd.ts'

const sources: Readonly<Record<DirectiveSource, DirectiveSourceReader>> = {
  sshd: readSshdKey,
  'login.defs': readLoginDefsKey,
  auditd: readAuditdKey,
  faillock: readFaillockKey,
  pwquality: readPwqualityKey,
  pwhistory: readPwhistoryKey,
  journald: systemdKeyReader('journald.conf', 'Journal', 'systemd-journald.service'),
  logind: systemdKeyReader('logind.conf', 'Login', 'systemd-logind.service'),
  coredump: systemdKeyReader('coredump.conf', 'Coredump'),
  system: systemdKeyReader('system.conf', 'Manager'),
  timesyncd: systemdKeyReader('timesyncd.conf', 'Time'),
  chrony: readChronyKey,
  limits: readLimitsKey,
  aide: readAideKey,
  useradd: readUseraddKey,
  openssl: readOpensslKey
}

/**
 * The value of a key as the program itself would find it. Every value in force and every conditional
 * override must answer the check; a key set nowhere is compared by its `default`.
 */
export async function checkDirective(check: CheckOf<'directive'>, context: CheckContext): Promise<Outcome> {
  const reading = await sources[check.source](check, context)
  const name = `${check.source}: ${check.key}`
  if (reading.unknown !== undefined)
    return undecided(`${name}: ${reading.unknown}`, reading.effective.map(seen))
  if (reading.absent !== undefined) return failed(`${name}: ${reading.absent}`)
  const wanted = describeWanted(check.op, check.value)
  const { effective, overrides = [], style } = reading
  const all = [...effective, ...overrides]

  if (check.op === 'unset') {
    return all.length === 0 ? passed(`${name} is not set`) : failed(`${name} is set`, all.map(seen))
  }
  if (check.op === 'set') {
    return effective.length > 0 ? passed(`${name} is set`, effective.map(seen)) : failed(`${name} is not set`)
  }
  const answers = (value: string): boolean => compare(value, check.op, check.value, style)
  const inForce = reading.asText && effective.length > 0 ? [joined(effective)] : effective
  // `contains` asks whether something is among the values; everything else holds for each of them.
  const good =
    check.op === 'contains' && inForce.length > 1
      ? answers(inForce.map(({ value }) => value).join(' '))
      : inForce.every(({ value }) => answers(value))
  if (effective.length === 0) {
    if (check.default === undefined) return failed(`${name} is not set; it must be ${wanted}`)
    if (!answers(String(check.default))) {
      return failed(`${name} is not set and its default ${String(check.default)} is not ${wanted}`)
    }
  } else if (!good) {
    const bad = reading.asText ? effective : effective.filter(({ value }) => !answers(value))
    return failed(`${name} is ${shown(bad)}; it must be ${wanted}`, bad.map(seen))
  }
  const defeating = overrides.filter(({ value }) => !answers(value))
  if (defeating.length > 0) {
    return failed(
      `${name} is overridden: ${shown(defeating)}; it must be ${wanted}`,
      [...defeating, ...effective].map(seen)
    )
  }
  return effective.length === 0
    ? passed(`${name} has its default ${String(check.default)}`)
    : passed(`${name} is ${shown(effective)}`, effective.map(seen))
}

function joined(settings: readonly Setting[]): { value: string } {
  return { value: settings.map(({ value }) => value).join('\n') }
}

function shown(settings: readonly Setting[]): string {
  return settings
    .slice(0, 5)
    .map(({ value }) => (value === '' ? '(empty)' : value))
    .join(', ')
}
