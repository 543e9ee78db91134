import type { CheckOf } from '../../controls/check.ts'
import type { Image } from '../../image/image.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed } from '../check-context.ts'
import type { AuditRule, AuditRules } from '../readers/audit-rules.ts'
import { readAuditRules, seenRule } from '../readers/audit-rules.ts'
import { seen } from '../readers/lines.ts'
import { recordedForServices } from './audit-service-rules.ts'
import { readPackages } from '../readers/packages.ts'

/** Fields that narrow a rule only to people, to outcomes or to an architecture, as the usual rule sets do. */
const usual = new Set(['arch', 'auid', 'exit', 'success', 'perm', 'path', 'dir', 'watch', 'key'])

/** Audit rules and control lines in force after boot. */
export async function checkAuditRule(check: CheckOf<'audit-rule'>, context: CheckContext): Promise<Outcome> {
  const audit = await context.read(readAuditRules)
  if (audit.notLoaded) return failed(audit.notLoaded.message, audit.notLoaded.evidence)
  const rules = effective(audit.rules)
  const wide = (await context.read(readPackages))
    .named('libc6')
    .some(({ architecture }) => /^(?:amd64|arm64)$/.test(architecture))
  const parts = [
    ...(check.keys ? [unrecorded(audit)] : []),
    ...(check.keys ?? []).map((key) => keyed(rules, key)),
    ...(check.watches ?? []).map((path) => watched(context.image, audit.rules, rules, path, wide)),
    ...(check.syscalls ?? []).map((syscall) => recorded(rules, syscall, wide)),
    ...(check.services ?? []).map((syscall) =>
      recordedForServices(audit.rules, syscall, check.except ?? [], wide)
    ),
    ...(check.controls ?? []).map((control) => inForce(audit, control, true)),
    ...(check.forbid ?? []).map((control) => inForce(audit, control, false))
  ]
  return combined(parts, `${parts.length} audit settings as wanted, of ${rules.length} rules`)
}

/**
 * The rules that record something: `always`, and no `never` rule before them takes the event away (the first
 * match decides). A `never` on the task list stops all syscall rules.
 */
function effective(rules: readonly AuditRule[]): readonly AuditRule[] {
  const isBroad = (rule: AuditRule): boolean => rule.fields.every(({ name }) => name === 'arch')
  if (rules.some((rule) => rule.action === 'never' && rule.list === 'task' && isBroad(rule))) return []
  // An excluded SYSCALL record takes the record's contents with it, and so does a rule about a range of types or
  // of people; one about a single other value leaves the rest.
  const excluded = rules.some(
    ({ list, action, fields }) =>
      list === 'exclude' &&
      action !== 'possible' &&
      fields.every(
        ({ name, op, value }) => op !== '=' || (name === 'msgtype' && /^(?:SYSCALL|1300)$/i.test(value))
      )
  )
  if (excluded) return []
  const found: AuditRule[] = []
  const nevers: AuditRule[] = []
  for (const rule of rules) {
    if (rule.action === 'never' && rule.list === 'exit') nevers.push(rule)
    else if (rule.action === 'always' && rule.list === 'exit' && !nevers.some((never) => covers(never, rule)))
      found.push(rule)
  }
  return found
}

/** Fields that name a program, a file or a process: what is left out by them is one thing, not a kind of people. */
const single =
  /^(?:exe|path|dir|watch|inode|dev\w+|pid|ppid|comm|subj_\w+|obj_\w+|perm|filetype|filterkey|key|auid|a\d|saddr_fam|fstype)$/

/** Of people or outcomes in general; `auid=unset` is no person. */
function isOfPeople({ name, op, value }: AuditRule['fields'][number]): boolean {
  if (/^(?:auid|loginuid)$/.test(name)) return !(op === '=' && /^(?:unset|-1|4294967295)$/.test(value))
  return !single.test(name) && name !== 'arch'
}

/** Whether every event of `rule` matches `never` as well, or those of some people or outcomes do. */
function covers(never: AuditRule, rule: AuditRule): boolean {
  const all = never.syscalls.length === 0 || never.syscalls.includes('all')
  const syscalls =
    all || (rule.syscalls.length > 0 && rule.syscalls.every((one) => never.syscalls.includes(one)))
  return (
    syscalls &&
    never.fields.every(
      (field) =>
        (field.name === 'arch' && field.value === 'b64') ||
        isOfPeople(field) ||
        (field.name === 'dir' && isBelow(rule, field.value)) ||
        rule.fields.some((own) => own.name === field.name && own.op === field.op && own.value === field.value)
    )
  )
}

/** Whether a rule is about files in a directory. */
function isBelow({ fields }: AuditRule, directory: string): boolean {
  const inside = `${directory.replace(/\/+$/, '')}/`
  return fields.some(({ name, value }) => /^(?:path|dir|watch)$/.test(name) && `${value}/`.startsWith(inside))
}

/** Records of programs themselves: log-ins, sudo, accounts, changes of audit (auditctl(8), ausearch(8) -m). */
const ofPrograms =
  /^(?:USER(?:_(?:LOGIN|AUTH|ACCT|CMD|START|END|ERR|CHAUTHTOK|MGMT|ROLE_CHANGE|TTY))?|LOGIN|ADD_(?:USER|GROUP)|DEL_(?:USER|GROUP)|(?:USER|GRP|ACCT)_\w*(?:MGMT|CHAUTHTOK|LOCK|UNLOCK)|CONFIG_CHANGE|SYSTEM_(?:BOOT|SHUTDOWN)|DAEMON_\w+|11\d\d)$/i

/** What takes those records away, or all that come too fast. */
function unrecorded({ rules, controls }: AuditRules): Outcome {
  const bad = rules.filter(
    ({ list, action, fields }) =>
      (list === 'user' && action === 'never' && !fields.some(({ name }) => /^(?:exe|pid)$/.test(name))) ||
      (list === 'exclude' &&
        action !== 'possible' &&
        fields.some(({ name, op, value }) => name === 'msgtype' && op === '=' && ofPrograms.test(value)))
  )
  if (bad.length > 0) return failed('Records of log-ins and changes are left out', bad.map(seenRule))
  const rate = controls.get('-r')
  if (rate && !/^-r\s*0$/.test(rate.text))
    return failed(`Records above a rate are lost (${rate.text})`, [seen(rate.place)])
  const backlog = controls.get('-b')
  return backlog && Number(backlog.text.replace(/^-b\s*/, '')) < 64
    ? failed(`The queue of records is too short (${backlog.text})`, [seen(backlog.place)])
    : passed('Nothing takes records of programs away')
}

function keyed(rules: readonly AuditRule[], key: string): Outcome {
  const found = rules.find(({ keys }) => keys.includes(key))
  return found
    ? passed(`Rules with the key ${key}`, [seenRule(found)])
    : failed(`No rule with the key ${key}`)
}

function watched(
  image: Image,
  all: readonly AuditRule[],
  rules: readonly AuditRule[],
  path: string,
  wide: boolean
): Outcome {
  const entry = image.stat(path)
  // What has the place of a program and is not there would be run as one.
  const isProgram = entry
    ? entry.type === 'file' && (entry.mode & 0o111) !== 0
    : /^\/usr\/(?:s?bin|libexec)\//.test(path)
  const found = rules.find((rule) => {
    if (!isUnnarrowed(rule) || !isOfThisWidth(rule, wide) || !isAbout(rule, path)) return false
    const perm = rule.fields.find(({ name }) => name === 'perm')?.value
    return perm === undefined || /[wa]/.test(perm) || (isProgram && perm.includes('x'))
  })
  // The first rule that matches decides.
  const before = found ? all.slice(0, all.indexOf(found)) : []
  const hidden = before.find(
    ({ list, action, fields, ...rule }) =>
      list === 'exit' &&
      action === 'never' &&
      isAbout({ fields, ...rule }, path) &&
      fields.every(
        (field) => /^(?:arch|path|dir|watch)$/.test(field.name) || isOfPeople(field) || isOfChange(field)
      )
  )
  if (hidden) return failed(`What happens to ${path} is left out`, [seenRule(hidden)])
  return found
    ? passed(`${path} is watched`, [seenRule(found)])
    : failed(`No rule watches ${path} for changes`)
}

/** Whether the rule is about calls of the image's own programs, not of 32-bit ones alone. */
function isOfThisWidth({ fields }: AuditRule, wide: boolean): boolean {
  const arch = fields.find(({ name, op }) => name === 'arch' && op === '=')?.value
  return arch === undefined || !wide || arch === 'b64' || arch === 'x86_64' || arch === 'aarch64'
}

/** Whether a rule names a path, or a directory above it; -w on a directory watches everything below. */
function isAbout({ fields }: Pick<AuditRule, 'fields'>, path: string): boolean {
  return fields.some(({ name, op, value }) => {
    if (op !== '=') return false
    const target = value.length > 1 ? value.replace(/\/+$/, '') : value
    if (name === 'path') return target === path
    if (name !== 'dir' && name !== 'watch') return false
    return target === path || path.startsWith(target === '/' ? '/' : `${target}/`)
  })
}

function isOfChange({ name, value }: AuditRule['fields'][number]): boolean {
  return name === 'perm' && /[wa]/.test(value)
}

function recorded(rules: readonly AuditRule[], syscall: string, wide: boolean): Outcome {
  const found = rules.find((rule) => {
    // A rule that is about one file records the call on that file only.
    const general = !rule.fields.some(({ name }) => name === 'path' || name === 'dir' || name === 'watch')
    return (
      isOfThisWidth(rule, wide) &&
      general &&
      isUnnarrowed(rule) &&
      (rule.syscalls.includes(syscall) || rule.syscalls.includes('all'))
    )
  })
  return found ? passed(`${syscall} is recorded`, [seenRule(found)]) : failed(`No rule records ${syscall}`)
}

function isUnnarrowed(rule: AuditRule): boolean {
  return rule.fields.every(({ name, op }) => usual.has(name) && !(name === 'auid' && op === '='))
}

function inForce({ controls }: AuditRules, wanted: string, must: boolean): Outcome {
  const normal = wanted.trim().replace(/\s+/g, ' ')
  const found = controls.get(normal.split(' ')[0] ?? '')
  const is = found?.text === normal
  const evidence = found ? [seen(found.place)] : []
  if (is === must) return passed(must ? `${normal} is in force` : `${normal} is not in force`, evidence)
  if (!must) return failed(`${normal} is in force`, evidence)
  return failed(found ? `${found.text} is in force instead of ${normal}` : `${normal} is not set`, evidence)
}
