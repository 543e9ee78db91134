import type { CheckOf } from '../../controls/check.ts'
import type { Evidence } from '../../controls/result.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { failed, passed, undecided } from '../check-context.ts'
import { globToRegExp } from '../readers/glob.ts'
import { readAutostart } from '../readers/autostart.ts'
import { readPackages } from '../readers/packages.ts'

/** Units and paths; anything else in the list is a package. */
const isName = /^\/|\.(?:service|socket|timer|path|\*)$/

/**
 * Everything that starts by itself comes unchanged from a listed package or is named. What a package's own program
 * does then is not judged.
 */
export async function checkAutostart(check: CheckOf<'autostart'>, context: CheckContext): Promise<Outcome> {
  const packages = await context.read(readPackages)
  if (!packages.known) return undecided(`The packages are not known: ${packages.reason ?? ''}`)
  const allowed = (kind: 'packages' | 'names') => {
    const own = check.allow.filter((one) => isName.test(one) === (kind === 'names'))
    const matchers = own.map((one) => globToRegExp(one, { pathname: false }))
    return (name: string): boolean => matchers.some((one) => one.test(name))
  }
  const [isListed, isNamed] = [allowed('packages'), allowed('names')]
  const found = await context.read(readAutostart)
  const strange = found.filter(
    ({ name, path, from }) => !isNamed(name) && !isNamed(path) && !(from !== undefined && isListed(from))
  )
  if (strange.length === 0) return passed(`${found.length} things start by themselves, all of them listed`)
  const evidence: Evidence[] = strange.map(({ path, line, text, from }) => ({
    path,
    ...(line === undefined ? {} : { line }),
    value: text ?? (from === undefined ? 'of no package, or changed' : `of ${from}`)
  }))
  const names = [
    ...new Set(strange.map(({ name, from }) => (from === undefined ? name : `${name} (${from})`)))
  ]
  return failed(
    `${names.length} on no list start by themselves: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`,
    evidence
  )
}
