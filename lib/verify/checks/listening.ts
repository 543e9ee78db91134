import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed, undecided } from '../check-context.ts'
import { globToRegExp } from '../readers/glob.ts'
import { isAllowed } from '../listening/listener.ts'
import { readListening } from '../listening/read-listening.ts'

/**
 * Everything that will listen on more than loopback is allowed. A service whose configuration we can't read is
 * unknown, unless its unmodified package listens to nothing or the list names its unit.
 */
export async function checkListening(check: CheckOf<'listening'>, context: CheckContext): Promise<Outcome> {
  const { listeners, undecided: unclear, others } = await context.read(readListening)
  const silent = check.silent?.map((one) => globToRegExp(one, { pathname: false })) ?? []
  const parts: Outcome[] = listeners.map((one) => {
    const place = one.address === '*' ? '' : ` at ${one.address}`
    return isAllowed(one, check.allow)
      ? passed(`${one.by} listens on ${one.port}${place}`, [one.evidence])
      : failed(`${one.by} listens on ${one.port}${place}, which is on no list`, [one.evidence])
  })
  for (const { by, why, evidence } of unclear) {
    if (!check.allow.includes(by))
      parts.push(undecided(`what ${by} listens on is not known: ${why}`, [evidence]))
  }
  for (const { name, path, from } of others) {
    if (check.allow.includes(name)) continue
    if (from !== undefined && silent.some((one) => one.test(from))) continue
    const whose = from === undefined ? 'of no package, or changed' : `of ${from}`
    parts.push(undecided(`what ${name} (${whose}) listens on is not known`, [{ path }]))
  }
  const ports = [...new Set(listeners.map(({ port }) => port))].sort()
  return combined(
    parts,
    `The image listens on ${ports.length === 0 ? 'nothing' : ports.join(', ')}, as allowed`
  )
}
