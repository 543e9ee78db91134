import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext } from '../check-context.ts'
import { sshdSeconds } from '../quantities.ts'
import { readSshd } from '../readers/sshd.ts'
import { sshdKeyword } from '../readers/sshd-syntax.ts'
import type { Reading } from './reading.ts'

/** Keys whose 0 switches the limit off (sshd_config(5)). */
const zeroIsOff = new Set([
  'logingracetime',
  'clientaliveinterval',
  'clientalivecountmax',
  'unusedconnectiontimeout'
])

/** Keys whose values are paths or names, where case matters. */
const caseMatters =
  /(?:file|files|banner|hostkey|hostcertificate|chrootdirectory|forcecommand|revokedkeys|trustedusercakeys|users|groups|command|subsystem|setenv|acceptenv)$/

/** sshd_config(5) as sshd reads it; settings of Match blocks are overrides. */
export async function readSshdKey(check: CheckOf<'directive'>, context: CheckContext): Promise<Reading> {
  const key = sshdKeyword(check.key)
  const { image } = context
  if (image.stat('/etc/ssh/sshd_config') === undefined && image.stat('/usr/sbin/sshd') === undefined) {
    return { effective: [], absent: 'there is no sshd in the image' }
  }
  const config = await context.read(readSshd)
  return {
    effective: config.global(key),
    overrides: config.conditional(key),
    style: {
      ignoreCase: !caseMatters.test(key),
      off: (value) => value === 'none' || (zeroIsOff.has(key) && sshdSeconds(value) === 0),
      quantity: sshdSeconds
    }
  }
}
