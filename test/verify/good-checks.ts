import * as v from 'valibot'
import { Check } from '../../lib/controls/check.ts'

const raw: readonly unknown[] = [
  {
    id: 'package',
    type: 'package',
    all: ['auditd', 'nftables'],
    any: ['openssh-server', 'dropbear'],
    none: ['telnetd']
  },
  { id: 'file', type: 'file', path: '/etc/issue.net', matches: ['^Authorised'], notMatches: ['Debian'] },
  { id: 'file-absent', type: 'file', path: '/etc/hosts.equiv', state: 'absent' },
  { id: 'file-empty', type: 'file', path: '/etc/machine-id', state: 'empty' },
  { id: 'directory-empty', type: 'file', path: '/etc/apparmor.d/disable', state: 'empty' },
  { id: 'files', type: 'file', path: '/etc/apparmor.d/usr.sbin.*', notMatches: ['flags=\\(.*complain'] },
  {
    id: 'mode',
    type: 'mode',
    paths: ['/etc/shadow', '/etc/gshadow'],
    atMost: '0640',
    owner: 'root',
    group: ['root', 'shadow']
  },
  { id: 'mode-sudoers', type: 'mode', paths: ['/etc/sudoers.d/*'], atMost: '0440', owner: 'root' },
  { id: 'sshd-root', type: 'directive', source: 'sshd', key: 'PermitRootLogin', value: 'no' },
  {
    id: 'sshd-tries',
    type: 'directive',
    source: 'sshd',
    key: 'MaxAuthTries',
    op: '<=',
    value: '${ssh.max_auth_tries}',
    default: 6
  },
  {
    id: 'sshd-grace',
    type: 'directive',
    source: 'sshd',
    key: 'LoginGraceTime',
    op: '<=',
    value: 30,
    default: 120
  },
  {
    id: 'sshd-ciphers',
    type: 'directive',
    source: 'sshd',
    key: 'Ciphers',
    op: 'one-of',
    value: ['aes256-gcm@openssh.com', 'aes256-ctr']
  },
  { id: 'login-max', type: 'directive', source: 'login.defs', key: 'PASS_MAX_DAYS', op: '<=', value: 365 },
  {
    id: 'login-umask',
    type: 'directive',
    source: 'login.defs',
    key: 'UMASK',
    op: 'one-of',
    value: ['027', '077']
  },
  { id: 'auditd-full', type: 'directive', source: 'auditd', key: 'disk_full_action', value: 'ROTATE' },
  { id: 'faillock', type: 'directive', source: 'faillock', key: 'deny', op: '<=', value: 5, default: 3 },
  { id: 'faillock-silent', type: 'directive', source: 'faillock', key: 'silent', op: 'set' },
  { id: 'pwquality', type: 'directive', source: 'pwquality', key: 'minlen', op: '>=', value: 12, default: 8 },
  { id: 'pwquality-repeat', type: 'directive', source: 'pwquality', key: 'maxrepeat', op: '<=', value: 3 },
  {
    id: 'journald',
    type: 'directive',
    source: 'journald',
    key: 'Storage',
    value: 'persistent',
    default: 'auto'
  },
  {
    id: 'journald-size',
    type: 'directive',
    source: 'journald',
    key: 'SystemMaxUse',
    op: '<=',
    value: '200M'
  },
  { id: 'logind', type: 'directive', source: 'logind', key: 'StopIdleSessionSec', op: '<=', value: 900 },
  {
    id: 'coredump',
    type: 'directive',
    source: 'coredump',
    key: 'Storage',
    value: 'none',
    default: 'external'
  },
  { id: 'system', type: 'directive', source: 'system', key: 'DefaultLimitCORE', value: 0 },
  { id: 'timesyncd', type: 'directive', source: 'timesyncd', key: 'NTP', value: 'ntp.site' },
  {
    id: 'chrony-server',
    type: 'directive',
    source: 'chrony',
    key: 'server',
    op: 'matches',
    value: '\\bnts\\b'
  },
  { id: 'chrony-pool', type: 'directive', source: 'chrony', key: 'pool', op: 'unset' },
  { id: 'chrony-port', type: 'directive', source: 'chrony', key: 'port', value: 0, default: 123 },
  { id: 'limits', type: 'directive', source: 'limits', key: '* hard maxlogins', op: '<=', value: 4 },
  { id: 'aide', type: 'directive', source: 'aide', key: 'rules', op: 'matches', value: '^/etc\\s' },
  {
    id: 'aide-url',
    type: 'directive',
    source: 'aide',
    key: 'report_url',
    op: 'contains',
    value: 'syslog:LOG_AUTH'
  },
  { id: 'useradd', type: 'directive', source: 'useradd', key: 'INACTIVE', op: '<=', value: 30 },
  {
    id: 'openssl',
    type: 'directive',
    source: 'openssl',
    key: 'system_default_sect.MinProtocol',
    value: 'TLSv1.2'
  },
  { id: 'unit-ssh', type: 'unit', unit: 'ssh.service', state: 'enabled' },
  { id: 'unit-timer', type: 'unit', unit: 'dailyaidecheck.timer', state: 'enabled' },
  { id: 'unit-debug', type: 'unit', unit: 'debug-shell.service', state: 'inactive' },
  { id: 'unit-masked', type: 'unit', unit: 'ctrl-alt-del.target', state: 'masked' },
  {
    id: 'unit-restart',
    type: 'unit-property',
    unit: 'ssh.service',
    section: 'Service',
    key: 'Restart',
    op: 'one-of',
    value: ['on-failure', 'always']
  },
  { id: 'no-empty', type: 'account', rule: 'no-empty-password' },
  { id: 'no-known', type: 'account', rule: 'no-known-password' },
  { id: 'root-locked', type: 'account', rule: 'root-locked' },
  { id: 'system-locked', type: 'account', rule: 'system-accounts-locked' },
  { id: 'unique', type: 'account', rule: 'unique-names-and-ids' },
  { id: 'only-root', type: 'account', rule: 'only-root-is-uid-0' },
  { id: 'hashes', type: 'account', rule: 'strong-hashes', value: 'yescrypt' },
  { id: 'first-login', type: 'account', rule: 'change-at-first-login' },
  { id: 'ages', type: 'account', rule: 'password-ages', value: 365 },
  { id: 'has-login', type: 'account', rule: 'has-login' },
  { id: 'autologin', type: 'account', rule: 'no-autologin' },
  { id: 'groups', type: 'group', names: ['kas-admin', 'kas-auditor'], empty: true },
  {
    id: 'pam-auth',
    type: 'pam-stack',
    service: 'login',
    facility: 'auth',
    order: ['pam_faillock.so preauth', 'pam_unix.so', 'pam_faillock.so authfail'],
    forbid: [{ module: 'pam_unix.so', argument: 'nullok' }],
    enforcing: ['pam_faillock.so']
  },
  {
    id: 'pam-password',
    type: 'pam-stack',
    service: 'common-password',
    facility: 'password',
    order: ['pam_pwquality.so', 'pam_unix.so'],
    enforcing: ['pam_pwquality.so']
  },
  {
    id: 'sysctl',
    type: 'sysctl',
    values: {
      'kernel.kptr_restrict': 2,
      'net.ipv4.conf.all.rp_filter': 1,
      'net.ipv4.conf.default.accept_redirects': 0
    }
  },
  { id: 'audit-keys', type: 'audit-rule', keys: ['access-control'] },
  { id: 'audit-watches', type: 'audit-rule', watches: ['/etc/passwd', '/etc/ssh/sshd_config'] },
  { id: 'audit-syscalls', type: 'audit-rule', syscalls: ['mount'] },
  { id: 'audit-controls', type: 'audit-rule', controls: ['-e 2', '--loginuid-immutable'], forbid: ['-f 2'] },
  { id: 'nft-input', type: 'nftables', hook: 'input', policy: 'drop', logged: true },
  { id: 'nft-forward', type: 'nftables', hook: 'forward', policy: 'drop' },
  { id: 'nft-ssh', type: 'nftables', hook: 'input', restrictedPorts: [22] },
  { id: 'nft-rate', type: 'nftables', hook: 'input', rateLimited: true },
  {
    id: 'cmdline',
    type: 'cmdline',
    present: ['audit=1', 'init_on_free=1'],
    absent: ['console=ttyS*', 'audit=0']
  },
  {
    id: 'sudo-defaults',
    type: 'sudoers',
    defaults: ['use_pty', 'timestamp_timeout<=5'],
    forbidDefaults: ['pwfeedback']
  },
  { id: 'sudo-rules', type: 'sudoers', noNopasswd: true, allOnlyFor: ['%kas-admin'], noShells: true },
  { id: 'module', type: 'kernel-module', blocked: ['usb-storage', 'dccp'] },
  { id: 'world-writable', type: 'permissions', rule: 'world-writable' },
  { id: 'setuid', type: 'permissions', rule: 'setuid', allow: ['/usr/bin/su'] },
  { id: 'unowned', type: 'permissions', rule: 'unowned' },
  { id: 'foreign-owner', type: 'permissions', rule: 'foreign-owner' },
  { id: 'private-keys', type: 'secrets', rule: 'private-keys' },
  { id: 'host-keys', type: 'secrets', rule: 'host-keys' },
  { id: 'machine-id', type: 'secrets', rule: 'machine-id' },
  { id: 'test-keys', type: 'secrets', rule: 'test-keys' },
  { id: 'tmout', type: 'shell-timeout', atMost: '${session.timeout}' },
  { id: 'apt', type: 'apt-sources', rule: 'authenticated' }
]

/** One or more checks of every type, all of which `goodTree` passes. */
export const goodChecks: readonly Check[] = raw.map((check) =>
  v.parse(Check, { title: 'test', ...(check as object) })
)

export const values = { 'ssh.max_auth_tries': 3, 'session.timeout': 900 }
