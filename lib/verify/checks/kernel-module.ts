import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed, undecided } from '../check-context.ts'
import { globToRegExp } from '../readers/glob.ts'
import { seen } from '../readers/lines.ts'
import { doesNothing, readKernelModules, readModprobe } from '../readers/modprobe.ts'

/** Modules modprobe can't load: an `install` command that does nothing, or no such module in the image. */
export async function checkKernelModule(
  check: CheckOf<'kernel-module'>,
  context: CheckContext
): Promise<Outcome> {
  const modprobe = await context.read(readModprobe)
  const modules = await context.read(readKernelModules)
  const parts = check.blocked.map((wanted) => {
    const name = wanted.replaceAll('-', '_')
    if (modules.builtin.has(name)) {
      return failed(`${wanted} is built into the kernel`, [{ path: modules.builtin.get(name) ?? '' }])
    }
    // Of several install commands libkmod takes the first that matches; `blacklist` only stops aliases.
    const install = modprobe.find(
      ({ key, pattern }) =>
        key === 'install' && globToRegExp(pattern, { period: false, pathname: false }).test(name)
    )
    if (install && doesNothing.test(install.value)) return passed(`${wanted} is blocked`, [seen(install)])
    const path = modules.loadable.get(name)
    if (path !== undefined) {
      const listed = modprobe.find(({ key, pattern }) => key === 'blacklist' && pattern === name)
      const why = install
        ? `its install command loads it`
        : listed
          ? 'blacklist alone does not stop modprobe'
          : 'nothing blocks it'
      return failed(`${wanted} can be loaded: ${why}`, [
        ...(install ? [seen(install)] : []),
        ...(listed ? [seen(listed)] : []),
        { path }
      ])
    }
    if (!modules.known)
      return undecided(`${wanted} is not blocked and there are no kernel modules in the image to look at`)
    return passed(`${wanted} is not in the image`)
  })
  return combined(parts, `No way to load ${check.blocked.join(', ')}`)
}
