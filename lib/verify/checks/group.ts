import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed, undecided } from '../check-context.ts'
import { readAccounts } from '../readers/accounts.ts'
import { seen } from '../readers/lines.ts'
import { readSysusers } from '../readers/sysusers.ts'

/** Groups that exist, in /etc/group or through sysusers.d at the first boot, and whether they have members. */
export async function checkGroup(check: CheckOf<'group'>, context: CheckContext): Promise<Outcome> {
  const table = await context.read(readAccounts)
  if (!table.known) return undecided('There is no /etc/passwd in the image')
  const made = await context.read(readSysusers)
  const parts = check.names.map((name) => {
    const group = table.groups.find((one) => one.name === name)
    const line = made.find((one) => one.key === 'g' && one.value === name)
    if (!group && !line) return failed(`There is no group ${name}`)
    const members = [
      ...(group?.members ?? []),
      ...table.accounts.filter((one) => one.gid === group?.gid).map((one) => one.name),
      ...made
        .filter((one) => one.key === 'm' && one.value.endsWith(` ${name}`))
        .map((one) => one.value.split(' ')[0] ?? '')
    ]
    const evidence = [group ? seen(group.place) : seen(line!)]
    if (check.empty && members.length > 0) {
      return failed(`Group ${name} has members: ${[...new Set(members)].join(', ')}`, evidence)
    }
    return passed(`Group ${name} exists`, evidence)
  })
  return combined(parts, `Groups ${check.names.join(', ')} exist${check.empty ? ' and have no members' : ''}`)
}
