import type { Harmless, Mutation } from '../mutation.ts'
import type { Change } from './system-edits.ts'
import {
  all,
  appended,
  argument,
  dropIn,
  installed,
  masked,
  nulled,
  removed,
  replaced,
  statusOf,
  withoutArgument,
  written
} from './system-edits.ts'

const rulesDirectory = '/etc/audit/rules.d'
const daemon = '/etc/audit/auditd.conf'
const older = ['bullseye', 'bookworm'] as const

/** Rules that record something. */
export const records = [
  'audit-events/categories',
  'audit-events/watches',
  'audit-events/backup',
  'audit-events/software',
  'audit-events/syscalls',
  'audit-protection/watched',
  'authenticated-time/audit',
  'decommissioning/recorded',
  'security-self-test/recorded',
  'service-actions/recorded',
  'state-backup/recorded'
]
/** What the last file fixes. */
const finish = [
  'audit-events/login-id',
  'audit-protection/locked',
  'audit-protection/login-id',
  'service-actions/login-id'
]
/** Nothing is loaded, so nothing can be said in favour of what is loaded. */
const notLoaded = [...records, ...finish, 'audit-events/no-halt', 'audit-storage/no-panic']
const daemonUnit = [
  'audit-events/unit',
  'audit-storage/unit',
  'service-actions/unit',
  'tamper-notification/daemon'
]
/** auditd never starts, by its unit or by its configuration. */
const everything = [...notLoaded, ...daemonUnit, 'audit-storage/restart']
const shared = ['data-at-rest/world-writable', 'least-privilege/world-writable', 'sudo-roles/world-writable']
const sudoLog = ['audit-events/sudo-log', 'sudo-roles/log']

/** Keys of auditd.conf: later lines win, words of either case (auditd.conf(5)). */
const settings: readonly (readonly [text: string, fails: readonly string[]])[] = [
  ['log_format = RAW', ['audit-events/enriched']],
  ['log_format = NOLOG', ['audit-events/enriched']],
  ['write_logs = no', ['audit-events/write-logs']],
  ['Write_Logs = NO', ['audit-events/write-logs']],
  ['local_events = no', ['audit-events/local-events']],
  ['log_file = /run/audit.log', ['audit-storage/log-file']],
  ['log_group = adm', ['audit-access/log-group']],
  ['max_log_file = 1', ['audit-storage/max-log-file']],
  ['num_logs = 2', ['audit-storage/num-logs']],
  ['num_logs = 0', ['audit-storage/num-logs']],
  ['max_log_file_action = KEEP_LOGS', ['resource-management/audit']],
  ['max_log_file_action = ignore', ['audit-storage/rotate', 'resource-management/audit']],
  ['max_log_file_action = Suspend', ['audit-storage/rotate', 'resource-management/audit']],
  ['space_left = 5%', ['audit-storage-warning/space-left']],
  ['space_left = 75', ['audit-storage-warning/space-left']],
  ['admin_space_left = 1%', ['audit-storage-warning/admin-space-left']],
  [
    'space_left_action = halt',
    [
      'audit-storage/space-left-action',
      'audit-storage-warning/space-left-action',
      'audit-storage/never-stops'
    ]
  ],
  [
    'space_left_action = IGNORE',
    ['audit-storage/space-left-action', 'audit-storage-warning/space-left-action']
  ],
  ['space_left_action = ROTATE', ['audit-storage-warning/space-left-action']],
  [
    'admin_space_left_action = single',
    [
      'audit-storage/admin-space-left-action',
      'audit-storage-warning/admin-space-left-action',
      'audit-storage/never-stops'
    ]
  ],
  ['admin_space_left_action = rotate', ['audit-storage-warning/admin-space-left-action']],
  ['disk_full_action = HALT', ['audit-storage/disk-full', 'audit-storage/never-stops']],
  ['disk_full_action = SUSPEND', ['audit-storage/disk-full']],
  ['disk_error_action = Single', ['audit-storage/disk-error', 'audit-storage/never-stops']],
  ['overflow_action = halt', ['audit-storage/overflow', 'audit-storage/never-stops']]
]

const ruleFiles: readonly (readonly [file: string, fails: readonly string[]])[] = [
  ['20-access', ['audit-events/categories', 'audit-events/syscalls']],
  ['30-error', ['audit-events/categories', 'audit-events/syscalls']],
  ['40-system', ['audit-events/categories', 'audit-events/syscalls', 'authenticated-time/audit']],
  [
    '50-backup',
    ['audit-events/categories', 'audit-events/backup', 'decommissioning/recorded', 'state-backup/recorded']
  ],
  ['45-self-test', ['security-self-test/recorded']],
  ['60-config', ['audit-events/categories', 'audit-events/software']],
  ['70-auditlog', ['audit-events/categories', 'audit-events/watches', 'audit-protection/watched']],
  ['80-services', ['service-actions/recorded']],
  ['99-finalize', finish]
]

const ours = (file: string): string => `${rulesDirectory}/kas-harden-${file}.rules`
const later = (text: string): Change => written(`${rulesDirectory}/zz-local.rules`, text, 0o640)
const earlier = (text: string): Change => written(`${rulesDirectory}/00-local.rules`, text, 0o640)

export const auditMutations: readonly Mutation[] = [
  ...settings.map(([text, fails]): Mutation => ({
    name: `auditd.conf: ${text}`,
    class: 'edit',
    change: appended(daemon, `${text}\n`),
    fails
  })),
  ...ruleFiles.map(([file, fails]): Mutation => ({
    name: `audit rules ${file} empty`,
    class: 'edit',
    change: written(ours(file), '## nothing\n', 0o640),
    fails
  })),
  ...ruleFiles.map(([file, fails]): Mutation => ({
    name: `audit rules ${file} under a name augenrules does not read`,
    class: 'diversion',
    change: async (tree) => {
      tree.write(`${ours(file)}.dpkg-old`, await tree.read(ours(file)), { mode: 0o640 })
      tree.remove(ours(file))
    },
    fails
  })),
  {
    name: 'audit: a later -e 1',
    class: 'drop-in',
    change: later('-e 1\n'),
    fails: ['audit-protection/locked']
  },
  {
    name: 'audit: a later -e 0',
    class: 'drop-in',
    change: later('-e 0\n'),
    fails: ['audit-protection/locked', 'audit-events/no-halt']
  },
  {
    name: 'audit: a later -f 2',
    class: 'drop-in',
    change: later('-f 2\n'),
    fails: ['audit-events/no-halt', 'audit-storage/no-panic']
  },
  {
    name: 'audit: later rules that delete those of a key',
    class: 'drop-in',
    change: later('-D -k access-control\n'),
    fails: ['audit-events/categories', 'audit-events/syscalls']
  },
  {
    name: 'audit: never before everything',
    class: 'drop-in',
    change: earlier('-a never,exit\n'),
    fails: records
  },
  {
    name: 'audit: never for every system call, put first by -A',
    class: 'drop-in',
    change: later('-A exit,never -F arch=b64 -S all\n-A exit,never -F arch=b32 -S all\n'),
    fails: records
  },
  {
    name: 'audit: what happens to the passwords is left out',
    class: 'drop-in',
    change: earlier('-a never,exit -F path=/etc/shadow\n'),
    fails: ['audit-events/watches']
  },
  {
    name: 'audit: rules about the passwords deleted again, but those for 32-bit programs',
    class: 'drop-in',
    change: written(
      `${rulesDirectory}/kas-harden-90-local.rules`,
      ['-F path=/etc/shadow -F perm=wa -k access-control', '-F dir=/etc -F perm=wa -k config-change']
        .map((rule) => `-d always,exit -F arch=b64 ${rule}\n`)
        .join(''),
      0o640
    ),
    fails: ['audit-events/watches']
  },
  {
    name: 'audit: no task is audited',
    class: 'drop-in',
    change: earlier('-a task,never\n'),
    fails: records
  },
  {
    name: 'audit: records of system calls excluded',
    class: 'drop-in',
    change: earlier('-a always,exclude -F msgtype=SYSCALL\n'),
    fails: records
  },
  {
    name: 'audit: records of all people excluded',
    class: 'drop-in',
    change: earlier('-a never,exclude -F auid>=1000\n'),
    fails: records
  },
  {
    name: 'audit: records excluded by a range of types',
    class: 'drop-in',
    change: earlier('-a always,exclude -F msgtype>=1300 -F msgtype<=1399\n'),
    fails: records
  },
  {
    name: 'audit: a line auditctl refuses before everything',
    class: 'drop-in',
    change: earlier('record everything\n'),
    fails: [...records, ...finish]
  },
  {
    name: 'audit: an option auditctl does not have before everything',
    class: 'drop-in',
    change: earlier('--watch /etc/passwd\n'),
    fails: [...records, ...finish]
  },
  {
    name: 'audit: every rule about ssh and one person only',
    class: 'edit',
    change: replaced(ours('20-access'), /-F auid>=1000/g, '-F auid=1000'),
    fails: ['audit-events/syscalls']
  },
  {
    name: 'audit: backup of people only, and only of one',
    class: 'edit',
    change: replaced(ours('50-backup'), /-F perm=x/g, '-F perm=x -F auid=1000'),
    fails: ['audit-events/backup', 'decommissioning/recorded', 'state-backup/recorded']
  },
  {
    name: 'audit: never for the program that restores, put first',
    class: 'drop-in',
    change: later(
      '-A never,exit -F arch=b64 -F path=/usr/sbin/kas-harden-backup -F perm=x\n' +
        '-A never,exit -F arch=b32 -F path=/usr/sbin/kas-harden-backup -F perm=x\n'
    ),
    fails: ['audit-events/backup', 'state-backup/recorded']
  },
  {
    name: 'audit: one service only',
    class: 'edit',
    change: replaced(ours('80-services'), /uid!=0/g, 'uid=33'),
    fails: ['service-actions/recorded']
  },
  {
    name: 'audit: jobs of cron only, no services',
    class: 'edit',
    change: replaced(ours('80-services'), /^.*auid=unset.*\n/gm, ''),
    fails: ['service-actions/recorded']
  },
  {
    name: 'audit: programs of services left out by an earlier rule',
    class: 'drop-in',
    change: earlier('-a never,exit -F arch=b64 -S execve -F auid=-1\n'),
    fails: ['service-actions/recorded']
  },
  {
    name: 'audit: services left out by a rule put first, under another name of the login id',
    class: 'drop-in',
    change: later('-A exit,never -F loginuid=4294967295\n'),
    fails: ['service-actions/recorded']
  },
  {
    name: 'audit: later rules that delete those about services',
    class: 'drop-in',
    change: later('-D -k service-action\n'),
    fails: ['service-actions/recorded']
  },
  {
    name: 'audit: software that is removed is not recorded',
    class: 'edit',
    change: replaced(ours('60-config'), /^.*\/dpkg.*\n/gm, ''),
    fails: ['audit-events/software']
  },
  {
    name: 'audit: reading dpkg is recorded, running it is not',
    class: 'edit',
    change: replaced(ours('60-config'), /(\/dpkg -F perm=)x/g, '$1r'),
    fails: ['audit-events/software']
  },
  {
    name: 'audit: a restart is not recorded',
    class: 'edit',
    change: replaced(ours('40-system'), /-S reboot,/g, '-S '),
    fails: ['audit-events/syscalls']
  },
  {
    name: 'audit: what is unmounted is not recorded',
    class: 'edit',
    change: replaced(ours('40-system'), /-S mount,umount2/g, '-S mount'),
    fails: ['audit-events/syscalls']
  },
  {
    name: 'audit: system calls of the clock not recorded',
    class: 'edit',
    change: replaced(ours('40-system'), /adjtimex,settimeofday,clock_settime/g, 'settimeofday,clock_settime'),
    fails: ['authenticated-time/audit']
  },
  {
    name: 'audit: reading watched instead of writing',
    class: 'edit',
    change: all(
      replaced(ours('70-auditlog'), /-F perm=wa/g, '-F perm=r'),
      replaced(ours('60-config'), /-F perm=wa/g, '-F perm=r')
    ),
    fails: ['audit-events/watches', 'audit-protection/watched']
  },
  {
    name: 'audit: the rules are masked',
    class: 'diversion',
    change: all(...ruleFiles.map(([file]) => nulled(ours(file)))),
    fails: [...records, ...finish]
  },
  {
    name: 'auditd masked (it loads the rules)',
    class: 'mask',
    releases: older,
    change: masked('auditd.service'),
    fails: everything
  },
  {
    name: 'auditd masked (the rules are loaded all the same)',
    class: 'mask',
    releases: ['trixie'],
    change: masked('auditd.service'),
    fails: [...daemonUnit, 'audit-storage/restart']
  },
  {
    name: 'audit-rules masked',
    class: 'mask',
    releases: ['trixie'],
    change: masked('audit-rules.service'),
    // auditd.service requires it.
    fails: [...notLoaded, 'audit-events/rules-unit', ...daemonUnit]
  },
  {
    name: 'audit-rules not started',
    class: 'mask',
    releases: ['trixie'],
    change: all(
      removed('/etc/systemd/system/multi-user.target.wants/audit-rules.service'),
      dropIn('auditd.service', '[Unit]\nRequires=\n'),
      // An empty Requires= takes nothing back; the unit itself is edited then.
      replaced('/usr/lib/systemd/system/auditd.service', /^Requires=.*\n/m, '')
    ),
    fails: [...notLoaded, 'audit-events/rules-unit', 'least-functionality/started']
  },
  {
    name: 'auditd disabled',
    class: 'mask',
    releases: older,
    change: removed('/etc/systemd/system/multi-user.target.wants/auditd.service'),
    fails: everything.filter((id) => id !== 'audit-storage/restart')
  },
  {
    name: 'auditd: a condition on a file that is not there',
    class: 'generator',
    releases: older,
    change: dropIn('auditd.service', '[Unit]\nConditionPathExists=/nonexistent\n'),
    fails: everything.filter((id) => id !== 'audit-storage/restart')
  },
  {
    name: 'auditd: a condition that holds in a container only',
    class: 'generator',
    releases: older,
    change: dropIn('auditd.service', '[Unit]\nConditionVirtualization=container\n'),
    fails: everything.filter((id) => id !== 'audit-storage/restart')
  },
  {
    name: 'auditd: a condition on an argument nobody gives',
    class: 'generator',
    releases: older,
    change: dropIn('auditd.service', '[Unit]\nConditionKernelCommandLine=record\n'),
    fails: everything.filter((id) => id !== 'audit-storage/restart')
  },
  {
    name: 'auditd: started again never',
    class: 'mask',
    change: dropIn('auditd.service', '[Service]\nRestart=no\n'),
    fails: ['audit-storage/restart']
  },
  {
    name: 'auditd loads no rules: ExecStartPost emptied',
    class: 'mask',
    releases: older,
    change: dropIn('auditd.service', '[Service]\nExecStartPost=\n'),
    fails: notLoaded
  },
  {
    name: 'audit-rules loads a file of its own',
    class: 'mask',
    releases: ['trixie'],
    change: all(
      written('/etc/audit/own.rules', '-D\n-b 8192\n', 0o640),
      dropIn(
        'audit-rules.service',
        '[Service]\nExecStart=\nExecStart=/usr/sbin/auditctl -R /etc/audit/own.rules\n'
      )
    ),
    fails: [...records, ...finish, 'least-functionality/started']
  },
  {
    name: 'auditd loads a file of its own',
    class: 'mask',
    releases: older,
    change: all(
      written('/etc/audit/own.rules', '-D\n-b 8192\n', 0o640),
      dropIn(
        'auditd.service',
        '[Service]\nExecStartPost=\nExecStartPost=/usr/sbin/auditctl -R /etc/audit/own.rules\n'
      )
    ),
    fails: [...records, ...finish, 'least-functionality/started']
  },
  {
    name: 'auditd refuses its configuration: -l gone',
    class: 'mask',
    releases: ['bookworm'],
    change: nulled('/etc/systemd/system/auditd.service.d/60-kas-harden.conf'),
    fails: settingsFailing()
  },
  {
    name: 'auditd refuses its configuration: a word it does not know',
    class: 'edit',
    change: appended(daemon, 'log_everything = yes\n'),
    fails: settingsFailing()
  },
  {
    name: 'audit=0 on the kernel command line',
    class: 'cmdline',
    releases: older,
    change: argument('audit=0'),
    fails: ['audit-events/cmdline', ...everything.filter((id) => id !== 'audit-storage/restart')]
  },
  {
    name: 'audit=0 on the kernel command line (trixie)',
    class: 'cmdline',
    releases: ['trixie'],
    change: argument('audit=0'),
    fails: [
      'audit-events/cmdline',
      'audit-events/rules-unit',
      ...everything.filter((id) => id !== 'audit-storage/restart')
    ]
  },
  {
    name: 'audit=1 gone',
    class: 'cmdline',
    change: withoutArgument('audit=1'),
    fails: ['audit-events/cmdline']
  },
  {
    name: 'a short queue of records, later on the command line',
    class: 'cmdline',
    change: argument('audit_backlog_limit=64'),
    fails: ['audit-events/cmdline']
  },
  {
    name: 'audit=1 for init and not for the kernel',
    class: 'cmdline',
    change: (tree) => {
      tree.cmdline((line) => `${line.replace(/\baudit=1\b ?/, '')} -- audit=1`)
    },
    fails: ['audit-events/cmdline']
  },
  {
    name: 'auditd masked on the kernel command line',
    class: 'cmdline',
    releases: older,
    change: argument('systemd.mask=auditd.service'),
    fails: everything
  },
  {
    name: 'records open to all',
    class: 'permission',
    change: (tree) => {
      tree.facts('/var/log/audit', { mode: 0o777 })
    },
    fails: ['audit-access/directory', 'audit-protection/directory', ...shared]
  },
  {
    name: 'records visible to all',
    class: 'permission',
    change: (tree) => {
      tree.facts('/var/log/audit', { mode: 0o755 })
    },
    fails: ['audit-access/directory', 'audit-protection/directory']
  },
  {
    name: 'records of another group',
    class: 'permission',
    change: (tree) => {
      tree.facts('/var/log/audit', { gid: 100 })
    },
    fails: ['audit-access/directory', 'audit-protection/directory']
  },
  {
    name: 'a file of records readable by all',
    class: 'permission',
    change: written('/var/log/audit/audit.log', 'type=DAEMON_START\n', 0o644),
    fails: ['audit-access/files']
  },
  {
    name: 'rules of audit visible to all',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/audit', { mode: 0o755 })
    },
    fails: ['audit-protection/configuration']
  },
  {
    name: 'a rule file readable by all',
    class: 'permission',
    change: (tree) => {
      tree.facts(ours('20-access'), { mode: 0o644 })
    },
    fails: ['audit-protection/rules']
  },
  {
    name: 'auditctl writable by its group',
    class: 'permission',
    change: (tree) => {
      tree.facts('/usr/sbin/auditctl', { mode: 0o775 })
    },
    fails: ['audit-protection/tools']
  },
  {
    name: 'somebody reads logs as adm',
    class: 'account',
    change: replaced('/etc/group', /^adm:x:4:.*$/m, 'adm:x:4:op'),
    fails: ['audit-access/adm', 'audit-protection/adm']
  },
  {
    name: 'somebody joins adm at the first boot',
    class: 'account',
    change: written('/etc/sysusers.d/local.conf', 'm op adm\n'),
    fails: ['audit-access/adm', 'audit-protection/adm']
  },
  {
    name: 'no role of auditors',
    class: 'account',
    change: async (tree) => {
      await tree.edit('/etc/group', (text) => text.replace(/^kas-auditor:.*\n/m, ''))
      for (const path of tree.find(/\/sysusers\.d\/.*\.conf$/)) {
        const text = await tree.read(path)
        if (/^g kas-auditor/m.test(text)) tree.write(path, text.replace(/^g kas-auditor.*\n/m, ''))
      }
    },
    fails: ['audit-access/group', 'account-roles/roles']
  },
  {
    name: 'auditd removed, its configuration left',
    class: 'package',
    change: statusOf('auditd', 'deinstall ok config-files'),
    fails: [
      'audit-events/package',
      'tamper-notification/packages',
      'package:auditd',
      'least-functionality/started'
    ]
  },
  {
    name: 'auditd half configured',
    class: 'package',
    change: statusOf('auditd', 'install ok half-configured'),
    fails: ['audit-events/package', 'tamper-notification/packages', 'package:auditd']
  },
  {
    name: 'auditd replaced by a package of another name',
    class: 'package',
    change: all(statusOf('auditd', 'purge ok not-installed'), installed('auditd-minimal')),
    fails: [
      'audit-events/package',
      'tamper-notification/packages',
      'package:auditd',
      'least-functionality/started'
    ]
  },
  {
    name: 'auditd is /bin/true',
    class: 'binary',
    change: (tree) => {
      tree.link('/usr/sbin/auditd', '/bin/true')
    },
    fails: ['package-authenticity/programs']
  },
  {
    name: 'augenrules is a script that does nothing',
    class: 'binary',
    change: written('/usr/sbin/augenrules', '#!/bin/sh\nexit 0\n', 0o755),
    fails: ['package-authenticity/programs']
  },
  {
    name: 'sudo does not log what its commands start',
    class: 'drop-in',
    releases: ['bookworm', 'trixie'],
    change: written('/etc/sudoers.d/99-local', 'Defaults !log_subcmds\n', 0o440),
    fails: sudoLog
  },
  {
    name: 'sudo without a terminal of its own',
    class: 'include',
    change: written('/etc/sudoers.d/99-local', 'Defaults !use_pty\n', 0o440),
    fails: sudoLog
  },
  {
    name: 'console logins without a login id',
    class: 'edit',
    change: replaced('/etc/pam.d/login', /^session.*pam_loginuid\.so.*$/m, ''),
    fails: ['audit-events/login-loginuid']
  },
  {
    name: 'ssh logins without a login id',
    class: 'edit',
    change: replaced('/etc/pam.d/sshd', /^session.*pam_loginuid\.so.*$/m, ''),
    fails: ['audit-events/sshd-loginuid']
  },
  {
    name: 'the journal in memory only',
    class: 'drop-in',
    change: written('/etc/systemd/journald.conf.d/99-local.conf', '[Journal]\nStorage=volatile\n'),
    fails: ['journal-storage/persistent']
  },
  {
    name: 'no journal',
    class: 'drop-in',
    change: written('/usr/local/lib/systemd/journald.conf.d/zz.conf', '[Journal]\nStorage = none\n'),
    fails: ['journal-storage/persistent']
  },
  {
    name: 'our file of the journal masked by its name',
    class: 'diversion',
    change: nulled('/etc/systemd/journald.conf.d/60-kas-harden.conf'),
    fails: ['journal-storage/persistent']
  },
  {
    name: 'a journal without bounds',
    class: 'drop-in',
    change: written('/etc/systemd/journald.conf.d/99-local.conf', '[Journal]\nSystemMaxUse=100G\n'),
    fails: ['journal-storage/bounded', 'resource-management/journal']
  },
  {
    name: 'the bound of the journal emptied',
    class: 'drop-in',
    change: written('/etc/systemd/journald.conf.d/99-local.conf', '[Journal]\nSystemMaxUse=\n'),
    fails: ['journal-storage/bounded', 'resource-management/journal']
  },
  {
    name: 'a journal that anybody can flood',
    class: 'drop-in',
    change: written('/etc/systemd/journald.conf.d/99-local.conf', '[Journal]\nRateLimitBurst=0\n'),
    fails: ['journal-storage/rate', 'traffic-limits/journal']
  },
  {
    name: 'a journal whose limit counts over no time',
    class: 'drop-in',
    change: written('/etc/systemd/journald.conf.d/99-local.conf', '[Journal]\nRateLimitIntervalSec=0\n'),
    fails: ['journal-storage/rate-interval', 'traffic-limits/journal-interval']
  },
  {
    name: 'journald masked',
    class: 'mask',
    change: masked('systemd-journald.service'),
    fails: [
      'journal-storage/persistent',
      'journal-storage/bounded',
      'journal-storage/rate',
      'journal-storage/rate-interval',
      'log-forwarding/audit',
      'resource-management/journal',
      'traffic-limits/journal',
      'traffic-limits/journal-interval'
    ]
  }
]

/** Every check that asks auditd.conf. */
function settingsFailing(): readonly string[] {
  return [
    'audit-access/log-group',
    'audit-events/enriched',
    'audit-events/local-events',
    'audit-events/write-logs',
    'audit-storage/admin-space-left-action',
    'audit-storage/disk-error',
    'audit-storage/disk-full',
    'audit-storage/log-file',
    'audit-storage/max-log-file',
    'audit-storage/num-logs',
    'audit-storage/overflow',
    'audit-storage/rotate',
    'audit-storage/space-left-action',
    'audit-storage-warning/admin-space-left',
    'audit-storage-warning/admin-space-left-action',
    'audit-storage-warning/space-left',
    'audit-storage-warning/space-left-action',
    'resource-management/audit'
  ]
}

export const auditHarmless: readonly Harmless[] = [
  { name: 'audit: -e 0 in an earlier file', change: earlier('-e 0\n') },
  { name: 'audit: -f 2 in an earlier file', change: earlier('-f 2\n') },
  { name: 'audit: a later -D, which augenrules puts first', change: later('-D\n') },
  {
    name: 'audit: rules in a file of another suffix',
    change: written(`${rulesDirectory}/zz.conf`, '-e 0\n', 0o640)
  },
  { name: 'audit: comments and empty lines', change: appended(ours('40-system'), '\n## -D\n   # -e 0\n\n') },
  { name: 'audit: never for one file', change: earlier('-a never,exit -F path=/var/lib/vendor/state\n') },
  { name: 'audit: never for one program', change: earlier('-a never,exit -F exe=/usr/bin/aide\n') },
  { name: 'audit: a rule more', change: later('-w /srv -p wa -k product\n') },
  {
    name: 'audit: programs watched by -w',
    change: written(
      ours('50-backup'),
      '-w /usr/sbin/kas-harden-backup -p x -k backup-restore\n-w /usr/sbin/kas-harden-erase -p x -k backup-restore\n',
      0o640
    )
  },
  {
    name: 'audit: exit,always instead of always,exit',
    change: replaced(ours('60-config'), /always,exit/g, 'exit,always')
  },
  { name: 'audit: a line auditctl refuses after -i', change: later('record everything\n') },
  {
    name: 'auditd.conf: the same value again in other letters',
    change: appended(daemon, 'Log_Format=enriched\n')
  },
  {
    name: 'auditd.conf: comments',
    change: appended(daemon, '# write_logs = no\n\n#disk_full_action = HALT\n')
  },
  {
    name: 'auditd.conf: an earlier value',
    change: async (tree) => {
      tree.write(daemon, `disk_full_action = SUSPEND\n${await tree.read(daemon)}`)
    }
  },
  { name: 'auditd: a description', change: dropIn('auditd.service', '[Unit]\nDescription=Records\n') },
  {
    name: 'auditd: a condition that holds',
    change: dropIn('auditd.service', '[Unit]\nConditionPathExists=/etc/audit\n')
  },
  { name: 'auditd kept at its version', change: statusOf('auditd', 'hold ok installed') },
  {
    name: 'a journal of another namespace',
    change: written('/etc/systemd/journald@app.conf.d/1.conf', '[Journal]\nStorage=none\n')
  },
  {
    name: 'journald: an earlier file',
    change: written(
      '/etc/systemd/journald.conf.d/00-local.conf',
      '[Journal]\nStorage=none\nSystemMaxUse=1T\n'
    )
  },
  {
    name: 'journald: the same value spelt otherwise',
    change: written('/etc/systemd/journald.conf.d/99.conf', '[Journal]\n  SystemMaxUse = 204800K\n')
  },
  {
    name: 'journald: another section',
    change: written('/etc/systemd/journald.conf.d/99.conf', '[Other]\nStorage=none\n')
  },
  { name: 'audit=1 twice', change: argument('audit=1') }
]
