import { HardenError } from '../base/errors.ts'
import type { BuildAccount, BuildRequest } from '../build/request.ts'
import { effectiveConfiguration } from '../kas/effective.ts'
import type { ImageUser } from '../kas/accounts.ts'
import type { KasProject } from '../kas/project.ts'
import { releaseNamed } from './session.ts'

function accountOf(user: ImageUser): BuildAccount {
  const flags = [
    ...(user.clearText ? ['clear-text-password'] : []),
    ...(user.allowEmptyPassword ? ['allow-empty-password'] : []),
    ...(user.forcePasswordChange ? ['force-passwd-change'] : []),
    ...(user.system ? ['system'] : []),
    ...(user.createHome === false ? ['no-create-home'] : [])
  ]
  const { name, password, groups, shell, home, comment, uid, gid } = user
  return { name, password, flags, groups, shell, home, comment, uid, gid }
}

/**
 * What the embedded engine has to make, from the configuration a kas build would use.
 * @throws HardenError usage: `KAS_CONFIGURATION` with findings (file:line), `MACHINE_UNSUPPORTED`.
 */
export function buildRequestOf(
  project: KasProject,
  wantedBy: ReadonlyMap<string, string> = new Map()
): BuildRequest {
  const effective = effectiveConfiguration(project)
  const errors = effective.findings.filter((finding) => finding.severity === 'error')
  if (errors.length > 0) {
    throw new HardenError(
      'usage',
      'KAS_CONFIGURATION',
      "The embedded engine can't know this configuration well enough to build from it:",
      {
        findings: errors,
        hint: 'docs/bitbake-subset.md says what it understands; kas and isar understand all of it.'
      }
    )
  }
  const release = releaseNamed(project.release?.codename, project.chain)
  if (effective.arch !== 'amd64') {
    throw new HardenError(
      'usage',
      'MACHINE_UNSUPPORTED',
      `The embedded engine builds amd64 only; the machine ${effective.machine ?? '(unknown)'} is ${effective.arch ?? 'of unknown architecture'}.`,
      {
        hint: 'Build it with kas and isar, and let kas-harden verify the image.'
      }
    )
  }
  const settings = effective.isarRecipes.filter((recipe) => recipe.startsWith('kas-harden-'))
  const site = settings.includes('kas-harden-site')
  const {
    KAS_HARDEN_SITE_PARTS = '',
    KAS_HARDEN_CMDLINE = '',
    KAS_HARDEN_EXAMPLE,
    ...variables
  } = effective.harden
  const words = (text: string) => text.split(/\s+/).filter((word) => word !== '')
  return {
    image: project.targets[0]?.split(':').at(-1) ?? 'isar-image-base',
    distro: effective.distro ?? `debian-${release}`,
    machine: effective.machine ?? 'qemuamd64',
    release,
    architecture: 'amd64',
    hostname: effective.hostname ?? effective.machine ?? 'localhost',
    packages: effective.installPackages,
    kernel: effective.kernelName,
    cmdline: ['console=tty0', 'console=ttyS0,115200', ...words(KAS_HARDEN_CMDLINE)],
    settings: settings.filter((recipe) => recipe !== 'kas-harden-site'),
    site: { parts: site ? words(KAS_HARDEN_SITE_PARTS) : [], variables },
    accounts: effective.users.map(accountOf),
    groups: effective.groups.map(({ name, gid, system }) => ({ name, gid, system })),
    notBuilt: effective.onlyIsar.map(({ variable, value, origin, reason }) => ({
      variable,
      value,
      origin: origin ? `${origin.path}:${origin.line}, ${reason}` : reason
    })),
    wantedBy,
    example: KAS_HARDEN_EXAMPLE === '1'
  }
}
