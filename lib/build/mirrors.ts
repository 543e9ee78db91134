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

/**
 * The Debian mirrors of this machine's own apt configuration, as apt itself
 * understands it (one-line and deb822 sources, `apt-get indextargets`).
 * @throws HardenError `NO_MIRROR` (environment) when there is none.
 */
export async function machineMirrors(exec: Exec): Promise<Mirrors> {
  const asked = await exec.run('apt-get', [
    'indextargets',
    '--format',
    '$(CREATED_BY) $(REPO_URI) $(RELEASE)',
    '--no-release-info'
  ])
  const uris = asked.stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line.startsWith('Packages '))
    .map((line) => line.split(' ')[1] ?? '')
    .filter((uri) => /^https?:|^file:|^copy:/.test(uri))
  const main = uris.find((uri) => /\/debian\/$/.test(uri))
  const security = uris.find((uri) => /\/debian-security\/$/.test(uri))
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
