import type { TreeEdit } from '../changed-image.ts'
import type { Harmless, Mutation } from '../mutation.ts'

const status = '/var/lib/dpkg/status'

/** Another state in the stanza of a package (dpkg(1), PACKAGE STATES). */
const stateOf = (name: string, state: string) => (tree: TreeEdit) =>
  tree.edit(status, (text) =>
    text.replace(
      new RegExp(`(^Package: ${name}\\n(?:.+\\n)*?Status: )install ok installed$`, 'm'),
      `$1${state}`
    )
  )
const stanza = (name: string) => new RegExp(`^Package: ${name}\\n(?:.+\\n)+\\n?`, 'm')

const states = [
  ['removed, its settings left', 'deinstall ok config-files'],
  ['half configured', 'install ok half-configured'],
  ['unpacked only', 'install ok unpacked']
] as const

/** Packages of the controls of accounts, rights, sessions and ssh, with the checks beside `package:NAME`. */
const packages: readonly (readonly [name: string, checks: readonly string[]])[] = [
  ['adduser', ['account-roles/packages']],
  ['passwd', ['account-roles/packages']],
  ['libpam-modules', ['login-lockout/packages', 'no-default-credentials/packages']],
  ['libpam-modules-bin', ['login-lockout/packages']],
  ['libpam-runtime', ['no-default-credentials/packages']],
  ['login', ['no-default-credentials/packages']],
  ['libpam-pwquality', ['password-quality/packages']],
  ['cracklib-runtime', ['password-quality/packages']],
  ['libpam-google-authenticator', ['second-factor/package']],
  // What it leaves starts without a package.
  ['apparmor', ['mandatory-access-control/package', 'least-functionality/started']],
  ['sudo', ['sudo-roles/packages']],
  ['acl', ['sudo-roles/packages']],
  ['libpam-systemd', ['concurrent-sessions/logind', 'session-lock/packages']],
  ['vlock', ['session-lock/packages']],
  ['ca-certificates', ['certificate-authentication/packages', 'owner-trust-anchors/package']],
  ['openssl', ['certificate-authentication/packages', 'crypto-policy/package', 'security-report/packages']],
  ['openssh-server', ['sshd-hardening/package']],
  ['wamerican', []]
]

/** Packages that are not there as dpkg sees it. */
export const accessPackageMutations: readonly Mutation[] = [
  ...packages.map(([name, checks], index): Mutation => {
    const [what, state] = states[index % states.length]!
    return {
      name: `package: ${name} ${what}`,
      class: 'package',
      change: stateOf(name, state),
      fails: [...checks, `package:${name}`]
    }
  }),
  {
    name: 'package: sudo under another name, which only provides it',
    class: 'package',
    change: (tree) =>
      tree.edit(status, (text) =>
        text.replace(/^Package: sudo$/m, 'Package: sudo-rs\nProvides: sudo-lookalike')
      ),
    fails: ['sudo-roles/packages', 'package:sudo', 'least-functionality/started']
  },
  {
    name: 'package: the stanza of vlock is gone',
    class: 'package',
    change: (tree) => tree.edit(status, (text) => text.replace(stanza('vlock'), '')),
    fails: ['session-lock/packages', 'package:vlock']
  }
]

/** The same packages, written in another way. */
export const accessPackageHarmless: readonly Harmless[] = [
  {
    name: 'package: on hold',
    change: stateOf('openssh-server', 'hold ok installed')
  },
  {
    name: 'package: a stanza of a package that was removed once',
    change: (tree) =>
      tree.append(
        status,
        '\nPackage: rsh-client\nStatus: deinstall ok config-files\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n\n'
      )
  }
]
