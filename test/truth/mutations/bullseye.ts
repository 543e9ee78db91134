import type { Mutation } from '../mutation.ts'
import { all, dropIn, masked, nulled, removed, replaced, statusOf, written } from './system-edits.ts'
import { withoutDatabaseOfBullseye } from './without-database.ts'

const modules = [
  'code-execution/modules',
  'diagnostic-interfaces/modules', // its kernel has FireWire, that of a cloud has not
  'least-functionality/modules',
  'no-wireless/modules'
]
const ourModules = '/usr/lib/modprobe.d/60-kas-harden.conf'

/** Without a file of its own, sudo -i has the rules of other services there. */
const otherServices = [
  'login-lockout/other-auth-order',
  'login-lockout/sudo-i-auth-order',
  'no-default-credentials/other-stack',
  'no-default-credentials/sudo-i-stack',
  'session-lock/unlock'
]

const changes: readonly Omit<Mutation, 'releases'>[] = [
  ...['tpm2-tools', 'libengine-pkcs11-openssl', 'libtpm2-pkcs11-1'].map((name) => ({
    name: `Debian 11: ${name} half installed`,
    class: 'package' as const,
    change: statusOf(name, 'install ok half-installed'),
    fails: ['hardware-keys/packages-bullseye', `package:${name}`]
  })),
  ...['esmtp-run', 'libnss-myhostname'].map((name) => ({
    name: `Debian 11: ${name} removed`,
    class: 'package' as const,
    change: statusOf(name, 'deinstall ok config-files'),
    fails: [`package:${name}`]
  })),
  {
    name: 'Debian 11: nobody ends idle sessions',
    class: 'mask',
    change: masked('kas-harden-idle.timer'),
    fails: ['remote-session-termination/idle-timer', 'session-lock/idle-timer']
  },
  {
    name: 'Debian 11: secrets of the second factor can be read',
    class: 'permission',
    // Directories on the way are made for everybody.
    change: written('/var/lib/kas-harden-mfa/op', 'secret\n', 0o600),
    fails: ['second-factor/secrets']
  },
  {
    name: 'Debian 11: services without rules of their own are open',
    class: 'edit',
    change: replaced('/etc/pam.d/other', /^/, 'auth sufficient pam_debug.so auth=success\n'),
    fails: otherServices
  },
  {
    name: 'Debian 11: the rules of other services are gone',
    class: 'edit',
    change: removed('/etc/pam.d/other'),
    fails: otherServices
  },
  {
    name: 'Debian 11: modprobe.d: our file masked',
    class: 'diversion',
    change: nulled('/etc/modprobe.d/60-kas-harden.conf'),
    fails: modules
  },
  {
    name: 'Debian 11: modprobe.d: our file empty',
    class: 'edit',
    change: written(ourModules, ''),
    fails: modules
  },
  {
    name: 'Debian 11: modprobe.d: blacklist alone',
    class: 'edit',
    change: replaced(ourModules, /^install .*$/gm, ''),
    fails: modules
  },
  {
    name: 'Debian 11: ssh by its socket, on another port, which takes the place of the service',
    class: 'drop-in',
    change: all(dropIn('ssh.socket', '[Socket]\nListenStream=\nListenStream=2222\n'), (tree) => {
      tree.link('/etc/systemd/system/sockets.target.wants/ssh.socket', '/lib/systemd/system/ssh.socket')
    }),
    fails: ['least-functionality/ports', 'least-functionality/started', 'sshd-hardening/unit']
  },
  {
    name: 'Debian 11: dpkg removed',
    class: 'package',
    change: statusOf('dpkg', 'deinstall ok config-files'),
    fails: ['component-inventory/tool']
  },
  {
    name: 'Debian 11: openssl.cnf: an included file, the other form, first in the file',
    class: 'include',
    change: all(
      written('/opt/tls.cnf', '[system_default_sect]\nMinProtocol = SSLv3\n'),
      replaced('/etc/ssl/openssl.cnf', /^MinProtocol.*$/m, ''),
      replaced('/etc/ssl/openssl.cnf', /^/, '.include = /opt/tls.cnf\n[default]\n')
    ),
    fails: ['crypto-policy/tls']
  },
  {
    name: 'Debian 11: no list of packages',
    class: 'diversion',
    change: removed('/var/lib/dpkg/status'),
    fails: ['component-inventory/database'],
    unknown: withoutDatabaseOfBullseye
  }
]

/** What Debian 11 has otherwise: other packages, no logind that ends sessions, directories that are not merged. */
export const bullseyeMutations: readonly Mutation[] = changes.map((one) => ({
  ...one,
  releases: ['bullseye']
}))
