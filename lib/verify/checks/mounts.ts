import type { CheckOf } from '../../controls/check.ts'
import type { Evidence } from '../../controls/result.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed } from '../check-context.ts'
import { readLines, seen } from '../readers/lines.ts'
import { readUnits } from '../readers/units.ts'

const removable = /^\/(?:media|mnt|run\/media)(?:\/|$)/
/** mount(8): these let a user mount, and bring noexec, nosuid and nodev unless something after them takes it back. */
const ofUsers = ['user', 'users', 'owner', 'group']
const wanted = ['noexec', 'nosuid', 'nodev'] as const

/** File systems that people plug in or mount themselves run no programs and have no devices: fstab(5), systemd.mount(5). */
export async function checkMounts(_: CheckOf<'mounts'>, context: CheckContext): Promise<Outcome> {
  const parts: Outcome[] = []
  for (const line of (await readLines(context.image, '/etc/fstab')) ?? []) {
    const [device = '', where = '', , options = ''] = line.text.trim().split(/\s+/)
    if (device.startsWith('#') || where === '') continue
    const outcome = judge(where, options, seen(line))
    if (outcome) parts.push(outcome)
  }
  const units = await context.read(readUnits)
  const names = new Set([...units.started.keys(), ...units.triggered.keys()])
  for (const name of names) {
    if (!/\.(?:auto)?mount$/.test(name)) continue
    const unit = await units.load(name.replace(/\.automount$/, '.mount'))
    const where = unit?.values('Mount', 'Where').at(-1)
    if (!where) continue
    const outcome = judge(where.value, unit?.values('Mount', 'Options').at(-1)?.value ?? '', seen(where))
    if (outcome) parts.push(outcome)
  }
  return combined(parts, 'Nothing mounted from removable places runs programs')
}

function judge(where: string, text: string, evidence: Evidence): Outcome | undefined {
  const options = text.split(',')
  if (!removable.test(where) && !options.some((one) => ofUsers.includes(one))) return undefined
  const missing = wanted.filter((one) => !holds(one, options))
  return missing.length === 0
    ? passed(`${where} is mounted ${wanted.join(',')}`, [evidence])
    : failed(`${where} is mounted without ${missing.join(',')}`, [evidence])
}

/** The last word on it counts. */
function holds(option: (typeof wanted)[number], options: readonly string[]): boolean {
  const opposite = option.slice(2)
  return options.reduce(
    (so, one) =>
      one === option || ofUsers.includes(one) ? true : one === opposite || one === 'defaults' ? false : so,
    false
  )
}
