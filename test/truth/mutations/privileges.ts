import type { TreeEdit } from '../changed-image.ts'
import type { Harmless, Mutation } from '../mutation.ts'

const noPassword = ['least-privilege/password', 'sudo-roles/password']
const log = ['sudo-roles/log', 'audit-events/sudo-log']
const all = ['sudo-roles/all', 'sudo-roles/shells']
const shells = ['sudo-roles/shells']
const worldWritable = [
  'least-privilege/world-writable',
  'sudo-roles/world-writable',
  'data-at-rest/world-writable'
]
const local = '/etc/sudoers.d/99-vendor'

const rules =
  (text: string, path = local) =>
  (tree: TreeEdit): void => {
    tree.write(path, `${text}\n`, { mode: 0o440 })
  }
const changed = (path: string, from: string | RegExp, to: string) => (tree: TreeEdit) =>
  tree.edit(path, (text) => text.replace(from, to))

/** Lines of a later file of sudoers.d: what stands there, and what it takes back. */
const lines: readonly (readonly [what: string, lines: string, fails: readonly string[]])[] = [
  ['a rule without a password', '%kas-operator ALL=(root) NOPASSWD: /usr/bin/id', noPassword],
  ['a role without passwords at all', 'Defaults:%kas-operator !authenticate', noPassword],
  ['a program without a password', 'Defaults!/usr/bin/systemctl !authenticate', noPassword],
  ['runs as an account without a password', 'Defaults>root !authenticate', noPassword],
  ['a group that is never asked', 'Defaults exempt_group=ssh-users', noPassword],
  ["root's password instead of the own", 'Defaults rootpw', noPassword],
  ["the other account's password instead of the own", 'Defaults:op targetpw', noPassword],
  ['a person who may do everything', 'op ALL=(ALL:ALL) ALL', all],
  ['a person by number who may do everything', '#1000 ALL=(root) ALL', all],
  ['a group by number who may do everything', '%#955 ALL = ALL', all],
  ['everybody may do everything', 'ALL ALL=(ALL) PASSWD: ALL', all],
  ['people of an alias', 'User_Alias STAFF = op, admin\nSTAFF ALL=(root) ALL', all],
  ['everything by an alias', 'Cmnd_Alias TOOLS = /usr/bin/id, ALL\nop ALL = TOOLS', all],
  ['everything by an alias of an alias', 'Cmnd_Alias A = ALL : B = A\nop ALL = \\\n  B', all],
  ['everybody of a directory service', '+staff ALL=(root) ALL', all],
  ['everything but a shell', 'op ALL=(root) ALL, !/bin/bash', all],
  ['a shell for a role', '%kas-operator ALL=(root) /bin/sh', shells],
  ['an editor for a role', '%kas-operator ALL=(root) /usr/bin/vi /etc/hosts', shells],
  ['every program of a directory', '%kas-operator ALL=(root) /usr/local/bin/', shells],
  ['a pattern of arguments', '%kas-operator ALL=(root) /usr/bin/systemctl restart *', shells],
  ['any file by sudoedit', '%kas-operator ALL=(root) sudoedit /etc/*', shells],
  ['an environment of the own for a role', '%kas-operator ALL=(root) SETENV: /usr/bin/id', shells],
  ['an environment of the own for all', 'Defaults setenv', shells],
  ['the environment is kept', 'Defaults !env_reset', shells],
  ['the library loader is kept', 'Defaults env_keep += "LD_PRELOAD LD_LIBRARY_PATH"', shells],
  ['no terminal of its own', 'Defaults !use_pty', log],
  ['no terminal of its own for a role', 'Defaults:%kas-maintainer !use_pty', log],
  ['sub-commands are not logged', 'Defaults !log_subcmds', log],
  ['a password that lasts', 'Defaults timestamp_timeout=-1', ['sudo-roles/log']],
  ['a password that lasts for one', 'Defaults:op timestamp_timeout=600', ['sudo-roles/log']],
  ['many tries', 'Defaults passwd_tries=100', ['sudo-roles/log']],
  ['stars for each letter', 'Defaults pwfeedback', ['authenticator-feedback/sudo']],
  ['stars for each letter, for one', 'Defaults:admin pwfeedback', ['authenticator-feedback/sudo']],
  ['a password everybody can read', 'Defaults visiblepw', ['authenticator-feedback/sudo']]
]

/** sudo, set-id programs, owners and modes, AppArmor. */
export const privilegeMutations: readonly Mutation[] = [
  ...lines.map(([what, text, fails]): Mutation => ({
    name: `sudo: ${what}`,
    class: /^Defaults/.test(text) ? 'drop-in' : 'account',
    change: rules(text),
    ...(text.includes('log_subcmds') && { releases: ['bookworm', 'trixie'] as const }), // not in sudo of Debian 11
    fails
  })),
  {
    name: 'sudo: a file from elsewhere, in the old spelling of include',
    class: 'include',
    change: async (tree) => {
      await tree.append('/etc/sudoers', '\n#include /opt/vendor/sudoers\n')
      rules('op ALL=(ALL) ALL', '/opt/vendor/sudoers')(tree)
    },
    fails: all
  },
  {
    name: 'sudo: a directory from elsewhere, with a quoted name',
    class: 'include',
    releases: ['bookworm', 'trixie'],
    change: async (tree) => {
      await tree.append('/etc/sudoers', '\n@includedir "/etc/vendor sudoers.d"\n')
      rules('Defaults !log_subcmds', '/etc/vendor sudoers.d/10-vendor')(tree)
    },
    fails: log
  },
  {
    name: 'sudo: the directory of rules is not read',
    class: 'edit',
    change: changed('/etc/sudoers', /^@includedir.*$/m, ''),
    fails: log
  },
  {
    name: 'sudo: the plugin reads another file',
    class: 'include',
    change: async (tree) => {
      await tree.append(
        '/etc/sudo.conf',
        '\nPlugin sudoers_policy sudoers.so sudoers_file=/etc/vendor/sudoers\n'
      )
      rules('Defaults !pwfeedback\nop ALL=(ALL) NOPASSWD: ALL', '/etc/vendor/sudoers')(tree)
    },
    fails: [...noPassword, ...all, ...log]
  },
  {
    name: 'sudo: a file of rules is a link to nothing',
    class: 'diversion',
    change: (tree) => {
      tree.link('/etc/sudoers.d/10-kas-harden', '/dev/null')
    },
    fails: log
  },
  {
    name: 'sudo: everybody reads the rules',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/sudoers', { mode: 0o644 })
    },
    fails: ['sudo-roles/mode']
  },
  {
    name: 'sudo: the group of a role writes the rules',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/sudoers.d/20-kas-harden-roles', { mode: 0o660, gid: 953 })
    },
    fails: ['sudo-roles/mode', 'least-privilege/foreign-owner']
  },
  {
    name: 'rights: a program that is root for everybody',
    class: 'permission',
    change: (tree) => {
      tree.write('/opt/vendor/bin/tool', 'x', { mode: 0o4755 })
    },
    fails: ['least-privilege/setuid']
  },
  {
    name: 'rights: a shell that is root for everybody',
    class: 'permission',
    change: (tree) => {
      tree.facts('/usr/bin/bash', { mode: 0o4755 })
    },
    fails: ['least-privilege/setuid']
  },
  {
    name: 'rights: a program with the rights of the group shadow',
    class: 'permission',
    change: (tree) => {
      tree.facts('/usr/bin/cat', { mode: 0o2755, gid: 42 })
    },
    fails: ['least-privilege/setuid']
  },
  {
    name: 'rights: an interpreter that may become root',
    class: 'permission',
    change: (tree) => {
      tree.capable('/usr/bin/perl', 'cap_setuid=ep')
    },
    fails: ['least-privilege/setuid']
  },
  {
    name: 'rights: the name of a set-id program in another directory',
    class: 'binary',
    change: (tree) => {
      tree.write('/usr/local/bin/su', 'x', { mode: 0o6711 })
    },
    fails: ['least-privilege/setuid']
  },
  {
    name: 'rights: everybody replaces configuration of services',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/default', { mode: 0o777 })
    },
    fails: worldWritable
  },
  {
    name: 'rights: everybody writes a unit',
    class: 'permission',
    change: (tree) => {
      tree.facts('/usr/lib/systemd/system/ssh.service', { mode: 0o646 })
    },
    fails: worldWritable
  },
  {
    name: 'rights: programs belong to a person',
    class: 'permission',
    change: (tree) => {
      tree.facts('/usr/local/bin', { uid: 1000 })
    },
    fails: ['least-privilege/foreign-owner']
  },
  {
    name: 'rights: a group of people writes a program',
    class: 'permission',
    change: (tree) => {
      tree.facts('/usr/bin/id', { mode: 0o775, gid: 955 })
    },
    fails: ['least-privilege/foreign-owner']
  },
  {
    name: 'rights: a file of nobody, whose owner the next account will be',
    class: 'permission',
    change: (tree) => {
      tree.write('/srv/data', '', { uid: 1002, gid: 1002 })
    },
    fails: ['sudo-roles/unowned']
  },
  {
    name: 'rights: a library in every program',
    class: 'binary',
    change: (tree) => {
      tree.write('/etc/ld.so.preload', '/opt/vendor/lib.so\n')
    },
    fails: ['least-privilege/preload']
  },
  {
    name: 'rights: a library in every program, by a link',
    class: 'diversion',
    change: (tree) => {
      tree.write('/opt/vendor/preload', '/opt/vendor/lib.so\n')
      tree.link('/etc/ld.so.preload', '/opt/vendor/preload')
    },
    fails: ['least-privilege/preload']
  },
  {
    name: 'AppArmor: switched off on the command line',
    class: 'cmdline',
    change: (tree) => {
      tree.cmdline((line) => `${line} apparmor=0`)
    },
    fails: ['mandatory-access-control/cmdline']
  },
  {
    name: 'AppArmor: another module in its place',
    class: 'cmdline',
    change: (tree) => {
      tree.cmdline((line) => `${line} lsm=landlock,lockdown,yama`)
    },
    fails: ['mandatory-access-control/cmdline']
  },
  {
    name: 'AppArmor: profiles are not loaded',
    class: 'mask',
    change: (tree) => {
      tree.link('/etc/systemd/system/apparmor.service', '/dev/null')
    },
    fails: ['mandatory-access-control/unit']
  },
  {
    name: 'AppArmor: profiles are loaded only under a condition',
    class: 'generator',
    change: (tree) => {
      tree.write(
        '/etc/systemd/system/apparmor.service.d/when.conf',
        '[Unit]\nConditionPathExists=/etc/none\n'
      )
    },
    fails: ['mandatory-access-control/unit']
  },
  {
    name: 'AppArmor: a profile is switched off',
    class: 'diversion',
    change: (tree) => {
      tree.link('/etc/apparmor.d/disable/usr.sbin.chronyd', '/etc/apparmor.d/usr.sbin.chronyd')
    },
    fails: ['mandatory-access-control/disabled']
  },
  {
    name: 'AppArmor: a profile is forced to report only',
    class: 'diversion',
    change: (tree) => {
      tree.link('/etc/apparmor.d/force-complain/usr.sbin.chronyd', '../usr.sbin.chronyd')
    },
    fails: ['mandatory-access-control/complain']
  },
  {
    name: 'AppArmor: a profile only reports',
    class: 'edit',
    change: changed('/etc/apparmor.d/usr.sbin.chronyd', /flags\s*=\s*\(/, 'flags=(complain,'),
    fails: ['mandatory-access-control/enforced']
  },
  {
    name: 'AppArmor: what every profile includes is gone',
    class: 'edit',
    change: (tree) => {
      tree.remove('/etc/apparmor.d/abstractions/base')
    },
    fails: ['mandatory-access-control/profiles']
  }
]

/** Other spellings of the same rights. */
export const privilegeHarmless: readonly Harmless[] = [
  {
    name: 'sudo: comments, blanks and broken lines',
    change: rules(
      '# nothing\n\nDefaults   use_pty,  log_subcmds\nDefaults timestamp_timeout = 3, \\\n  passwd_tries=2'
    )
  },
  {
    name: 'sudo: a role with one more command',
    change: rules('%kas-operator ALL=(root) PASSWD: /usr/bin/systemctl restart app.service')
  },
  {
    name: 'sudo: files that sudo passes over',
    change: (tree) => {
      rules('op ALL=(ALL) NOPASSWD: ALL', '/etc/sudoers.d/vendor.rpmsave')(tree)
      rules('op ALL=(ALL) NOPASSWD: ALL', '/etc/sudoers.d/vendor~')(tree)
    }
  },
  {
    name: 'sudo: an alias of administrators',
    change: rules('User_Alias ADMINS = %kas-admin\nADMINS ALL = (ALL : ALL) ALL')
  },
  {
    name: 'rights: a directory for everybody where only the owner removes',
    change: (tree) => {
      tree.write('/srv/exchange/readme', 'hello\n')
      tree.facts('/srv/exchange', { mode: 0o1777 })
    }
  },
  {
    name: 'rights: a list of libraries with nothing but a comment',
    change: (tree) => {
      tree.write('/etc/ld.so.preload', '')
    }
  }
]
