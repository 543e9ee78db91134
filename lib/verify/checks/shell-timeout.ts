import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { failed, passed, undecided } from '../check-context.ts'
import { isLoginShell, readAccounts } from '../readers/accounts.ts'
import { seen } from '../readers/lines.ts'
import { readShellTimeout } from '../readers/shell-timeout.ts'

/** Shells that read /etc/profile and end at TMOUT; dash knows no TMOUT, zsh and fish read no /etc/profile. */
const withTimeout = /^(?:r?bash|m?ksh(?:93)?|lksh)$/

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
  const { accounts } = await context.read(readAccounts)
  const others = accounts.filter(
    ({ uid, shell }) => uid >= 1000 && uid < 65_534 && isLoginShell(shell) && !ends(context, shell)
  )
  if (others.length > 0) {
    const named = others.map(({ name, shell }) => `${name} (${shell})`).join(', ')
    return failed(`TMOUT is ${value}, but not for the shell of ${named}`, [
      ...places,
      ...others.map(({ place }) => seen(place))
    ])
  }
  return passed(`TMOUT is ${value} and read-only`, places)
}

function ends({ image }: CheckContext, shell: string): boolean {
  const path = image.stat(shell)?.path ?? shell
  return withTimeout.test(path.slice(path.lastIndexOf('/') + 1))
}
