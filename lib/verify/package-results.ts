import { HardenError, messageOf } from '../base/errors.ts'
import type { Profile, ProfilePackage } from '../controls/profile.ts'
import type { CheckContext } from './check-context.ts'
import type { Packages } from './readers/packages.ts'
import { isInstalled, readPackages, statusWords } from './readers/packages.ts'
import type { PackageResult } from './verification.ts'

/** One result per package of the profile, in its order: `pass` for `install ok installed` and nothing less. */
export async function packageResults(
  profile: Profile,
  context: CheckContext
): Promise<readonly PackageResult[]> {
  let packages: Packages
  try {
    packages = await context.read(readPackages)
  } catch (error) {
    if (error instanceof HardenError && error.kind === 'interrupted') throw error
    packages = { known: false, reason: messageOf(error), all: [], findings: [], named: () => [] }
  }
  return profile.packages.map((wanted) => result(wanted, packages))
}

function result({ name, requirement, controls }: ProfilePackage, packages: Packages): PackageResult {
  const common = { name, requirement, controls }
  if (!packages.known) {
    return { ...common, status: 'unknown', message: `The packages are not known: ${packages.reason ?? ''}` }
  }
  const stanzas = packages.named(name)
  const found = stanzas.find(isInstalled) ?? stanzas[0]
  if (!found) return { ...common, status: 'fail', message: `${name} is not in the package database` }
  const { version, architecture } = found
  const dpkgStatus = statusWords(found)
  return isInstalled(found)
    ? {
        ...common,
        status: 'pass',
        dpkgStatus,
        version,
        architecture,
        message: `${name} ${version} is installed`
      }
    : {
        ...common,
        status: 'fail',
        dpkgStatus,
        version,
        architecture,
        message: `${name} is not installed (${dpkgStatus})`
      }
}
