import { describe, expect, test } from 'vitest'
import { dpkgStatus, goodTree, stanza } from './good-tree.ts'
import { notPassed, runChecks } from './run-tree.ts'
import type { Tree } from './tree-image.ts'

/** The text of a file of the good tree. */
function text(path: string): string {
  const entry = goodTree[path]
  return typeof entry === 'string' ? entry : (entry?.content ?? '')
}

function edited(path: string, from: string, to: string): Tree {
  if (!text(path).includes(from)) throw new Error(`${path} has no '${from}'`)
  const entry = goodTree[path]
  const content = text(path).replace(from, () => to)
  return { [path]: typeof entry === 'object' && entry !== null ? { ...entry, content } : content }
}

function added(path: string, more: string): Tree {
  const entry = goodTree[path]
  const content = text(path) + more
  return { [path]: typeof entry === 'object' && entry !== null ? { ...entry, content } : content }
}

const mask = { link: '/dev/null' }
const sshd = '/etc/ssh/sshd_config.d'
const wants = '/etc/systemd/system'
const nft = '/etc/nftables.d/filter.nft'
const rules = '/etc/audit/rules.d'
const pamAuth = '/etc/pam.d/common-auth'
const nftChecks = ['nft-input: fail', 'nft-forward: fail', 'nft-ssh: fail', 'nft-rate: fail']
const auditChecks = [
  'audit-keys: fail',
  'audit-watches: fail',
  'audit-syscalls: fail',
  'audit-controls: fail'
]
/** yescrypt of "root". */
const knownHash = '$y$j9T$BfLWbWIDsGLw/EWG1AbtP0$6VWifzw3UEy9bATbKis/3ANNUWerjxNqEecxmteXvJ0'

/** What is done to the good image, and exactly which checks must notice. */
const defeats: readonly (readonly [string, Tree, readonly string[]])[] = [
  // packages
  [
    'a package removed, its configuration kept',
    {
      '/var/lib/dpkg/status': dpkgStatus.replace(
        stanza('auditd'),
        stanza('auditd', 'deinstall ok config-files')
      )
    },
    ['package: fail']
  ],
  [
    'a package only unpacked',
    {
      '/var/lib/dpkg/status': dpkgStatus.replace(
        stanza('nftables'),
        stanza('nftables', 'install ok unpacked')
      )
    },
    ['package: fail']
  ],
  [
    'a package half configured',
    {
      '/var/lib/dpkg/status': dpkgStatus.replace(
        stanza('auditd'),
        stanza('auditd', 'install ok half-configured')
      )
    },
    ['package: fail']
  ],
  ['an unwanted package', { '/var/lib/dpkg/status': dpkgStatus + stanza('telnetd') }, ['package: fail']],
  ['no dpkg database', { '/var/lib/dpkg/status': null }, ['package: unknown']],

  // files and modes
  ['a banner that is a comment', { '/etc/issue.net': '# Authorised use only.\n' }, ['file: fail']],
  ['a banner with the system in it', added('/etc/issue.net', 'Debian 12\n'), ['file: fail']],
  ['a hosts.equiv', { '/etc/hosts.equiv': '+\n' }, ['file-absent: fail']],
  ['a dangling hosts.equiv', { '/etc/hosts.equiv': { link: '/nowhere' } }, ['file-absent: fail']],
  [
    'a preset machine id',
    { '/etc/machine-id': '0123456789abcdef0123456789abcdef\n' },
    ['file-empty: fail', 'machine-id: fail']
  ],
  [
    'a machine id of dbus',
    { '/var/lib/dbus/machine-id': '0123456789abcdef0123456789abcdef\n' },
    ['machine-id: fail']
  ],
  [
    'a world-writable shadow',
    { '/etc/shadow': { content: text('/etc/shadow'), mode: 0o666, gid: 42 } },
    ['mode: fail', 'world-writable: fail']
  ],
  [
    'a shadow of an ordinary user',
    { '/etc/shadow': { content: text('/etc/shadow'), mode: 0o640, uid: 1000, gid: 42 } },
    ['mode: fail', 'foreign-owner: fail']
  ],
  [
    'a readable sudoers file',
    { '/etc/sudoers.d/30-more': { content: '# nothing\n', mode: 0o644 } },
    ['mode-sudoers: fail']
  ],

  [
    'a profile of AppArmor switched off',
    { '/etc/apparmor.d/disable/usr.sbin.chronyd': { link: '/etc/apparmor.d/usr.sbin.chronyd' } },
    ['directory-empty: fail']
  ],
  [
    'a profile of AppArmor that only reports',
    edited('/etc/apparmor.d/usr.sbin.chronyd', '(attach_disconnected)', '(attach_disconnected, complain)'),
    ['files: fail']
  ],

  // sshd
  ['an earlier sshd drop-in', { [`${sshd}/10-local.conf`]: 'PermitRootLogin yes\n' }, ['sshd-root: fail']],
  [
    'a setting before the Include',
    { '/etc/ssh/sshd_config': `PermitRootLogin=yes\n${text('/etc/ssh/sshd_config')}` },
    ['sshd-root: fail']
  ],
  [
    'the Include taken out',
    edited('/etc/ssh/sshd_config', 'Include', '#Include'),
    ['sshd-root: fail', 'sshd-tries: fail', 'sshd-grace: fail', 'sshd-ciphers: fail']
  ],
  [
    'Match all in the main file',
    added('/etc/ssh/sshd_config', 'Match all\n  PermitRootLogin yes\n'),
    ['sshd-root: fail']
  ],
  [
    'a Match block in a drop-in',
    { [`${sshd}/99-backup.conf`]: 'Match User backup\nMaxAuthTries 20\n' },
    ['sshd-tries: fail']
  ],
  [
    'a grace time of 0, which is none',
    edited(`${sshd}/20-kas-harden.conf`, 'LoginGraceTime 30', 'LoginGraceTime 0'),
    ['sshd-grace: fail']
  ],
  [
    'a cipher added to the built-in ones',
    { [`${sshd}/10-local.conf`]: 'ciphers +3des-cbc\n' },
    ['sshd-ciphers: fail']
  ],
  [
    'options on the command line of sshd',
    { '/etc/default/ssh': 'SSHD_OPTS="-o PermitRootLogin=yes"\n' },
    ['sshd-root: fail']
  ],
  [
    'another configuration file for sshd',
    {
      '/etc/default/ssh': 'SSHD_OPTS=-f/etc/ssh/other\n',
      '/etc/ssh/other': 'PermitRootLogin no\nAuthorizedKeysFile /etc/ssh/authorized_keys.d/%u\n'
    },
    ['sshd-tries: fail', 'sshd-grace: fail', 'sshd-ciphers: fail']
  ],
  [
    'a nested include',
    {
      [`${sshd}/10-local.conf`]: 'Include extra/*.conf\n',
      '/etc/ssh/extra/a.conf': 'permitrootlogin "yes"\n'
    },
    ['sshd-root: fail']
  ],

  // flat files
  ['a later line in login.defs', added('/etc/login.defs', 'PASS_MAX_DAYS 99999\n'), ['login-max: fail']],
  ['a password age switched off', added('/etc/login.defs', 'PASS_MAX_DAYS -1\n'), ['login-max: fail']],
  ['a comment behind the umask', added('/etc/login.defs', 'UMASK 027 # why\n'), ['login-umask: fail']],
  [
    'a later line in auditd.conf',
    added('/etc/audit/auditd.conf', 'DISK_FULL_ACTION = SUSPEND\n'),
    ['auditd-full: fail']
  ],
  ['no auditd.conf', { '/etc/audit/auditd.conf': null }, ['auditd-full: fail']],
  [
    'an argument of pam_faillock',
    edited(pamAuth, 'pam_faillock.so authfail', 'pam_faillock.so authfail deny=100'),
    ['faillock: fail']
  ],
  [
    'lock-out switched off',
    edited('/etc/security/faillock.conf', 'deny = 5', 'deny = 0'),
    ['faillock: fail']
  ],
  [
    'another file for pam_faillock',
    {
      ...edited(pamAuth, 'pam_faillock.so preauth', 'pam_faillock.so preauth conf=/etc/other.conf'),
      '/etc/other.conf': 'deny=50\nsilent\n'
    },
    ['faillock: fail']
  ],
  [
    'the main file of pwquality, read last',
    { '/etc/security/pwquality.conf': 'minlen=6\n' },
    ['pwquality: fail']
  ],
  [
    'an argument of pam_pwquality',
    edited('/etc/pam.d/common-password', 'retry=3', 'retry=3 minlen=6'),
    ['pwquality: fail']
  ],
  [
    'repeats not counted',
    edited('/etc/security/pwquality.conf.d/50-kas-harden.conf', 'maxrepeat = 3', 'maxrepeat = 0'),
    ['pwquality-repeat: fail']
  ],
  [
    'a later journald drop-in',
    { '/etc/systemd/journald.conf.d/99-local.conf': '[Journal]\nStorage=volatile\n' },
    ['journald: fail']
  ],
  [
    'a drop-in that resets',
    { '/etc/systemd/journald.conf.d/99-local.conf': '[Journal]\nStorage=\n' },
    ['journald: fail']
  ],
  [
    'a drop-in masked by its name',
    { '/etc/systemd/journald.conf.d/60-kas-harden.conf': mask },
    ['journald: fail', 'journald-size: fail']
  ],
  [
    'a larger journal',
    { '/run/systemd/journald.conf.d/70-more.conf': '[Journal]\nSystemMaxUse=1G\n' },
    ['journald-size: fail']
  ],
  [
    'an endless idle session',
    { '/etc/systemd/logind.conf.d/90.conf': '[Login]\nStopIdleSessionSec=infinity\n' },
    ['logind: fail']
  ],
  [
    'a longer idle session',
    { '/etc/systemd/logind.conf.d/90.conf': '[Login]\nStopIdleSessionSec=1h\n' },
    ['logind: fail']
  ],
  [
    'core dumps',
    { '/etc/systemd/coredump.conf.d/90.conf': '[Coredump]\nStorage=external\n' },
    ['coredump: fail']
  ],
  [
    'core limits for services',
    { '/etc/systemd/system.conf.d/90.conf': '[Manager]\nDefaultLimitCORE=infinity\n' },
    ['system: fail']
  ],
  [
    'a second time server',
    { '/etc/systemd/timesyncd.conf.d/90.conf': '[Time]\nNTP=ntp.example.org\n' },
    ['timesyncd: fail']
  ],
  [
    'a server without nts',
    { '/etc/chrony/sources.d/other.sources': 'server ntp.example.org iburst\n' },
    ['chrony-server: fail']
  ],
  ['a public pool', added('/etc/chrony/chrony.conf', 'POOL pool.example.org\n'), ['chrony-pool: fail']],
  ['chrony serving time', { '/etc/chrony/conf.d/70-local.conf': 'port 123\n' }, ['chrony-port: fail']],
  [
    'the chrony sources not read',
    edited('/etc/chrony/chrony.conf', 'sourcedir', '!sourcedir'),
    ['chrony-server: fail']
  ],
  [
    'a user with more logins',
    { '/etc/security/limits.d/60-local.conf': 'engineer hard maxlogins 100\n' },
    ['limits: fail']
  ],
  [
    'a group without limits',
    { '/etc/security/limits.d/10-local.conf': '@staff - maxlogins -\n' },
    ['limits: fail']
  ],
  [
    'the selection of AIDE commented out',
    { '/etc/aide/aide.conf.d/50_site': '#/etc Full\n' },
    ['aide: fail']
  ],
  [
    'AIDE reporting elsewhere',
    edited('/etc/aide/aide.conf', 'syslog:LOG_AUTH', 'stdout'),
    ['aide-url: fail']
  ],
  ['an open-ended account', added('/etc/default/useradd', 'INACTIVE=-1\n'), ['useradd: fail']],
  [
    'openssl settings nobody refers to',
    edited('/etc/ssl/openssl.cnf', 'ssl_conf = ssl_sect\n', ''),
    ['openssl: fail']
  ],
  ['an old TLS version', added('/etc/ssl/openssl.cnf', 'MinProtocol = TLSv1\n'), ['openssl: fail']],

  // units
  ['ssh masked', { [`${wants}/ssh.service`]: mask }, ['unit-ssh: fail', 'unit-restart: fail']],
  ['ssh masked by an empty file', { [`${wants}/ssh.service`]: '' }, ['unit-ssh: fail', 'unit-restart: fail']],
  [
    'the link of ssh taken away',
    { [`${wants}/multi-user.target.wants/ssh.service`]: null },
    ['unit-ssh: fail']
  ],
  [
    'a condition in a drop-in',
    { [`${wants}/ssh.service.d/x.conf`]: '[Unit]\nConditionPathExists=/etc/never\n' },
    ['unit-ssh: fail']
  ],
  ['the file that keeps ssh from starting', { '/etc/ssh/sshd_not_to_be_run': 'x' }, ['unit-ssh: fail']],
  [
    'another command in a drop-in',
    { [`${wants}/ssh.service.d/x.conf`]: '[Service]\nExecStart=\nExecStart=/bin/true\n' },
    ['unit-ssh: fail']
  ],
  ['a timer masked', { [`${wants}/dailyaidecheck.timer`]: mask }, ['unit-timer: fail']],
  [
    'a wants link masked',
    { [`${wants}/timers.target.wants/dailyaidecheck.timer`]: mask },
    ['unit-timer: fail']
  ],
  ['timers.target masked', { [`${wants}/timers.target`]: mask }, ['unit-timer: fail']],
  [
    'another default target',
    { [`${wants}/default.target`]: { link: '/usr/lib/systemd/system/sysinit.target' } },
    ['unit-ssh: fail', 'unit-timer: fail', ...auditChecks]
  ],
  [
    'the debug shell enabled',
    {
      [`${wants}/sysinit.target.wants/debug-shell.service`]: {
        link: '/usr/lib/systemd/system/debug-shell.service'
      }
    },
    ['unit-debug: fail', 'autologin: fail']
  ],
  [
    'the debug shell pulled in by a unit',
    { [`${wants}/ssh.service.d/x.conf`]: '[Unit]\nWants=debug-shell.service\n' },
    ['unit-debug: fail', 'autologin: fail']
  ],
  ['a mask taken away', { [`${wants}/ctrl-alt-del.target`]: null }, ['unit-masked: fail']],
  [
    'a later value of a property',
    { [`${wants}/ssh.service.d/x.conf`]: '[Service]\nRestart=no\n' },
    ['unit-restart: fail']
  ],
  [
    'a drop-in for every service',
    { [`${wants}/service.d/x.conf`]: '[Service]\nRestart=no\n' },
    ['unit-restart: fail']
  ],

  // accounts
  ['an empty password', edited('/etc/shadow', 'operator:*', 'operator:'), ['no-empty: fail']],
  ['an empty password in passwd', edited('/etc/passwd', 'operator:x', 'operator:'), ['no-empty: fail']],
  [
    'root with a well-known password',
    edited('/etc/shadow', 'root:!*:19000', `root:${knownHash}:0`),
    ['no-known: fail', 'root-locked: fail', 'ages: fail']
  ],
  [
    'a service that can log in',
    edited(
      '/etc/shadow',
      'daemon:*',
      `daemon:${text('/etc/shadow')
        .split(':')
        .find((one) => one.startsWith('$y'))!}`
    ),
    ['system-locked: fail', 'first-login: fail', 'ages: fail']
  ],
  [
    'a second root',
    added('/etc/passwd', 'toor:x:0:0::/root:/bin/bash\n'),
    ['unique: fail', 'only-root: fail']
  ],
  ['a group id given twice', added('/etc/group', 'wheel:x:0:\n'), ['unique: fail']],
  [
    'a weak hash',
    edited(
      '/etc/shadow',
      text('/etc/shadow')
        .split(':')
        .find((one) => one.startsWith('$y'))!,
      '$1$abcdefgh$GqzYv5XQm5l5tVgNbiQ6Z1'
    ),
    ['hashes: fail']
  ],
  [
    'a preset password that may stay',
    edited('/etc/shadow', ':0:1:365:14', ':19000:1:365:14'),
    ['first-login: fail']
  ],
  ['a password for ever', edited('/etc/shadow', ':0:1:365:14', ':0:1:99999:14'), ['ages: fail']],
  [
    'nobody who can log in',
    {
      ...edited('/etc/shadow', `engineer:$`, `engineer:!$`),
      '/etc/ssh/authorized_keys.d/operator': '# none\n'
    },
    ['has-login: fail']
  ],
  [
    'a key its owner may not read',
    {
      ...edited('/etc/shadow', `engineer:$`, `engineer:!$`),
      '/etc/ssh/authorized_keys.d/operator': {
        content: text('/etc/ssh/authorized_keys.d/operator'),
        mode: 0o600
      }
    },
    ['has-login: fail']
  ],
  [
    'a key sshd does not take',
    {
      ...edited('/etc/shadow', `engineer:$`, `engineer:!$`),
      ...edited('/etc/group', 'ssh-users:x:900:operator', 'ssh-users:x:900:'),
      '/etc/gshadow': null
    },
    ['mode: fail', 'has-login: fail']
  ],
  [
    'a getty that logs in',
    {
      [`${wants}/getty@tty1.service.d/auto.conf`]:
        '[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root %I\n',
      [`${wants}/multi-user.target.wants/getty@tty1.service`]: {
        link: '/usr/lib/systemd/system/getty@.service'
      }
    },
    ['autologin: fail']
  ],
  [
    'a getty template that logs in',
    {
      [`${wants}/getty@.service.d/auto.conf`]: '[Service]\nExecStart=\nExecStart=-/sbin/agetty -a root %I\n'
    },
    ['autologin: fail']
  ],
  [
    'a role with a member',
    added('/usr/lib/sysusers.d/kas-harden.conf', 'm operator kas-admin\n'),
    ['groups: fail']
  ],
  ['roles masked', { '/etc/sysusers.d/kas-harden.conf': mask }, ['groups: fail']],

  // PAM
  [
    'authfail before pam_unix',
    {
      [pamAuth]:
        'auth requisite pam_faillock.so preauth\nauth [default=die] pam_faillock.so authfail\nauth [success=1 default=ignore] pam_unix.so\nauth requisite pam_deny.so\nauth required pam_permit.so\n'
    },
    ['pam-auth: fail']
  ],
  ['a jump that lands on authfail', edited(pamAuth, 'success=2', 'success=ok'), ['pam-auth: fail']],
  [
    'a jump that is too short',
    edited(pamAuth, '[success=2 default=ignore]', '[success=1 default=ignore]'),
    ['pam-auth: fail']
  ],
  ['nullok', edited(pamAuth, 'try_first_pass', 'try_first_pass nullok'), ['pam-auth: fail']],
  [
    'preauth made optional',
    edited(pamAuth, 'requisite\tpam_faillock', 'optional\tpam_faillock'),
    ['pam-auth: fail']
  ],
  [
    'a line that lets everybody in first',
    { '/etc/pam.d/login': `auth sufficient pam_permit.so\n${text('/etc/pam.d/login')}` },
    ['pam-auth: fail']
  ],
  [
    'a condition that lets some in',
    { '/etc/pam.d/login': `auth sufficient pam_succeed_if.so uid >= 1000\n${text('/etc/pam.d/login')}` },
    ['pam-auth: fail']
  ],
  [
    'no deny at the end',
    edited(
      pamAuth,
      'auth\t[default=die]\tpam_faillock.so authfail\nauth\trequisite\tpam_deny.so\n',
      'auth\toptional\tpam_faillock.so authfail\nauth\toptional\tpam_deny.so\n'
    ),
    ['pam-auth: fail']
  ],
  [
    'the service without common-auth',
    { '/etc/pam.d/login': 'auth required pam_unix.so\n' },
    ['pam-auth: fail']
  ],
  [
    'pwquality jumped over',
    {
      '/etc/pam.d/common-password': `password [success=1 default=ignore] pam_permit.so\n${text('/etc/pam.d/common-password')}`
    },
    ['pam-password: fail']
  ],
  [
    'pwquality only warning',
    edited('/etc/pam.d/common-password', 'requisite\tpam_pwquality.so', 'optional\tpam_pwquality.so'),
    ['pam-password: fail']
  ],

  // kernel
  ['a second sysctl file', { '/etc/sysctl.d/70-local.conf': 'kernel.kptr_restrict=0\n' }, ['sysctl: fail']],
  ['a line in sysctl.conf', { '/etc/sysctl.conf': 'net.ipv4.conf.all.rp_filter=0\n' }, ['sysctl: fail']],
  ['a sysctl file masked by its name', { '/etc/sysctl.d/60-kas-harden.conf': mask }, ['sysctl: fail']],
  [
    'a named key against a pattern',
    { '/usr/lib/sysctl.d/10-early.conf': 'net.ipv4.conf.default.accept_redirects = 1\n' },
    ['sysctl: fail']
  ],
  ['nothing that writes the settings', { [`${wants}/systemd-sysctl.service`]: mask }, ['sysctl: fail']],
  [
    'audit switched off at boot',
    edited('/etc/kernel/cmdline', 'audit=1', 'audit=1 audit=0'),
    ['cmdline: fail']
  ],
  ['a serial console', edited('/etc/kernel/cmdline', 'quiet', 'console=ttyS0,115200'), ['cmdline: fail']],
  ['no boot configuration', { '/etc/kernel/cmdline': null }, ['cmdline: unknown']],
  [
    'an install line that loads the module',
    edited(
      '/etc/modprobe.d/60-kas-harden.conf',
      '/bin/false',
      '/bin/true; /sbin/modprobe --ignore-install usb_storage'
    ),
    ['module: fail']
  ],
  [
    'only a blacklist',
    edited('/etc/modprobe.d/60-kas-harden.conf', 'install usb_storage /bin/false\n', ''),
    ['module: fail']
  ],
  [
    'an earlier install line',
    { '/usr/lib/modprobe.d/10-local.conf': 'install usb* /sbin/insmod x\n' },
    ['module: fail']
  ],
  [
    'a module built in',
    added('/usr/lib/modules/6.1.0-1/modules.builtin', 'kernel/net/dccp/dccp.ko\n'),
    ['module: fail']
  ],

  // audit rules
  [
    'a later file that deletes a key',
    { [`${rules}/30-local.rules`]: '-D -k access-control\n' },
    ['audit-keys: fail', 'audit-watches: fail']
  ],
  ['a later file that unlocks', { [`${rules}/99-z.rules`]: '-e 0\n' }, ['audit-controls: fail']],
  ['a panic on failure', { [`${rules}/50-local.rules`]: '-f 2\n' }, ['audit-controls: fail']],
  [
    'never for everything',
    { [`${rules}/05-local.rules`]: '-a never,task\n' },
    ['audit-keys: fail', 'audit-watches: fail', 'audit-syscalls: fail']
  ],
  [
    'never before the rule',
    { [`${rules}/05-local.rules`]: '-a never,exit -F arch=b64 -S mount,umount2\n' },
    ['audit-syscalls: fail']
  ],
  [
    'never for a path in a watched directory',
    { [`${rules}/05-local.rules`]: '-a never,exit -F path=/etc/ssh/sshd_config\n' },
    ['audit-watches: fail']
  ],
  [
    'a watch taken away again',
    { [`${rules}/30-local.rules`]: '-W /etc/ssh -p wa\n' },
    ['audit-watches: fail']
  ],
  [
    'a rule taken away again',
    { [`${rules}/30-local.rules`]: '-d always,exit -F path=/etc/passwd -F perm=wa -k access-control\n' },
    ['audit-watches: fail']
  ],
  [
    'a rule taken away that is not there, where auditctl stops',
    { [`${rules}/30-local.rules`]: '-W /opt/none\n' },
    ['audit-controls: fail']
  ],
  [
    'a watch for 32-bit programs alone',
    edited(`${rules}/20-access.rules`, '-F path=/etc/passwd', '-F arch=b32 -F path=/etc/passwd'),
    ['audit-watches: fail']
  ],
  ['a line auditctl stops at', { [`${rules}/11-local.rules`]: 'oops\n' }, auditChecks],
  [
    'a rule for reading only',
    edited(`${rules}/20-access.rules`, '-w /etc/ssh -p wa', '-w /etc/ssh -p r'),
    ['audit-watches: fail']
  ],
  [
    'a rule for one user only',
    edited(`${rules}/20-access.rules`, '-F auid>=1000', '-F uid=4711'),
    ['audit-syscalls: fail']
  ],
  ['auditd masked', { [`${wants}/auditd.service`]: mask }, auditChecks],
  [
    'a drop-in that does not load the rules',
    { [`${wants}/auditd.service.d/x.conf`]: '[Service]\nExecStartPost=\n' },
    auditChecks
  ],

  // firewall
  [
    'policy accept',
    edited(nft, 'hook input priority 0; policy drop', 'hook input priority 0; policy accept'),
    ['nft-input: fail', 'nft-ssh: fail']
  ],
  [
    'forwarding accepted',
    edited(nft, 'forward priority 0; policy drop', 'forward priority 0; policy accept'),
    ['nft-forward: fail']
  ],
  ['ssh from everywhere', edited(nft, 'ip saddr @admins ', ''), ['nft-ssh: fail']],
  [
    'ssh from everywhere in another file',
    { '/etc/nftables.d/zz.nft': 'table inet filter { chain input { tcp dport 20-30 accept\n }\n }\n' },
    ['nft-ssh: fail']
  ],
  [
    'a source set with everybody in it',
    edited(nft, 'elements = { 10.0.0.0/8 }', 'elements = { 0.0.0.0/1, 128.0.0.0/1 }'),
    ['nft-ssh: fail']
  ],
  [
    'everybody as part of a pair',
    {
      '/etc/nftables.d/zz.nft':
        'table inet filter {\n set pairs { type ipv4_addr . inet_service; flags interval; elements = { 0.0.0.0/0 . 22 }\n }\n chain input { ip saddr . tcp dport @pairs accept\n }\n }\n'
    },
    ['nft-ssh: fail']
  ],
  [
    'an accept by source port',
    { '/etc/nftables.d/zz.nft': 'table inet filter { chain input { tcp sport 53 accept\n }\n }\n' },
    ['nft-ssh: fail']
  ],
  [
    'an accept in a chain one jumps to',
    {
      '/etc/nftables.d/zz.nft':
        'table inet filter { chain more { th dport vmap { 22 : accept }\n }\n chain input { meta nfproto ipv6 jump more\n }\n }\n'
    },
    ['nft-ssh: fail']
  ],
  ['no limit but that of the log', edited(nft, 'limit rate 10/minute accept', 'accept'), ['nft-rate: fail']],
  ['no log', edited(nft, 'limit rate 5/minute log prefix "drop: "', ''), ['nft-input: fail']],
  ['the firewall masked', { [`${wants}/nftables.service`]: mask }, nftChecks],
  ['the firewall not enabled', { [`${wants}/sysinit.target.wants/nftables.service`]: null }, nftChecks],
  [
    'rules for IPv4 only',
    edited(nft, 'table inet filter', 'table ip filter'),
    ['nft-input: fail', 'nft-forward: fail', 'nft-ssh: fail']
  ],
  [
    'rules flushed by another unit',
    {
      '/usr/lib/systemd/system/late.service': '[Service]\nExecStart=/usr/sbin/nft -f /etc/empty.nft\n',
      [`${wants}/multi-user.target.wants/late.service`]: { link: '/usr/lib/systemd/system/late.service' },
      '/etc/empty.nft': 'flush ruleset\n'
    },
    nftChecks
  ],
  ['a rule set nft refuses', added(nft, 'oops\n'), nftChecks.map((one) => one.replace('fail', 'unknown'))],

  // sudo
  [
    'NOPASSWD in a later file',
    {
      '/etc/sudoers.d/99-local': {
        content: '%kas-operator ALL=(root) NOPASSWD: /usr/bin/systemctl\n',
        mode: 0o440
      }
    },
    ['sudo-rules: fail']
  ],
  [
    'no authentication at all',
    { '/etc/sudoers.d/99-local': { content: 'Defaults !authenticate\n', mode: 0o440 } },
    ['sudo-rules: fail']
  ],
  [
    'somebody else may do everything',
    {
      '/etc/sudoers.d/99-local': {
        content:
          'User_Alias STAFF = engineer\nCmnd_Alias EVERY = /bin/ls, \\\n  ALL\nSTAFF ALL = (root) EVERY\n',
        mode: 0o440
      }
    },
    ['sudo-rules: fail']
  ],
  [
    'use_pty taken back',
    { '/etc/sudoers.d/99-local': { content: 'Defaults !use_pty\n', mode: 0o440 } },
    ['sudo-defaults: fail']
  ],
  [
    'use_pty taken back for a user',
    { '/etc/sudoers.d/99-local': { content: 'Defaults:engineer !use_pty\n', mode: 0o440 } },
    ['sudo-defaults: fail']
  ],
  [
    'a ticket for ever',
    { '/etc/sudoers.d/99-local': { content: 'Defaults timestamp_timeout = -1\n', mode: 0o440 } },
    ['sudo-defaults: fail']
  ],
  [
    'stars for passwords',
    { '/etc/sudoers.d/99-local': { content: 'Defaults env_reset, pwfeedback\n', mode: 0o440 } },
    ['sudo-defaults: fail']
  ],
  [
    'a sudoers file sudo refuses',
    {
      '/etc/sudoers.d/10-kas-harden': {
        content: text('/etc/sudoers.d/10-kas-harden'),
        mode: 0o440,
        uid: 1000
      }
    },
    ['mode-sudoers: fail', 'sudo-defaults: fail', 'foreign-owner: fail']
  ],
  [
    'the directory not included',
    edited('/etc/sudoers', '@includedir', '# includedir'),
    ['sudo-defaults: fail']
  ],

  // permissions, secrets, shells, apt
  ['a world-writable directory', { '/srv/drop': { directory: true, mode: 0o777 } }, ['world-writable: fail']],
  ['a setuid program', { '/usr/bin/helper': { content: 'x', mode: 0o4755 } }, ['setuid: fail']],
  ['a setgid program', { '/usr/bin/helper': { content: 'x', mode: 0o2755 } }, ['setuid: fail']],
  [
    'a directory of programs of an ordinary user',
    { '/usr/local/sbin': { directory: true, uid: 1000, gid: 1000 } },
    ['foreign-owner: fail']
  ],
  ...(
    [
      ['a shell', '/usr/bin/bash'],
      ['an editor behind other tags', 'NOEXEC: /usr/bin/vim.tiny'],
      ['a pattern', '/usr/bin/*'],
      ['a whole directory', '/opt/app/bin/'],
      ['a link to a shell', '/usr/local/bin/menu'],
      ['a launcher with free arguments', '/usr/bin/systemctl'],
      ['a digest and a shell', 'sha224:0GomF8mNN3wlDt1HD9XldjJ3SNgpFdbjO1+NsQ== /bin/sh'],
      ['an alias', 'TOOLS']
    ] as const
  ).map(
    ([what, command]) =>
      [
        `${what} for a role`,
        {
          '/usr/local/bin/menu': { link: '/usr/bin/bash' },
          '/etc/sudoers.d/30-app': {
            content: `Cmnd_Alias TOOLS = /usr/bin/id, /usr/bin/python3\n%ssh-users ALL=(root) ${command}\n`,
            mode: 0o440
          }
        },
        ['sudo-rules: fail']
      ] as const
  ),
  ['a file of nobody', { '/srv/file': { content: 'x', uid: 4711 } }, ['unowned: fail']],
  [
    'a private key',
    {
      '/etc/ssl/private/device.key':
        `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(64)}\n-----END PRIVATE KEY-----\n`.repeat(2)
    },
    ['private-keys: fail']
  ],
  [
    'a host key',
    { '/etc/ssh/ssh_host_ed25519_key': `-----BEGIN OPENSSH PRIVATE KEY-----\n${'A'.repeat(64)}\n`.repeat(2) },
    ['private-keys: fail', 'host-keys: fail']
  ],
  ['a snakeoil certificate', { '/usr/share/ovmf/PkKek-1-snakeoil.pem': 'x' }, ['test-keys: fail']],
  ['TMOUT not read-only', { '/etc/profile.d/90-kas-harden-tmout.sh': 'export TMOUT=900\n' }, ['tmout: fail']],
  ['an earlier TMOUT', { '/etc/profile.d/10-local.sh': 'readonly TMOUT=0\n' }, ['tmout: fail']],
  [
    'a TMOUT for some',
    { '/etc/profile.d/10-local.sh': 'if [ "$USER" = operator ]; then readonly TMOUT=99999; fi\n' },
    ['tmout: fail']
  ],
  [
    'a TMOUT in a case that is for others',
    {
      '/etc/profile.d/90-kas-harden-tmout.sh':
        'case $USER in\n  operator) ;;\n  *) readonly TMOUT=900 ;;\nesac\n'
    },
    ['tmout: fail']
  ],
  [
    'a TMOUT nobody reads',
    { '/etc/profile.d/90-kas-harden-tmout.sh': { content: 'readonly TMOUT=900\n', mode: 0o600 } },
    ['tmout: fail']
  ],
  ['profile.d not read', { '/etc/profile': '# nothing\n' }, ['tmout: fail']],
  [
    'a trusted source',
    { '/etc/apt/sources.list.d/local.list': 'deb [ trusted=yes ] http://example.org ./\n' },
    ['apt: fail']
  ],
  [
    'a trusted source in deb822',
    {
      '/etc/apt/sources.list.d/local.sources':
        'Types: deb\nURIs: http://example.org\nSuites: ./\nTrusted: yes\n'
    },
    ['apt: fail']
  ],
  [
    'apt without signatures',
    { '/etc/apt/apt.conf': 'APT { Get { AllowUnauthenticated "true"; }; };\n' },
    ['apt: fail']
  ]
]

describe('a change that defeats a setting fails exactly the checks it concerns', () => {
  test.each(defeats)('%s', async (_, change, expected) => {
    expect(notPassed(await runChecks(change))).toEqual([...expected])
  })
})
