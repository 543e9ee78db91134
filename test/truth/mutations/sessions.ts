import type { TreeEdit } from '../changed-image.ts'
import type { Harmless, Mutation } from '../mutation.ts'

const limit = 'concurrent-sessions/limit'
const enough = 'concurrent-sessions/enough'
const timeout = ['session-lock/tmout', 'remote-session-termination/tmout']
const registered = ['session-lock/session-stack', 'remote-session-termination/session-stack']
const profile = '/etc/profile.d/60-kas-harden-timeout.sh'

const written = (path: string, text: string) => (tree: TreeEdit) => {
  tree.write(path, text)
}
const limits = (text: string) => written('/etc/security/limits.d/99-vendor.conf', `${text}\n`)
const changed = (path: string, from: string | RegExp, to: string) => (tree: TreeEdit) =>
  tree.edit(path, (text) => text.replace(from, to))

/** Who ends idle sessions: logind, on Debian 11 a timer of ours that reads logind's setting. */
const idle = ['session-lock/logind', 'remote-session-termination/idle-limit']

/** limits.conf, logind.conf, TMOUT and the modules that put them into force. */
export const sessionMutations: readonly Mutation[] = [
  ...(
    [
      ['* hard maxlogins 100', [limit]],
      ['*\t-\tmaxlogins\t50', [limit]],
      ['op hard maxlogins 50', [limit]],
      ['@ssh-users - maxlogins 60', [limit]],
      ['* hard maxlogins unlimited', [limit, enough]],
      ['* hard maxlogins 1', [enough]]
    ] as const
  ).map(([line, fails]): Mutation => ({
    name: `sessions: a later file of limits says ${line.replaceAll('\t', ' ')}`,
    class: 'drop-in',
    change: limits(line),
    fails
  })),
  {
    name: 'sessions: the limits of logins are a link to nothing',
    class: 'diversion',
    change: (tree) => {
      tree.link('/etc/security/limits.d/60-kas-harden-sessions.conf', '/dev/null')
    },
    fails: [limit, enough]
  },
  {
    name: 'sessions: limits of the console have no effect',
    class: 'edit',
    change: changed('/etc/pam.d/login', /required(\s+pam_limits)/, 'optional$1'),
    fails: ['concurrent-sessions/login-stack']
  },
  {
    name: 'sessions: ssh does not read limits',
    class: 'edit',
    change: changed('/etc/pam.d/sshd', /^session\s+required\s+pam_limits\.so.*$/m, ''),
    fails: ['concurrent-sessions/ssh-stack']
  },
  {
    name: 'sessions: ssh ends its stack before limits are read',
    class: 'edit',
    change: changed(
      '/etc/pam.d/sshd',
      /^session\s+required\s+pam_limits/m,
      'session sufficient pam_permit.so\n$&'
    ),
    fails: ['concurrent-sessions/ssh-stack']
  },
  {
    name: 'sessions: the console reads other limits',
    class: 'include',
    change: async (tree) => {
      tree.write('/etc/vendor/limits.conf', '* hard core 0\nroot hard core 0\n* hard maxlogins 99\n')
      await changed('/etc/pam.d/login', /pam_limits\.so/, 'pam_limits.so conf=/etc/vendor/limits.conf')(tree)
    },
    fails: [limit]
  },
  {
    name: 'sessions: nobody is registered with logind',
    class: 'edit',
    change: changed('/etc/pam.d/common-session', /^session\s+optional\s+pam_systemd\.so.*$/m, ''),
    fails: registered
  },
  {
    name: 'sessions: the module that registers is not there',
    class: 'binary',
    change: (tree) => {
      tree.remove(tree.find(/\/security\/pam_systemd\.so$/)[0]!)
    },
    fails: registered
  },
  {
    name: 'sessions: idle ones go on, by a later drop-in',
    class: 'drop-in',
    change: written('/etc/systemd/logind.conf.d/99-vendor.conf', '[Login]\nStopIdleSessionSec=infinity\n'),
    fails: [...idle]
  },
  {
    name: 'sessions: idle ones go on for a day, by a drop-in of a package',
    class: 'drop-in',
    change: written('/usr/lib/systemd/logind.conf.d/99-vendor.conf', '[Login]\nStopIdleSessionSec=1day\n'),
    fails: [...idle]
  },
  {
    name: 'sessions: the drop-in of logind is a link to nothing',
    class: 'mask',
    change: (tree) => {
      tree.link('/etc/systemd/logind.conf.d/60-kas-harden-site.conf', '/dev/null')
    },
    fails: [...idle]
  },
  {
    name: 'sessions: what people started goes on',
    class: 'drop-in',
    change: written('/etc/systemd/logind.conf.d/99-vendor.conf', '[Login]\nKillUserProcesses=off\n'),
    fails: ['session-lock/leftovers']
  },
  {
    name: 'sessions: what a package of the same name as ours says is masked in /etc',
    class: 'mask',
    change: written('/etc/systemd/logind.conf.d/60-kas-harden-session.conf', '# nothing\n'),
    fails: ['session-lock/leftovers']
  },
  {
    name: 'sessions: only what root started ends',
    class: 'drop-in',
    change: written('/etc/systemd/logind.conf.d/99-vendor.conf', '[Login]\nKillOnlyUsers=root\n'),
    fails: ['session-lock/leftovers']
  },
  {
    name: 'sessions: what a person started goes on',
    class: 'drop-in',
    change: written('/etc/systemd/logind.conf.d/99-vendor.conf', '[Login]\nKillExcludeUsers=root op\n'),
    fails: ['session-lock/leftovers']
  },
  {
    name: 'sessions: logind is masked',
    class: 'mask',
    change: (tree) => {
      tree.link('/etc/systemd/system/systemd-logind.service', '/dev/null')
    },
    fails: [...idle, 'session-lock/leftovers', 'memory-erasure/ipc']
  },
  {
    name: 'sessions: shells have no time-out',
    class: 'edit',
    change: (tree) => {
      tree.remove(profile)
    },
    fails: timeout
  },
  {
    name: 'sessions: the time-out of shells can be unset',
    class: 'edit',
    change: changed(profile, 'readonly TMOUT=900', 'TMOUT=900'),
    fails: timeout
  },
  {
    name: 'sessions: an earlier script has set it for ever',
    class: 'drop-in',
    change: written('/etc/profile.d/00-vendor.sh', 'readonly TMOUT=0\n'),
    fails: timeout
  },
  {
    name: 'sessions: the script of the time-out can be read by root only',
    class: 'permission',
    change: (tree) => {
      tree.facts(profile, { mode: 0o600 })
    },
    fails: timeout
  },
  {
    name: 'sessions: login shells read no scripts',
    class: 'edit',
    change: changed('/etc/profile', /profile\.d/g, 'profile.none'),
    fails: timeout
  },
  {
    name: 'sessions: a person has a shell without a time-out',
    class: 'account',
    change: changed('/etc/passwd', /^(op:.*):\/bin\/bash$/m, '$1:/bin/dash'),
    fails: timeout
  }
]

/** Other spellings of the same sessions. */
export const sessionHarmless: readonly Harmless[] = [
  {
    name: 'sessions: stricter limits for one',
    change: limits('# fewer\nop hard maxlogins 2\n* soft nofile 1024')
  },
  {
    name: 'sessions: a file of limits without .conf',
    change: written('/etc/security/limits.d/99-vendor', '* hard maxlogins 100\n')
  },
  {
    name: 'sessions: units and case of logind.conf',
    change: written(
      '/etc/systemd/logind.conf.d/99-vendor.conf',
      '; local\n[Login]\nStopIdleSessionSec = 10min 30s\nKillUserProcesses=on\n'
    )
  },
  {
    name: 'sessions: the main file, which comes before its drop-ins',
    change: (tree) => tree.append('/etc/systemd/logind.conf', '\nStopIdleSessionSec=infinity\n')
  },
  {
    name: 'sessions: the time-out in the other order',
    change: written(profile, '# idle shells end\nTMOUT=900\nreadonly TMOUT\nexport TMOUT\n')
  }
]
