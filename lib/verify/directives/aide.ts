import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext } from '../check-context.ts'
import { readAide } from '../readers/aide.ts'
import type { AideConfig } from '../readers/aide.ts'
import type { Setting } from '../readers/lines.ts'
import { readPackageFiles } from '../readers/package-files.ts'
import type { Reading } from './reading.ts'

/** Files no rule may leave out: programs, accounts and what this project configures. */
const system = [
  '/boot/vmlinuz',
  '/etc/audit/auditd.conf',
  '/etc/passwd',
  '/etc/shadow',
  '/etc/ssh/sshd_config',
  '/etc/systemd/system/ssh.service',
  '/usr/bin/sudo',
  '/usr/lib/systemd/systemd',
  '/usr/sbin/sshd'
] as const

/**
 * aide.conf(5) with its includes. The key `rules` gives the selection lines as one text, `left-out` the `!` lines
 * that leave system files out; of other keys the last value counts, except `report_url`, which collects.
 */
export async function readAideKey(check: CheckOf<'directive'>, context: CheckContext): Promise<Reading> {
  const aide = await context.read(readAide)
  if (!aide) return { effective: [], absent: 'there is no aide.conf in the image' }
  if (check.key === 'rules') return { effective: aide.rules, asText: true }
  if (check.key === 'left-out') return leftOut(aide, context)
  const own = aide.settings.filter((one) => one.key === check.key)
  return { effective: check.key === 'report_url' ? own : own.slice(-1), style: { booleans: 'systemd' } }
}

const ofPackages = /^\/(?:etc|usr\/(?:bin|sbin|lib|libexec)|s?bin|lib)\//

/** Settings under which AIDE looks elsewhere or keeps quiet about what changed (aide.conf(5)). */
function hides({ key, value }: Setting): boolean {
  return (
    key === 'root_prefix' ||
    /^report_ignore_(?:added|removed|changed)_attrs$/.test(key) ||
    (key === 'report_level' && /^(?:minimal|summary)$/.test(value)) ||
    (/^database(?:_in)?$/.test(key) && !value.startsWith('file:/var/lib/aide/'))
  )
}

/**
 * A `!` line leaves out what its expression matches from the start, wherever it stands; `-` only the path itself.
 * An expression that could take for ever is not run; it only matters where its plain beginning fits.
 */
async function leftOut({ rules, settings }: AideConfig, context: CheckContext): Promise<Reading> {
  if (rules.length === 0) return { effective: [], absent: 'aide.conf selects nothing' }
  const files = await context.read(readPackageFiles)
  const found: Setting[] = []
  const packaged = new Map<string, boolean>()
  for (const one of settings.filter(hides)) if (!(await files.isKnown(one.path))) found.push(one)
  // Every program and every file of configuration that a package brought, read when a rule asks for it.
  let all: readonly string[] | undefined
  const watched = (): readonly string[] =>
    (all ??= [
      ...system,
      ...[...context.image.entries.values()]
        .filter(
          ({ path, type }) => type === 'file' && ofPackages.test(path) && files.ownersOf(path).length > 0
        )
        .map(({ path }) => path)
    ])
  for (const rule of rules) {
    // Debian's own rules leave no such file out; they are many and their expressions long.
    const known = packaged.get(rule.path) ?? (await files.isKnown(rule.path))
    packaged.set(rule.path, known)
    if (known) continue
    const [, sign, expression] = /^([!-])(\/\S*)/.exec(rule.text) ?? []
    if (expression === undefined) continue
    const plain = /^[\w/%@~:-]*/.exec(expression)?.[0] ?? ''
    const start = /^[?*{|]/.test(expression.slice(plain.length)) ? plain.slice(0, -1) : plain
    if (!expression.includes('|') && !watched().some((path) => path.startsWith(start))) continue
    if (
      expression.length > 200 ||
      /\)[*+{]|[*+}][*+{]/.test(expression) ||
      (expression.match(/[*+{]/g) ?? []).length > 4
    )
      return { effective: [rule], unknown: `the rule ${rule.text.slice(0, 100)} is too involved to be tried` }
    try {
      const matcher = new RegExp(`^(?:${expression})${sign === '-' ? '$' : ''}`, 'u')
      if (watched().some((path) => matcher.test(path))) found.push(rule)
    } catch {
      return { effective: [rule], unknown: `the rule ${rule.text.slice(0, 100)} can't be read` }
    }
  }
  return { effective: found }
}
