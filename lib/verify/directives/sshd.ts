import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext } from '../check-context.ts'
import { sshdSeconds } from '../quantities.ts'
import type { Setting } from '../readers/lines.ts'
import type { SshdConfig } from '../readers/sshd.ts'
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
    overrides: [...config.conditional(key), ...roundabout(key, config)],
    style: {
      ignoreCase: !caseMatters.test(key),
      off: (value) => value === 'none' || (zeroIsOff.has(key) && sshdSeconds(value) === 0),
      quantity: sshdSeconds
    }
  }
}

/**
 * Other keywords that bring what this one forbids: keyboard-interactive asks PAM for the password where no list of
 * methods begins with a key, and AcceptEnv or SetEnv hand a session what loads libraries into its programs.
 */
function roundabout(key: string, config: SshdConfig): readonly Setting[] {
  const ways = (keyword: string) => [...config.global(keyword), ...config.conditional(keyword)]
  if (key === 'passwordauthentication') {
    const asked = ways('kbdinteractiveauthentication').find(({ value }) => value.toLowerCase() === 'yes')
    const open = ways('authenticationmethods').find(({ value }) =>
      value.split(/\s+/).some((list) => /^(?:any|password|keyboard-interactive)\b/i.test(list))
    )
    const pam = config.global('usepam')[0]?.value.toLowerCase() === 'yes'
    return pam && asked && open
      ? [{ ...open, value: `${open.value} (keyboard-interactive asks for the password)` }]
      : []
  }
  if (key !== 'permituserenvironment') return []
  return [...ways('acceptenv'), ...ways('setenv')].filter(({ value }) =>
    value.split(/\s+/).some((one) => /^(?:[*?]|L[*?]|LD|LD_)/.test(one) && !/^LD_?$/.test(one))
  )
}
