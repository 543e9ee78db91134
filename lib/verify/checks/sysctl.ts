import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed, undecided } from '../check-context.ts'
import { compare } from '../compare.ts'
import { readBootOrders } from '../readers/command-lines.ts'
import { seen } from '../readers/lines.ts'
import { readSysctl } from '../readers/sysctl.ts'
import { notDone } from '../readers/unit-obstacles.ts'

/** The kernel settings systemd-sysctl writes at boot. */
export async function checkSysctl(check: CheckOf<'sysctl'>, context: CheckContext): Promise<Outcome> {
  const obstacle = await notDone(context, 'systemd-sysctl.service')
  if (obstacle) {
    const message = `${obstacle.message}, so nothing writes the kernel settings`
    return obstacle.status === 'fail'
      ? failed(message, [obstacle.evidence])
      : undecided(message, [obstacle.evidence])
  }
  const sysctl = await context.read(readSysctl)
  const { words } = await context.read(readBootOrders)
  const lacksYama = words.some((line) => {
    const modules = line.findLast((word) => word.startsWith('lsm='))?.slice('lsm='.length)
    return modules !== undefined && !modules.split(',').includes('yama')
  })
  const parts = Object.entries(check.values).map(([key, wanted]) => {
    if (lacksYama && key.startsWith('kernel.yama.'))
      return failed(`lsm= on the kernel command line leaves out Yama, so there is no ${key}`)
    const other = sysctl.ofInterfaces(key).find((one) => !compare(one.value, '=', wanted))
    if (other)
      return failed(`${other.text.trim()} undoes ${key} = ${String(wanted)} for an interface`, [seen(other)])
    const setting = sysctl.value(key)
    if (!setting) return failed(`${key} is not set; it must be ${String(wanted)}`)
    return compare(setting.value, '=', wanted)
      ? passed(`${key} is ${setting.value}`, [seen(setting)])
      : failed(`${key} is ${setting.value}; it must be ${String(wanted)}`, [seen(setting)])
  })
  return combined(parts, `${parts.length} kernel settings as wanted`)
}
