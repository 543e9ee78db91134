import { describe, expect, test } from 'vitest'
import { dpkgStatus, goodTree, stanza } from './good-tree.ts'
import { notPassed, runChecks } from './run-tree.ts'
import type { Tree } from './tree-image.ts'

function text(path: string): string {
  const entry = goodTree[path]
  return typeof entry === 'string' ? entry : (entry?.content ?? '')
}

const sshd = '/etc/ssh/sshd_config.d'

/** Changes after which every setting is still in force: other spellings, order, comments, more of the same. */
const harmless: readonly (readonly [string, Tree])[] = [
  [
    'comments and blank lines',
    { [`${sshd}/20-kas-harden.conf`]: `# PermitRootLogin yes\n\n${text(`${sshd}/20-kas-harden.conf`)}\n#` }
  ],
  ['a later sshd drop-in', { [`${sshd}/99-local.conf`]: 'PermitRootLogin yes\nMaxAuthTries 10\n' }],
  ['an sshd file with another ending', { [`${sshd}/10-local.conf.bak`]: 'PermitRootLogin yes\n' }],
  ['a stricter Match block', { [`${sshd}/30-local.conf`]: 'Match User operator\n  MaxAuthTries 2\n' }],
  [
    'quotes, equals signs and case in sshd_config',
    {
      [`${sshd}/20-kas-harden.conf`]: text(`${sshd}/20-kas-harden.conf`)
        .replace('PermitRootLogin no', 'permitrootlogin = "no"')
        .replace('LoginGraceTime 30', 'LOGINGRACETIME=30s')
    }
  ],
  ['an earlier sysctl file', { '/etc/sysctl.d/10-local.conf': 'kernel.kptr_restrict = 0\n' }],
  [
    'other spellings in sysctl.d',
    {
      '/usr/lib/sysctl.d/60-kas-harden.conf':
        '-kernel/kptr_restrict=2\n net.ipv4.conf.all.rp_filter =1\nnet.ipv4.conf.default.accept_redirects=0\n; end\n'
    }
  ],
  ['a sysctl file with another ending', { '/etc/sysctl.d/99-z.conf.dpkg-old': 'kernel.kptr_restrict = 0\n' }],
  [
    'a vendor drop-in below ours',
    { '/usr/lib/systemd/journald.conf.d/10-vendor.conf': '[Journal]\nStorage=volatile\n' }
  ],
  [
    '900 instead of 15min',
    { '/usr/lib/systemd/logind.conf.d/60-kas-harden.conf': '[Login]\nStopIdleSessionSec = 900\n' }
  ],
  [
    'bytes instead of megabytes',
    { '/etc/systemd/journald.conf.d/70.conf': '[Journal]\nSystemMaxUse=100000000\n' }
  ],
  ['a key of another section', { '/etc/systemd/journald.conf.d/70.conf': '[Other]\nStorage=volatile\n' }],
  ['an earlier line in login.defs', { '/etc/login.defs': `UMASK 022\n${text('/etc/login.defs')}` }],
  ['case and blanks in auditd.conf', { '/etc/audit/auditd.conf': 'DISK_FULL_ACTION=ROTATE\n' }],
  [
    'rules in another order and form',
    {
      '/etc/audit/rules.d/20-access.rules':
        '-w /etc/ssh/ -p wa -k access-control\n-a exit,always -F arch=b64 -F auid>=1000 -S umount2 -S mount -F key=system-event\n-w /etc/passwd -k access-control -p wa\n'
    }
  ],
  [
    'a rule added for a path of its own',
    { '/etc/audit/rules.d/30-local.rules': '-a never,exit -F dir=/srv\n-w /srv -p wa -k local\n' }
  ],
  ['an unmasked unit of another name', { '/etc/systemd/system/other.service': { link: '/dev/null' } }],
  [
    'a link instead of Requires',
    {
      '/etc/systemd/system/multi-user.target': '[Unit]\n',
      '/etc/systemd/system/multi-user.target.requires/basic.target': {
        link: '/usr/lib/systemd/system/basic.target'
      }
    }
  ],
  [
    'graphical.target as the default',
    {
      '/etc/systemd/system/default.target': { link: '/usr/lib/systemd/system/graphical.target' },
      '/usr/lib/systemd/system/graphical.target': '[Unit]\nRequires=multi-user.target\n'
    }
  ],
  [
    'a unit copied to /etc',
    { '/etc/systemd/system/ssh.service': text('/usr/lib/systemd/system/ssh.service') }
  ],
  [
    'a drop-in that repeats the command',
    {
      '/etc/systemd/system/nftables.service.d/x.conf':
        '[Service]\nExecStart=\nExecStart=/usr/sbin/nft -f /etc/nftables.conf\n'
    }
  ],
  [
    'a package that was purged',
    { '/var/lib/dpkg/status': dpkgStatus + stanza('telnetd', 'purge ok not-installed') }
  ],
  [
    'the rules loaded by a script',
    {
      '/etc/systemd/system/nftables.service.d/x.conf':
        '[Service]\nExecStart=\nExecStart=/usr/libexec/firewall\n',
      '/usr/libexec/firewall': {
        content:
          '#!/bin/sh\nset -u\nsite=/etc/nftables.conf\nif /usr/sbin/nft -f "$site"; then\n\texit 0\nfi\n/usr/sbin/nft -f /etc/closed.nft\n',
        mode: 0o755
      }
    }
  ],
  [
    'another chain that only drops',
    {
      '/etc/nftables.d/zz.nft':
        'table inet more {\n chain input {\n type filter hook input priority -10; policy accept;\n tcp dport 23 drop\n }\n}\n'
    }
  ],
  [
    'ssh for a source written in the rule',
    {
      '/etc/nftables.d/zz.nft':
        'table inet filter {\n chain input {\n ip6 saddr fd00::/8 tcp dport { 22, 443 } accept\n tcp dport 443 accept\n icmp type echo-request accept\n }\n}\n'
    }
  ],
  [
    'substack and a leading dash in PAM',
    { '/etc/pam.d/login': '-auth optional pam_missing.so\nauth substack common-auth\n' }
  ],
  [
    'another module that must agree',
    {
      '/etc/pam.d/login': `auth requisite pam_nologin.so\n${text('/etc/pam.d/login')}auth required pam_google_authenticator.so\n`
    }
  ],
  [
    'sssd beside pam_unix',
    {
      '/etc/pam.d/common-auth':
        'auth requisite pam_faillock.so preauth\nauth [success=3 default=ignore] pam_unix.so\nauth [success=2 default=ignore] pam_sss.so use_first_pass\nauth [default=die] pam_faillock.so authfail\nauth requisite pam_deny.so\nauth required pam_permit.so\n'
    }
  ],
  [
    'PAM lines continued and bracketed',
    {
      '/etc/pam.d/common-password':
        'password \\\n requisite /lib/x86_64-linux-gnu/security/pam_pwquality.so retry=3\npassword [success=1 default=ignore] pam_unix.so yescrypt\npassword requisite pam_deny.so\npassword required pam_permit.so\n'
    }
  ],
  [
    'sudoers with tabs and continued lines',
    {
      '/etc/sudoers.d/20-local': {
        content:
          '# NOPASSWD: ALL\nDefaults\ttimestamp_timeout = 3, \\\n\tlog_output\n%kas-operator ALL = (root) /usr/bin/systemctl restart app\n',
        mode: 0o440
      }
    }
  ],
  [
    'a sudoers file sudo skips',
    { '/etc/sudoers.d/local.conf': { content: 'ALL ALL=(ALL) NOPASSWD: ALL\n', mode: 0o440 } }
  ],
  [
    'another form of TMOUT',
    {
      '/etc/profile.d/90-kas-harden-tmout.sh':
        '# TMOUT=0\nif [ -n "$BASH_VERSION" ]; then\n  TMOUT=600\n  export TMOUT\n  readonly TMOUT\nfi\n'
    }
  ],
  [
    'TMOUT in a case',
    {
      '/etc/profile.d/90-kas-harden-tmout.sh':
        "case ${BASH_VERSION:+$(readonly -p)} in\n'' | *' TMOUT='*) ;;\n*)\n\treadonly TMOUT=900\n\texport TMOUT\n\t;;\nesac\n"
    }
  ],
  [
    'TMOUT for interactive shells',
    { '/etc/profile.d/90-kas-harden-tmout.sh': 'case $- in *i*) readonly TMOUT=900;; esac\n' }
  ],
  ['TMOUT by declare', { '/etc/profile.d/90-kas-harden-tmout.sh': 'declare -rx TMOUT="900"\n' }],
  ['a later TMOUT bash refuses', { '/etc/profile.d/99-local.sh': 'TMOUT=0\nunset TMOUT\n' }],
  [
    'sources switched off',
    { '/etc/apt/sources.list.d/local.sources': 'Enabled: no\nTypes: deb\nTrusted: yes\n' }
  ],
  [
    'options of apt that are false',
    { '/etc/apt/apt.conf.d/99': 'APT::Get::AllowUnauthenticated "false"; // "true"\n' }
  ],
  [
    'a chrony server with more options',
    { '/etc/chrony/sources.d/b.sources': 'SERVER ntp2.site nts prefer\n' }
  ],
  [
    'root freed from a limit that is not for root',
    { '/etc/security/limits.d/90.conf': 'root - maxlogins unlimited\n' }
  ],
  ['a public key', { '/etc/ssl/certs/ca.pem': `-----BEGIN CERTIFICATE-----\n${'A'.repeat(200)}\n` }]
]

describe('a change that leaves every setting in force changes no result', () => {
  test.each(harmless)('%s', async (_, change) => {
    expect(notPassed(await runChecks(change))).toEqual([])
  })
})
