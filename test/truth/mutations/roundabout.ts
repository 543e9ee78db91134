import type { TreeEdit } from '../changed-image.ts'
import { records } from './audit.ts'
import type { Harmless, Mutation, MutationClass } from '../mutation.ts'

type Change = (tree: TreeEdit) => void | Promise<void>

/** A file that says it all. */
function file(path: string, text: string, mode = 0o644): Change {
  return (tree) => {
    tree.write(path, `${text}\n`, { mode })
  }
}

function fstab(line: string): Change {
  return (tree) => tree.append('/etc/fstab', `${line}\n`)
}

function enabled(unit: string, change: Change): Change {
  return (tree) => {
    tree.link(`/etc/systemd/system/sysinit.target.wants/${unit}`, `/usr/lib/systemd/system/${unit}`)
    return change(tree)
  }
}

function sudo(text: string): Change {
  return file('/etc/sudoers.d/90-vendor', text, 0o440)
}

function audit(text: string): Change {
  return file('/etc/audit/rules.d/90-vendor.rules', text, 0o640)
}

function aide(text: string): Change {
  return file('/etc/aide/aide.conf.d/95_vendor', text)
}

function nsswitch(source: string, change: Change): Change {
  return async (tree) => {
    await tree.edit('/etc/nsswitch.conf', (text) =>
      text.replace(/^(passwd|shadow|group):.*$/gm, `$1: files ${source}`)
    )
    await change(tree)
  }
}

function edited(path: string, from: RegExp, to: string): Change {
  return (tree) => tree.edit(path, (text) => text.replace(from, to))
}

/** Every stack that asks for a secret, and what rests on it. */
const everyStack = [
  'login-lockout/auth-order',
  'login-lockout/login-auth-order',
  'login-lockout/sshd-auth-order',
  'login-lockout/su-auth-order',
  'login-lockout/su-l-auth-order',
  'login-lockout/sudo-auth-order',
  'login-lockout/sudo-i-auth-order',
  'login-lockout/other-auth-order',
  'no-default-credentials/login-stack',
  'no-default-credentials/su-stack',
  'no-default-credentials/su-l-stack',
  'no-default-credentials/sudo-stack',
  'no-default-credentials/sudo-i-stack',
  'no-default-credentials/other-stack',
  'second-factor/ssh-stack',
  'second-factor/login-stack',
  'session-lock/unlock'
]

/** What asks for records of programs, which no rule makes. */
const ofPrograms = [
  'audit-events/categories',
  'audit-protection/watched',
  'authenticated-time/audit',
  'service-actions/recorded'
]

/** Ways round a setting that itself stays as it is. */
const ways: readonly (readonly [
  name: string,
  kind: MutationClass,
  change: Change,
  fails: readonly string[],
  unknown?: readonly string[]
])[] = [
  // What is read in the image is covered or replaced when the device runs.
  [
    'mounts: another directory over the drop-ins of sshd',
    'diversion',
    fstab('/opt/vendor /etc/ssh/sshd_config.d none bind 0 0'),
    ['least-functionality/started']
  ],
  [
    'mounts: an empty file system over the rules of audit',
    'diversion',
    fstab('tmpfs /etc/audit tmpfs defaults 0 0'),
    ['least-functionality/started']
  ],
  [
    'mounts: an overlay of /etc whose upper part has a drop-in',
    'diversion',
    (tree) => {
      tree.write('/var/local/etc/ssh/sshd_config.d/00-vendor.conf', 'PermitRootLogin yes\n')
      return tree.append(
        '/etc/fstab',
        'overlay /etc overlay lowerdir=/etc,upperdir=/var/local/etc,workdir=/var/local/w 0 0\n'
      )
    },
    ['least-functionality/started']
  ],
  [
    'mounts: a mount unit over the rules of PAM',
    'diversion',
    (tree) => {
      tree.write(
        '/etc/systemd/system/etc-pam.d.mount',
        '[Mount]\nWhat=/opt/vendor\nWhere=/etc/pam.d\nOptions=bind\n'
      )
      tree.link('/etc/systemd/system/local-fs.target.wants/etc-pam.d.mount', '../etc-pam.d.mount')
    },
    ['least-functionality/started']
  ],
  [
    'extensions: a tree laid over /usr',
    'diversion',
    enabled('systemd-sysext.service', file('/var/lib/extensions/vendor/usr/sbin/sshd', 'x', 0o755)),
    ['least-functionality/started']
  ],
  [
    'credentials of systemd: settings of the kernel',
    'generator',
    file('/etc/credstore/sysctl.extra', 'kernel.sysrq=1'),
    ['least-functionality/started']
  ],
  [
    'credentials of systemd: files made at start',
    'generator',
    file(
      '/usr/lib/credstore/tmpfiles.extra',
      'f+ /etc/ssh/sshd_config.d/00.conf - - - - PermitRootLogin yes'
    ),
    ['least-functionality/started']
  ],
  [
    'credentials of systemd: a console that logs root in',
    'generator',
    file('/etc/credstore/agetty.autologin', 'root'),
    ['least-functionality/started']
  ],
  [
    'programs of every user run by an interpreter with the rights of set-id files',
    'service',
    file('/etc/binfmt.d/vendor.conf', ':vendor:M::\\x7fELF::/opt/vendor/run:OC'),
    ['least-functionality/started']
  ],
  [
    'audit: auditd starts a program',
    'service',
    file('/etc/audit/plugins.d/vendor.conf', 'active = yes\npath = /opt/vendor/run\ntype = always'),
    ['least-functionality/started']
  ],
  [
    'the kernel starts another modprobe',
    'service',
    file('/etc/sysctl.d/99-vendor.conf', 'kernel.modprobe = /opt/vendor/run'),
    ['least-functionality/started']
  ],
  [
    'memory of crashed programs goes to a program',
    'service',
    file('/etc/sysctl.d/99-vendor.conf', 'kernel.core_pattern = |/opt/vendor/run %p'),
    ['least-functionality/started']
  ],
  [
    'a hook of the network in another state',
    'service',
    file('/etc/networkd-dispatcher/off.d/vendor', '#!/bin/sh', 0o755),
    ['least-functionality/started']
  ],
  // Settings of the kernel by another name.
  [
    'sysctl.d: a key with a leading slash',
    'drop-in',
    file('/etc/sysctl.d/zz-vendor.conf', '/kernel/sysrq = 1'),
    ['diagnostic-interfaces/sysrq']
  ],
  [
    'sysctl.d: a key with a doubled dot',
    'drop-in',
    file('/etc/sysctl.d/zz-vendor.conf', 'kernel..sysrq = 1'),
    ['diagnostic-interfaces/sysrq']
  ],
  [
    'sysctl.d: interfaces that come later forward',
    'drop-in',
    file('/etc/sysctl.d/zz-vendor.conf', 'net.ipv4.conf.default.forwarding = 1'),
    ['fail-close/start', 'firewall/no-forwarding', 'zone-boundary/start']
  ],
  // Accounts by another way.
  [
    'accounts: root has a hash of BSD',
    'account',
    edited('/etc/shadow', /^root:[^:]*:/m, 'root:_J9..rasmBYk8r9AiWNc:'),
    [
      'crypto-policy/hashes',
      'least-privilege/root',
      'login-defaults/hashes',
      'no-default-credentials/root',
      'no-default-credentials/first-login',
      'no-default-credentials/hashes',
      'password-lifetime/accounts',
      'unique-accounts/root-locked'
    ]
  ],
  [
    'accounts: the shadow of root is asked for by ##root',
    'account',
    async (tree) => {
      await tree.edit('/etc/passwd', (text) => text.replace(/^root:x:/m, 'root:##root:'))
      await tree.edit('/etc/shadow', (text) =>
        text.replace(
          /^root:[^:]*:/m,
          'root:$y$j9T$abcdefghijklmnop$0123456789012345678901234567890123456789abc:0'
        )
      )
    },
    [
      'least-privilege/root',
      'no-default-credentials/root',
      'no-default-credentials/first-login',
      'password-lifetime/accounts',
      'unique-accounts/root-locked'
    ]
  ],
  [
    'accounts: a group of administrators has a password',
    'account',
    edited('/etc/gshadow', /^kas-admin:[^:]*:/m, 'kas-admin:$6$abcdefgh$012345678901234567890123456789:'),
    ['no-default-credentials/system-accounts']
  ],
  [
    'accounts: a daemon adds members to a group',
    'account',
    edited('/etc/gshadow', /^(kas-admin:[^:]*):[^:]*:/m, '$1:daemon:'),
    ['no-default-credentials/system-accounts']
  ],
  [
    'accounts: a second file of accounts',
    'account',
    nsswitch('extrausers', file('/var/lib/extrausers/passwd', 'toor:x:0:0::/root:/bin/bash')),
    ['account-roles/unique', 'unique-accounts/unique']
  ],
  [
    'accounts: a record of systemd',
    'account',
    nsswitch('systemd', file('/etc/userdb/toor.user', '{"userName":"toor","uid":60001}')),
    ['account-roles/unique', 'unique-accounts/unique']
  ],
  // PAM.
  [
    'pam: a comment that seems to go on',
    'edit',
    edited('/etc/pam.d/common-auth', /^/, '# rules \\\nauth sufficient pam_permit.so\n'),
    everyStack
  ],
  [
    'pam: a module of the same name from elsewhere',
    'binary',
    edited('/etc/pam.d/common-auth', /pam_unix\.so/, '/opt/vendor/pam_unix.so'),
    everyStack
  ],
  [
    'pam: closed accounts get in by ssh',
    'edit',
    edited('/etc/pam.d/sshd', /^@include common-account.*$/m, 'account required pam_permit.so'),
    ['no-default-credentials/sshd-account']
  ],
  [
    'pam: closed accounts get in at the console',
    'edit',
    edited('/etc/pam.d/login', /^@include common-account.*$/m, 'account required pam_permit.so'),
    ['no-default-credentials/login-account']
  ],
  [
    'pam: the console takes any new password',
    'edit',
    edited('/etc/pam.d/login', /^@include common-password.*$/m, 'password required pam_unix.so yescrypt'),
    ['password-quality/login-stack']
  ],
  [
    'pam: ssh takes any new password',
    'edit',
    edited('/etc/pam.d/sshd', /^@include common-password.*$/m, 'password required pam_unix.so yescrypt'),
    ['password-quality/sshd-stack']
  ],
  [
    'credentials: failures are counted where a restart forgets them',
    'edit',
    edited('/etc/security/faillock.conf', /^dir.*$/m, 'dir = /var/lock/faillock'),
    ['login-lockout/persistent']
  ],
  // sshd.
  [
    'sshd: the password by another method',
    'drop-in',
    file(
      '/etc/ssh/sshd_config.d/00-vendor.conf',
      'AuthenticationMethods any\nKbdInteractiveAuthentication yes'
    ),
    ['authenticator-feedback/ssh-passwords', 'second-factor/ssh-methods', 'sshd-hardening/passwords']
  ],
  [
    'sshd: a library by the environment of a session',
    'drop-in',
    file('/etc/ssh/sshd_config.d/00-vendor.conf', 'AcceptEnv LD_*'),
    ['sshd-hardening/environment']
  ],
  [
    'ssh: options in lines of the environment file',
    'include',
    file('/etc/default/ssh', 'SSHD_OPTS="\n-oPermitRootLogin=yes"'),
    ['no-default-credentials/ssh-root', 'sshd-hardening/root-login', 'unique-accounts/ssh-root']
  ],
  [
    'ssh: options in pieces of the environment file',
    'include',
    file('/etc/default/ssh', 'SSHD_OPTS=""-oPermitRootLogin=yes'),
    ['no-default-credentials/ssh-root', 'sshd-hardening/root-login', 'unique-accounts/ssh-root']
  ],
  [
    'ssh: options for every service',
    'include',
    async (tree) => {
      await tree.edit('/etc/default/ssh', (text) => text.replace(/^SSHD_OPTS=.*$/m, ''))
      tree.write(
        '/etc/systemd/system.conf.d/v.conf',
        '[Manager]\nDefaultEnvironment=SSHD_OPTS=-oPermitRootLogin=yes\n'
      )
    },
    ['no-default-credentials/ssh-root', 'sshd-hardening/root-login', 'unique-accounts/ssh-root']
  ],
  [
    'services: a library in each by its environment',
    'drop-in',
    file('/etc/systemd/system.conf.d/v.conf', '[Manager]\nDefaultEnvironment=LD_PRELOAD=/opt/vendor/lib.so'),
    ['least-privilege/service-environment']
  ],
  [
    'services: a library in systemd by its environment',
    'drop-in',
    file('/etc/systemd/system.conf.d/v.conf', '[Manager]\nManagerEnvironment=LD_PRELOAD=/opt/vendor/lib.so'),
    ['least-privilege/manager-environment']
  ],
  // sudo.
  [
    'sudo: a comment that seems to go on',
    'drop-in',
    sudo('# rules \\\ndaemon ALL=(ALL) ALL'),
    ['sudo-roles/all', 'sudo-roles/shells']
  ],
  [
    'sudo: a line that goes on behind blanks',
    'drop-in',
    sudo('daemon ALL = /bin/ls, \\  \n ALL'),
    ['sudo-roles/all', 'sudo-roles/shells']
  ],
  [
    'sudo: two aliases of one name',
    'drop-in',
    sudo('Cmnd_Alias OPS = ALL\nHost_Alias OPS = vendor\ndaemon ALL = OPS'),
    ['sudo-roles/all', 'sudo-roles/shells']
  ],
  [
    'sudo: another stack of PAM',
    'drop-in',
    sudo('Defaults pam_service=vendor'),
    ['least-privilege/password', 'sudo-roles/password']
  ],
  [
    'sudo: one ticket for all sessions',
    'drop-in',
    sudo('Defaults timestamp_type=global'),
    ['least-privilege/password', 'sudo-roles/password']
  ],
  [
    'sudo: nothing is recorded',
    'drop-in',
    sudo('Defaults !syslog'),
    ['audit-events/sudo-log', 'sudo-roles/log']
  ],
  [
    'sudo: programs are looked for in /tmp',
    'drop-in',
    sudo('Defaults secure_path=/tmp:/usr/bin'),
    ['sudo-roles/shells']
  ],
  [
    'sudo: an editor of accounts for a role',
    'drop-in',
    sudo('%kas-operator ALL = /usr/sbin/vipw'),
    ['sudo-roles/shells']
  ],
  [
    'sudo: an editor by an argument',
    'drop-in',
    sudo('%kas-operator ALL = /usr/bin/systemctl edit ssh'),
    ['sudo-roles/shells']
  ],
  [
    'sudo: a program in the home of a person',
    'drop-in',
    sudo('%kas-operator ALL = /home/bob/tool'),
    ['sudo-roles/shells']
  ],
  // audit.
  ['audit: one outcome is left out', 'drop-in', audit('-A never,exit -F success=1'), records],
  ['audit: records of programs are left out', 'drop-in', audit('-a never,user'), ofPrograms],
  ['audit: log-ins are left out', 'drop-in', audit('-a always,exclude -F msgtype=USER_LOGIN'), ofPrograms],
  ['audit: one record a second', 'drop-in', audit('-r 1'), ofPrograms],
  // aide.
  ['aide: the rules of PAM are left out', 'drop-in', aide('!/etc/pam.d'), ['file-integrity/left-out']],
  [
    'aide: libraries are left out',
    'drop-in',
    aide('!/usr/lib/x86_64-linux-gnu'),
    ['file-integrity/left-out']
  ],
  ['aide: it looks at another root', 'drop-in', aide('root_prefix=/opt/empty'), ['file-integrity/left-out']],
  [
    'aide: changed contents are not reported',
    'drop-in',
    aide('report_ignore_changed_attrs=sha256+sha512+p+u+g'),
    ['file-integrity/left-out']
  ],
  // apt, time, AppArmor, shells.
  [
    'apt: a file from elsewhere',
    'include',
    file('/etc/apt/apt.conf.d/99vendor', '#include "/opt/vendor/apt.conf";'),
    ['package-authenticity/authenticated']
  ],
  [
    'apt: an option for one program',
    'drop-in',
    file('/etc/apt/apt.conf.d/99vendor', 'Binary::apt-get::APT::Get::AllowUnauthenticated "true";'),
    ['package-authenticity/authenticated']
  ],
  [
    'apt: an option by another number',
    'drop-in',
    file('/etc/apt/apt.conf.d/99vendor', 'APT::Get::AllowUnauthenticated "2";'),
    ['package-authenticity/authenticated']
  ],
  [
    'apt: old lists are taken',
    'drop-in',
    file('/etc/apt/apt.conf.d/99vendor', 'Acquire::Check-Valid-Until "false";'),
    ['package-authenticity/authenticated']
  ],
  [
    'chrony: a peer without a proof',
    'drop-in',
    file('/etc/chrony/conf.d/zz.conf', 'peer time.example.net'),
    ['authenticated-time/peers']
  ],
  [
    'chrony: the clock is set at start by a server without a proof',
    'drop-in',
    file('/etc/chrony/conf.d/zz.conf', 'initstepslew 30 time.example.net'),
    ['authenticated-time/initial']
  ],
  [
    'chrony: certificates out of date',
    'drop-in',
    file('/etc/chrony/conf.d/zz.conf', 'nocerttimecheck 1000'),
    ['authenticated-time/certificate-times']
  ],
  [
    'AppArmor: the parser loads profiles that only report',
    'edit',
    (tree) => tree.append('/etc/apparmor/parser.conf', '\nComplain\n'),
    ['mandatory-access-control/parser']
  ],
  [
    'sessions: a comment that seems to go on',
    'drop-in',
    file('/etc/profile.d/00-v.sh', '# x \\\nreadonly TMOUT=99999'),
    ['remote-session-termination/tmout', 'session-lock/tmout']
  ],
  [
    'sessions: the time-out is set in a way nobody reads',
    'drop-in',
    file('/etc/profile.d/00-v.sh', 'printf -v TMOUT 99999; readonly TMOUT'),
    ['remote-session-termination/tmout', 'session-lock/tmout']
  ],
  [
    'sessions: a quoted time-out',
    'drop-in',
    file('/etc/profile.d/00-v.sh', 'readonly "TMOUT=99999"'),
    ['remote-session-termination/tmout', 'session-lock/tmout']
  ],
  [
    'sessions: another shell takes over',
    'drop-in',
    file('/etc/profile.d/00-v.sh', 'exec /bin/dash'),
    ['remote-session-termination/tmout', 'session-lock/tmout']
  ]
]

export const roundaboutMutations: readonly Mutation[] = ways.map(([name, kind, change, fails, unknown]) => ({
  name,
  class: kind,
  change,
  fails,
  // Debian 11 has no systemd-sysext.
  ...(name.startsWith('extensions:') && { releases: ['bookworm', 'trixie'] as const }),
  ...(unknown ? { unknown } : {})
}))

/** What looks like a way round and is none. */
export const roundaboutHarmless: readonly Harmless[] = [
  {
    name: 'mounts: an overlay of /etc with nothing in it yet',
    change: fstab('overlay /etc overlay lowerdir=/etc,upperdir=/var/local/etc,workdir=/var/local/w 0 0')
  },
  {
    name: 'mounts: a partition of the product',
    change: fstab('/dev/disk/by-label/data /opt/vendor ext4 nosuid,nodev 0 2')
  },
  { name: 'mounts: the root again, read-only', change: fstab('/dev/root /usr none remount,bind,ro 0 0') },
  {
    name: 'credentials of the product’s own service',
    change: file('/etc/credstore.encrypted/vendor-token', 'x')
  },
  {
    name: 'audit: noise of one program left out',
    change: audit('-A never,exit -F exe=/usr/bin/vendor -S openat')
  },
  {
    name: 'audit: what nobody logged in does is left out',
    change: audit('-a never,exit -F auid=unset -F exe=/usr/bin/vendor')
  },
  {
    name: 'audit: records of paths’ working directories left out',
    change: audit('-a always,exclude -F msgtype=CWD')
  },
  { name: 'aide: files of the product left out', change: aide('!/opt/vendor/cache\n!/etc/resolv\\.conf$') },
  {
    name: 'sshd: the usual variables of a language',
    change: file('/etc/ssh/sshd_config.d/90-v.conf', 'AcceptEnv LANG LC_*')
  },
  {
    name: 'nsswitch: systemd’s own accounts, none of them in the image',
    change: nsswitch('systemd', () => undefined)
  },
  {
    name: 'sudo: a role sees its own time table',
    change: sudo('%kas-operator ALL = /usr/bin/crontab -l, /usr/bin/systemctl status ssh')
  },
  {
    name: 'environment file: a comment and quotes',
    change: file('/etc/default/ssh', '# options\nSSHD_OPTS=""')
  },
  {
    name: 'apt: lists of an archive without an end',
    change: file('/etc/apt/apt.conf.d/99vendor', 'Acquire::Check-Valid-Until "true";')
  }
]
