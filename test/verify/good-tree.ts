import type { Tree } from './tree-image.ts'

/** Command lines, hashes and keys here were made for this test; they open nothing. */
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOPzUtesttesttesttesttesttesttesttesttest test@example'

/** yescrypt of a long random password. */
const hash = '$y$j9T$BfLWbWIDsGLw/EWG1AbtP0$3YfNis7ZMWC5RtukoUJHDXFl8hpckgnAjmhHIfSnoF4'

const service = (start: string, more = ''): string =>
  `[Unit]\nDescription=test\n${more}\n[Service]\nExecStart=${start}\n[Install]\nWantedBy=multi-user.target\n`

const program = { content: '\x7fELF', mode: 0o755 }
const units = '/usr/lib/systemd/system'
const wants = '/etc/systemd/system'

/** How a package stands in dpkg's database. */
export function stanza(name: string, status = 'install ok installed', version = '1.0-1'): string {
  return `Package: ${name}\nStatus: ${status}\nMaintainer: Somebody <a@example.org>\nArchitecture: amd64\nVersion: ${version}\nDescription: test\n\n`
}

export const dpkgStatus = ['libc6', 'auditd', 'openssh-server', 'nftables', 'sudo']
  .map((name) => stanza(name))
  .join('')

/** A small image that passes every check of `goodChecks`. */
export const goodTree: Tree = {
  '/etc/os-release': 'ID=debian\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
  '/var/lib/dpkg/status': dpkgStatus,

  // systemd
  '/usr/lib/systemd/systemd': program,
  [`${units}/default.target`]: { link: 'multi-user.target' },
  [`${units}/multi-user.target`]: '[Unit]\nRequires=basic.target\n',
  [`${units}/basic.target`]: '[Unit]\nRequires=sysinit.target\nWants=timers.target sockets.target\n',
  [`${units}/sysinit.target`]: '[Unit]\nDescription=System Initialization\n',
  [`${units}/timers.target`]: '[Unit]\nDescription=Timers\n',
  [`${units}/sockets.target`]: '[Unit]\nDescription=Sockets\n',
  [`${units}/systemd-sysctl.service`]: service('/usr/lib/systemd/systemd-sysctl'),
  [`${units}/sysinit.target.wants/systemd-sysctl.service`]: { link: '../systemd-sysctl.service' },
  [`${units}/ssh.service`]: service(
    '/usr/sbin/sshd -D $SSHD_OPTS',
    'ConditionPathExists=!/etc/ssh/sshd_not_to_be_run'
  ).replace('[Service]', '[Service]\nEnvironmentFile=-/etc/default/ssh\nRestart=on-failure'),
  [`${wants}/multi-user.target.wants/ssh.service`]: { link: `${units}/ssh.service` },
  [`${wants}/sshd.service`]: { link: `${units}/ssh.service` },
  [`${units}/auditd.service`]: service('/usr/sbin/auditd').replace(
    '[Install]',
    'ExecStartPost=-/usr/sbin/augenrules --load\n[Install]'
  ),
  [`${wants}/multi-user.target.wants/auditd.service`]: { link: `${units}/auditd.service` },
  [`${units}/nftables.service`]: service('/usr/sbin/nft -f /etc/nftables.conf', 'Before=network-pre.target'),
  [`${wants}/sysinit.target.wants/nftables.service`]: { link: `${units}/nftables.service` },
  [`${units}/dailyaidecheck.timer`]: '[Timer]\nOnCalendar=*-*-* 01:50:00\n',
  [`${units}/dailyaidecheck.service`]: service('/usr/share/aide/bin/dailyaidecheck'),
  [`${wants}/timers.target.wants/dailyaidecheck.timer`]: { link: `${units}/dailyaidecheck.timer` },
  [`${units}/debug-shell.service`]: service('/usr/bin/sh').replace(
    '[Service]',
    '[Service]\nStandardInput=tty'
  ),
  [`${units}/getty@.service`]: service("-/sbin/agetty -o '-p -- \\\\u' --noclear - $TERM"),
  [`${wants}/ctrl-alt-del.target`]: { link: '/dev/null' },
  '/usr/lib/systemd/systemd-sysctl': program,
  '/usr/sbin/sshd': program,
  '/usr/sbin/auditd': program,
  '/usr/sbin/augenrules': program,
  '/usr/sbin/nft': program,
  '/usr/share/aide/bin/dailyaidecheck': program,
  '/usr/bin/bash': program,
  '/usr/bin/sh': program,
  '/bin': { link: 'usr/bin' },
  '/sbin': { link: 'usr/sbin' },
  '/lib': { link: 'usr/lib' },

  // ssh
  '/etc/ssh/sshd_config': 'Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\nPermitRootLogin yes\n',
  '/etc/ssh/sshd_config.d/20-kas-harden.conf':
    'PermitRootLogin no\nAllowGroups ssh-users\nMaxAuthTries 3\nLoginGraceTime 30\nCiphers aes256-gcm@openssh.com,aes256-ctr\nAuthorizedKeysFile .ssh/authorized_keys /etc/ssh/authorized_keys.d/%u\n',
  '/etc/ssh/authorized_keys.d/operator': `${key}\n`,

  // audit
  '/etc/audit/auditd.conf': 'log_group = adm\nmax_log_file_action = ROTATE\ndisk_full_action = rotate\n',
  '/etc/audit/rules.d/10-base.rules': '## base\n-D\n-b 8192\n-f 1\n',
  '/etc/audit/rules.d/20-access.rules':
    '-a always,exit -F path=/etc/passwd -F perm=wa -k access-control\n-w /etc/ssh -p wa -k access-control\n-a always,exit -F arch=b64 -S mount,umount2 -F auid>=1000 -F auid!=unset -k system-event\n',
  '/etc/audit/rules.d/99-finalize.rules': '--loginuid-immutable\n-e 2\n',

  // firewall
  '/etc/nftables.conf': `#!/usr/sbin/nft -f
flush ruleset
include "/etc/nftables.d/*.nft"
`,
  '/etc/nftables.d/filter.nft': `define management = { 10.0.0.0/8 }
table inet filter {
  set admins { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 } }
  chain input {
    type filter hook input priority 0; policy drop;
    iifname "lo" accept
    ct state vmap { established : accept, related : accept, invalid : drop }
    ip saddr @admins tcp dport 22 ct state new limit rate 10/minute accept
    limit rate 5/minute log prefix "drop: "
  }
  chain forward { type filter hook forward priority 0; policy drop; }
}
`,

  // PAM
  '/etc/pam.d/common-auth':
    'auth\trequisite\tpam_faillock.so preauth\nauth\t[success=2 default=ignore]\tpam_unix.so try_first_pass\nauth\t[default=die]\tpam_faillock.so authfail\nauth\trequisite\tpam_deny.so\nauth\trequired\tpam_permit.so\n',
  '/etc/pam.d/common-password':
    'password\trequisite\tpam_pwquality.so retry=3\npassword\t[success=1 default=ignore]\tpam_unix.so obscure use_authtok yescrypt\npassword\trequisite\tpam_deny.so\npassword\trequired\tpam_permit.so\n',
  '/etc/pam.d/login':
    'auth optional pam_faildelay.so delay=3000000\n@include common-auth\nauth optional pam_group.so\n',
  '/etc/pam.d/other': '@include common-auth\n',
  '/etc/security/faillock.conf': 'deny = 5\nunlock_time = 600\nsilent\n',
  '/etc/security/pwquality.conf.d/50-kas-harden.conf': 'minlen = 12\nmaxrepeat = 3\n',
  '/etc/security/pwquality.conf': '# minlen = 8\n',
  '/etc/security/limits.d/50-kas-harden.conf': '* hard maxlogins 4\n',
  '/etc/login.defs': 'PASS_MAX_DAYS 99999\nPASS_MAX_DAYS\t365\nUMASK\t\t027\nENCRYPT_METHOD YESCRYPT\n',
  '/etc/default/useradd': 'SHELL=/bin/sh\nINACTIVE=30\n',

  // kernel
  '/usr/lib/sysctl.d/60-kas-harden.conf':
    'kernel.kptr_restrict = 2\nnet/ipv4/conf/all/rp_filter = 1\n-net.ipv4.conf.*.accept_redirects = 0\n',
  '/etc/sysctl.d/99-sysctl.conf': { link: '../sysctl.conf' },
  '/etc/sysctl.conf': '# nothing\n',
  '/etc/kernel/cmdline': 'root=/dev/vda2 ro audit=1 init_on_free=1 quiet\n',
  '/etc/modprobe.d/60-kas-harden.conf': 'install usb_storage /bin/false\nblacklist usb_storage\n',
  '/usr/lib/modules/6.1.0-1/kernel/drivers/usb/storage/usb-storage.ko': 'x',
  '/usr/lib/modules/6.1.0-1/modules.builtin': 'kernel/fs/ext4/ext4.ko\n',

  // systemd's programs
  '/etc/systemd/journald.conf': '[Journal]\n#Storage=auto\n',
  '/usr/lib/systemd/journald.conf.d/60-kas-harden.conf': '[Journal]\nStorage=persistent\nSystemMaxUse=200M\n',
  '/usr/lib/systemd/logind.conf.d/60-kas-harden.conf': '[Login]\nStopIdleSessionSec=15min\n',
  '/usr/lib/systemd/coredump.conf.d/60-kas-harden.conf': '[Coredump]\nStorage=none\n',
  '/usr/lib/systemd/system.conf.d/60-kas-harden.conf': '[Manager]\nDefaultLimitCORE=0\n',
  '/etc/systemd/timesyncd.conf': '[Time]\nNTP=ntp.site\n',
  '/etc/chrony/chrony.conf': 'confdir /etc/chrony/conf.d\nsourcedir /etc/chrony/sources.d\nmakestep 1 3\n',
  '/etc/chrony/conf.d/60-kas-harden.conf': 'port 0\n',
  '/etc/chrony/sources.d/site.sources': 'server ntp.site iburst nts\n',
  '/etc/aide/aide.conf': 'report_url=syslog:LOG_AUTH\n@@x_include /etc/aide/aide.conf.d ^[a-zA-Z0-9_-]+$\n',
  '/etc/aide/aide.conf.d/50_site': '/etc Full\n!/etc/mtab$\n',
  '/etc/ssl/openssl.cnf':
    'openssl_conf = openssl_init\n[openssl_init]\nssl_conf = ssl_sect\n[ssl_sect]\nsystem_default = system_default_sect\n[system_default_sect]\nMinProtocol = TLSv1.2\n',

  // accounts
  '/etc/passwd':
    'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/usr/sbin:/usr/sbin/nologin\noperator:x:1000:1000::/home/operator:/bin/bash\nengineer:x:1001:1001::/home/engineer:/bin/bash\n',
  '/etc/shadow': {
    content: `root:!*:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\noperator:*:19000:0:365:7:::\nengineer:${hash}:0:1:365:14:::\n`,
    mode: 0o640,
    gid: 42
  },
  '/etc/group':
    'root:x:0:\ndaemon:x:1:\nshadow:x:42:\nssh-users:x:900:operator\noperator:x:1000:\nengineer:x:1001:\n',
  '/etc/gshadow': { content: 'root:*::\nssh-users:!::operator\n', mode: 0o640, gid: 42 },
  '/usr/lib/sysusers.d/kas-harden.conf': 'g kas-admin -\ng kas-auditor - -\n',
  '/home/engineer': { directory: true, mode: 0o700, uid: 1001, gid: 1001 },
  '/usr/bin/su': { content: '\x7fELF', mode: 0o4755 },
  '/tmp': { directory: true, mode: 0o1777 },

  // sudo, shells, banner, apt
  '/etc/sudoers': {
    content: 'Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n',
    mode: 0o440
  },
  '/etc/sudoers.d/10-kas-harden': {
    content:
      'Defaults use_pty, timestamp_timeout=5\nDefaults !pwfeedback\n%kas-admin ALL=(ALL:ALL) ALL\n%kas-auditor ALL=(root) NOEXEC: /usr/sbin/auditctl -s\n',
    mode: 0o440
  },
  '/etc/profile':
    'if [ -d /etc/profile.d ]; then\n  for i in /etc/profile.d/*.sh; do\n    if [ -r $i ]; then\n      . $i\n    fi\n  done\n  unset i\nfi\n',
  '/etc/profile.d/90-kas-harden-tmout.sh': 'readonly TMOUT=900\nexport TMOUT\n',
  '/etc/issue.net': 'Authorised use only.\n',
  '/etc/machine-id': '',
  '/etc/apparmor.d/disable': { directory: true },
  '/etc/apparmor.d/usr.sbin.chronyd':
    '# flags=(complain) reports only\nprofile chronyd /usr/sbin/chronyd flags=(attach_disconnected) {\n}\n',
  '/etc/apt/sources.list':
    'deb [signed-by=/usr/share/keyrings/debian.gpg] http://deb.example.org/debian bookworm main\n',
  '/etc/apt/apt.conf.d/01norecommend': 'APT::Install-Recommends "0";\n'
}
