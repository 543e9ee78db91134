import type { CheckOf } from '../../controls/check.ts'
import type { Evidence } from '../../controls/result.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed, undecided } from '../check-context.ts'
import { globToRegExp } from '../readers/glob.ts'
import type { Packages } from '../readers/packages.ts'
import { isInstalled, readPackages, statusWords } from '../readers/packages.ts'

/** Packages that must all, at least one of them, or none be `install ok installed`. */
export async function checkPackage(check: CheckOf<'package'>, context: CheckContext): Promise<Outcome> {
  const packages = await context.read(readPackages)
  if (!packages.known) return undecided(`The packages are not known: ${packages.reason ?? ''}`)
  const parts: Outcome[] = (check.all ?? []).map((name) => {
    const { installed, words, evidence } = lookUp(packages, name)
    return installed ? passed(`${name} is installed`, evidence) : failed(`${name} is ${words}`, evidence)
  })
  if (check.any) {
    const found = check.any.find((name) => lookUp(packages, name).installed)
    parts.push(
      found === undefined
        ? failed(`None of ${check.any.join(', ')} is installed`)
        : passed(`${found} is installed`, lookUp(packages, found).evidence)
    )
  }
  for (const name of check.none ?? []) {
    const present = packages.all.filter((one) => one.unpacked && isNamed(one.name, name))
    parts.push(
      present.length > 0
        ? failed(
            `${present.map((one) => one.name).join(', ')} is in the image`,
            present.flatMap((one) => lookUp(packages, one.name).evidence)
          )
        : passed(`${name} is not in the image`)
    )
  }
  const names = [...(check.all ?? []), ...(check.any ?? [])]
  return combined(
    parts,
    names.length > 0 ? `Installed: ${names.join(', ')}` : `Not in the image: ${(check.none ?? []).join(', ')}`
  )
}

/** `gcc` means gcc-12 too, as Debian names packages of several versions; `*` stands for anything. */
function isNamed(name: string, wanted: string): boolean {
  if (wanted.includes('*')) return globToRegExp(wanted).test(name)
  return (
    name === wanted ||
    (name.startsWith(`${wanted}-`) && /^\d+(?:\.\d+)*$/.test(name.slice(wanted.length + 1)))
  )
}

function lookUp(
  packages: Packages,
  name: string
): { installed: boolean; words: string; evidence: Evidence[] } {
  const found = packages.named(name)
  const installed = found.some(isInstalled)
  return {
    installed,
    words:
      found.length > 0
        ? `not installed (${found.map(statusWords).join(', ')})`
        : 'not in the package database',
    evidence: found.map((one) => ({
      path: '/var/lib/dpkg/status',
      line: one.line,
      value: `${one.name} ${one.version} ${one.architecture}: ${statusWords(one)}`
    }))
  }
}
