import type { Finding } from '../base/finding.ts'
import type { Profile } from '../controls/profile.ts'
import type { ParameterValues, Target } from '../controls/target.ts'
import type { KasProject } from '../kas/project.ts'
import type { PersonAccount } from './accounts.ts'

/**
 * A software application (SAR) is one program of the image, and a whole Debian is none: without its name a
 * plan would claim for everything in the image what the standard asks of one application.
 */
export function checkApplication({ components, application }: Target): Finding[] {
  if (!components.includes('SAR') || application !== undefined) return []
  return [
    {
      code: 'SAR_WITHOUT_APPLICATION',
      severity: 'error',
      message:
        'The target names the component type SAR, a software application, but not which one; a whole Debian image is no application.',
      hint: 'Name it in kas-harden.yml, target: {components: [SAR], application: NAME, ...}, or take EDR, HDR or NDR for the device.'
    }
  ]
}

/**
 * The second factor asks console and ssh for the password and a code of an enrolled secret: who has no
 * password never gets in, and who is not enrolled does not yet (CCSC 1).
 */
export function checkSecondFactor(
  { controls }: Pick<Profile, 'controls'>,
  accounts: readonly PersonAccount[]
): Finding[] {
  if (!controls.some(({ settings }) => settings.includes('kas-harden-mfa'))) return []
  const requirement = ['CR 1.1 RE(2)', 'CCSC 1']
  const names = (some: readonly PersonAccount[]) => some.map(({ name }) => name).join(', ')
  const without = accounts.filter(({ passwordHash }) => passwordHash === undefined)
  if (accounts.length > 0 && without.length === accounts.length) {
    return [
      {
        code: 'SECOND_FACTOR_NO_PASSWORD',
        severity: 'error',
        message: `With the second factor ssh asks for key, password and code, and none of the accounts ${names(accounts)} has a password: nobody could log in.`,
        hint: 'Add passwordHash (mkpasswd --method=yescrypt) to at least one of them; it must be changed at the first login.',
        requirement
      }
    ]
  }
  const locked: Finding = {
    code: 'SECOND_FACTOR_NO_PASSWORD',
    severity: 'warning',
    message: `With the second factor ssh asks for key, password and code: ${names(without)} can't log in without a password.`,
    hint: 'Add passwordHash (mkpasswd --method=yescrypt) to each of them; it must be changed at the first login.',
    requirement
  }
  return [
    ...(without.length > 0 ? [locked] : []),
    {
      code: 'SECOND_FACTOR_ENROLMENT',
      severity: 'warning',
      message:
        'Console and ssh ask for a one-time code: nobody logs in before a secret is enrolled on the device.',
      hint: 'In production run `kas-harden-mfa-enrol NAME` for each person, or put the secret into /var/lib/kas-harden-mfa/NAME (0400, root), on a device whose clock is right.',
      requirement
    }
  ]
}

/** usbguard, wanted by the project itself, blocks what no rule allows, and Debian's package has no rules. */
export function checkUsbguard({ headers }: Pick<KasProject, 'headers'>): Finding[] {
  const block = headers.find(({ text }) => /^[^#\n]*\busbguard\b/m.test(text))
  if (!block) return []
  return [
    {
      code: 'USBGUARD_WITHOUT_RULES',
      severity: 'warning',
      message: `The block '${block.key}' names usbguard: without /etc/usbguard/rules.conf it blocks every USB device, keyboards too.`,
      hint: 'Ship a rules.conf made on the device (usbguard generate-policy), mode 0600, in a package of the product.',
      requirement: ['CCSC 1']
    }
  ]
}

/** `ports.allowed` replaces its default: a list without ssh makes the check of what listens fail on our own ssh. */
export function checkSshPort(
  { controls }: Pick<Profile, 'controls'>,
  values: ParameterValues,
  placeOf: (parameter: string) => Pick<Finding, 'path' | 'range'> = () => ({})
): Finding[] {
  const allowed = values['ports.allowed']
  if (typeof allowed !== 'object' || !controls.some(({ settings }) => settings.includes('kas-harden-ssh'))) {
    return []
  }
  const holdsSsh = (entry: string): boolean => {
    if (/^sshd?(?:@.*)?\.(?:service|socket)$/.test(entry) || entry === 'tcp/*') return true
    const range = /^tcp\/(\d+)(?:-(\d+))?$/.exec(entry)
    return range !== null && Number(range[1]) <= 22 && 22 <= Number(range[2] ?? range[1])
  }
  if (allowed.some(holdsSsh)) return []
  return [
    {
      code: 'PORTS_WITHOUT_SSH',
      severity: 'warning',
      message: 'ports.allowed has no ssh: sshd listens on tcp/22, and verify will fail CR 7.7.',
      ...placeOf('ports.allowed'),
      hint: 'The list replaces the default; write tcp/22 beside your own ports.',
      requirement: ['CR 7.7']
    }
  ]
}
