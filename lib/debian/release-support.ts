import type { Finding } from '../base/finding.ts'
import { releaseByName } from './releases.ts'

/**
 * A warning once Debian publishes no security updates any more for a release: a device built from it meets no
 * requirement on updates with Debian's help, however well it is hardened.
 * @param now milliseconds since the epoch, real time.
 */
export function supportFinding(codename: string, now: number): Finding | undefined {
  const release = releaseByName(codename)
  const until = release?.securityUntil
  if (!release || until === undefined || new Date(now).toISOString().slice(0, 10) <= until) return undefined
  const name = [`Debian`, release.version, `(${release.codename})`].filter(Boolean).join(' ')
  return {
    code: 'RELEASE_UNSUPPORTED',
    severity: 'warning',
    message: `${name} has had no security updates from Debian since ${until}, the end of its long term support (https://wiki.debian.org/LTS).`,
    hint: 'Move to a later release, or say in a statement on CCSC 4 and on updates who maintains these packages now.'
  }
}
