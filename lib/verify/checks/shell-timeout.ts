import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { failed, passed, undecided } from '../check-context.ts'
import { seen } from '../readers/lines.ts'
import { readShellTimeout } from '../readers/shell-timeout.ts'

/** TMOUT of login shells: set, read-only, greater than 0 and at most what is wanted. */
export async function checkShellTimeout(
  check: CheckOf<'shell-timeout'>,
  context: CheckContext
): Promise<Outcome> {
  const most = Number(check.atMost)
  if (!Number.isFinite(most)) return undecided(`The check's limit '${check.atMost}' is no number`)
  const { final, isReadonly, doubtful, sourced } = await context.read(readShellTimeout)
  if (!sourced) return failed('/etc/profile does not read /etc/profile.d, so no login shell gets TMOUT')
  if (!final)
    return failed(`TMOUT is not set for login shells; it must be at most ${most}`, doubtful.map(seen))
  const value = Number(final.value)
  const places = [final, ...doubtful].map(seen)
  if (!/^\d+$/.test(final.value)) return failed(`TMOUT is '${final.value}', no number of seconds`, places)
  if (value === 0) return failed('TMOUT is 0, which switches it off', places)
  if (value > most) return failed(`TMOUT is ${value}; it must be at most ${most}`, places)
  if (!isReadonly) return failed(`TMOUT is ${value} but not read-only: every user can switch it off`, places)
  const bad = doubtful.filter((one) => !(Number(one.value) > 0 && Number(one.value) <= most))
  if (bad.length > 0) return failed(`TMOUT is ${value}, but another line may set it first`, bad.map(seen))
  return passed(`TMOUT is ${value} and read-only`, places)
}
