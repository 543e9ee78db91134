import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed } from '../check-context.ts'
import { compare } from '../compare.ts'
import { seen } from '../readers/lines.ts'
import { readSysctl } from '../readers/sysctl.ts'
import { readUnits } from '../readers/units.ts'

/** The kernel settings systemd-sysctl writes at boot. */
export async function checkSysctl(check: CheckOf<'sysctl'>, context: CheckContext): Promise<Outcome> {
  const units = await context.read(readUnits)
  const service = 'systemd-sysctl.service'
  if (!units.started.has(service)) {
    const masked = (await units.load(service))?.masked
    return failed(
      `${service} ${masked ? 'is masked' : 'is not started'}, so nothing writes the kernel settings`
    )
  }
  const sysctl = await context.read(readSysctl)
  const parts = Object.entries(check.values).map(([key, wanted]) => {
    const setting = sysctl.value(key)
    if (!setting) return failed(`${key} is not set; it must be ${String(wanted)}`)
    return compare(setting.value, '=', wanted)
      ? passed(`${key} is ${setting.value}`, [seen(setting)])
      : failed(`${key} is ${setting.value}; it must be ${String(wanted)}`, [seen(setting)])
  })
  return combined(parts, `${parts.length} kernel settings as wanted`)
}
