import { HardenError } from '../base/errors.ts'
import type { Exec } from '../base/exec.ts'
import type { Release } from '../controls/control.ts'

/** Where Debian packages come from. Never part of an image. */
export interface Mirrors {
  /** The archive, with a slash at the end. */
  main: string
  /** The security archive, with a slash at the end. */
  security: string
}

/** Debian's keyring on the building machine; apt verifies every Release file with it. */
export const archiveKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Fields of all package indexes apt would fetch over these protocols. */
async function targetsOf(exec: Exec, format: string, ...options: string[]): Promise<string[][]> {
  const asked = await exec.run('apt-get', ['indextargets', '--format', format, ...options])
  return asked.stdout
    .toString('utf8')
    .split('\n')
    .map((line) => line.split('|'))
    .filter(([by, uri]) => by === 'Packages' && /^(?:https?|file|copy):/.test(uri ?? ''))
}

/**
 * The Debian mirrors of this machine's own apt configuration, as apt itself
 * understands it (one-line and deb822 sources, `apt-get indextargets`): known
 * by the label of their Release files, or by their path as long as there are none.
 * @throws HardenError `NO_MIRROR` (environment) when there is none.
 */
export async function machineMirrors(exec: Exec): Promise<Mirrors> {
  const labelled = await targetsOf(exec, '$(CREATED_BY)|$(REPO_URI)|$(ORIGIN)|$(LABEL)')
  const all = await targetsOf(exec, '$(CREATED_BY)|$(REPO_URI)', '--no-release-info')
  const find = (label: string, path: RegExp) =>
    (labelled.find((target) => target[2] === 'Debian' && target[3] === label) ??
      all.find((target) => path.test(target[1]!)))?.[1]
  const main = find('Debian', /\/debian\/$/)
  const security = find('Debian-Security', /\/debian-security\/$/)
  if (!main || !security) {
    throw new HardenError(
      'environment',
      'NO_MIRROR',
      `This machine's apt configuration names no ${main ? 'Debian security' : 'Debian'} mirror.`,
      { hint: 'Name them: --mirror URI --security-mirror URI' }
    )
  }
  return { main, security }
}

/** One-line apt sources of a release: the archive, its updates and its security updates, always all three. */
export function sourceLines(release: Release, mirrors: Mirrors): string[] {
  const option = `[signed-by=${archiveKeyring}]`
  return [
    `deb ${option} ${mirrors.main} ${release} main`,
    `deb ${option} ${mirrors.main} ${release}-updates main`,
    `deb ${option} ${mirrors.security} ${release}-security main`
  ]
}
