import type { TreeEdit } from '../changed-image.ts'
import type { Mutation } from '../mutation.ts'

/** Hashes of a password that nobody knows but this file, and of `root`. */
const hash = {
  yescrypt: '$y$j9T$abcdefgh12345678$59rcO2twlNSz2Nz/N7kkOVgtCt4Nw076a4c/dw4ZVF.',
  sha512:
    '$6$abcdefgh$Ddk4Pt4ecqXkR2yZf2gdQ3VpZEw/kSXU2R5oLtwCIDejhOqaF1/tZGnWUsj6/iacH0LUxBEj2R1Gv9YYVRQ4z.',
  sha256: '$5$abcdefgh$tEZcVYl.GWzaMKjt3Ja9NURBJgLUsT7Nllppm6.RQY5',
  md5: '$1$abcdefgh$pk/PV02pVn1eZW5PLLsbR0',
  des: 'abzIOdQFfLNY6',
  ofRoot: '$y$j9T$abcdefgh12345678$QTKjE6PZ.pqNlc.njjwxlA9ps/iIJ9QckgK/FF1V.H4'
}
const rootLocked = ['no-default-credentials/root', 'unique-accounts/root-locked', 'least-privilege/root']
const unique = ['account-roles/unique', 'unique-accounts/unique']
const weak = ['login-defaults/hashes', 'no-default-credentials/hashes', 'crypto-policy/hashes']
const shadowMode = [
  'login-defaults/shadow-mode',
  'no-default-credentials/shadow-mode',
  'data-at-rest/shadow-mode'
]
const worldWritable = [
  'least-privilege/world-writable',
  'sudo-roles/world-writable',
  'data-at-rest/world-writable'
]

/** The line of a name in passwd, shadow, group or gshadow. */
const line =
  (path: string, name: string, change: (fields: string[]) => string[]) =>
  (tree: TreeEdit): Promise<void> =>
    tree.edit(path, (text) =>
      text
        .split('\n')
        .map((one) => (one.startsWith(`${name}:`) ? change(one.split(':')).join(':') : one))
        .join('\n')
    )
const field = (path: string, name: string, at: number, value: string) =>
  line(path, name, (fields) => fields.with(at, value))
const shadow = (name: string, at: number, value: string) => field('/etc/shadow', name, at, value)
const more = (path: string, text: string) => (tree: TreeEdit) => tree.append(path, `${text}\n`)

/** passwd, shadow, group and gshadow, and how they disagree. */
export const accountMutations: readonly Mutation[] = [
  {
    name: 'accounts: an empty password in shadow',
    class: 'account',
    change: shadow('op', 1, ''),
    fails: ['no-default-credentials/empty']
  },
  {
    name: 'accounts: no password in passwd, a locked one in shadow',
    class: 'account',
    change: field('/etc/passwd', 'op', 1, ''),
    fails: ['no-default-credentials/empty']
  },
  {
    name: 'accounts: a hash in passwd, where everybody reads it',
    class: 'account',
    change: field('/etc/passwd', 'daemon', 1, hash.yescrypt),
    fails: [
      'no-default-credentials/system-accounts',
      'no-default-credentials/first-login',
      'password-lifetime/accounts'
    ]
  },
  {
    name: 'accounts: root has a password',
    class: 'account',
    change: line('/etc/shadow', 'root', ([name = '']) => [
      name,
      hash.yescrypt,
      '0',
      '1',
      '365',
      '14',
      '',
      '',
      ''
    ]),
    fails: rootLocked
  },
  {
    name: 'accounts: root has a password that everybody knows',
    class: 'account',
    change: line('/etc/shadow', 'root', ([name = '']) => [
      name,
      hash.ofRoot,
      '0',
      '1',
      '365',
      '14',
      '',
      '',
      ''
    ]),
    fails: [...rootLocked, 'no-default-credentials/known']
  },
  {
    name: 'accounts: a daemon has a password',
    class: 'account',
    change: line('/etc/shadow', 'backup', ([name = '']) => [
      name,
      hash.yescrypt,
      '0',
      '1',
      '90',
      '',
      '',
      '',
      ''
    ]),
    fails: ['no-default-credentials/system-accounts']
  },
  {
    name: 'accounts: a preset password need not be changed',
    class: 'account',
    change: shadow('admin', 2, '20700'),
    fails: ['no-default-credentials/first-login']
  },
  {
    name: 'accounts: a preset password is never too old',
    class: 'account',
    change: shadow('admin', 4, '99999'),
    fails: ['password-lifetime/accounts']
  },
  {
    name: 'accounts: a preset password has no age',
    class: 'account',
    change: shadow('admin', 4, ''),
    fails: ['password-lifetime/accounts']
  },
  {
    name: 'accounts: a hash of SHA-512, which was good before',
    class: 'account',
    change: shadow('admin', 1, hash.sha512),
    fails: ['login-defaults/hashes']
  },
  ...(['sha256', 'md5', 'des'] as const).map((kind): Mutation => ({
    name: `accounts: a hash of ${kind}`,
    class: 'account',
    change: shadow('admin', 1, hash[kind]),
    fails: weak
  })),
  {
    name: 'accounts: a second root',
    class: 'account',
    change: more('/etc/passwd', 'service:x:0:0::/root:/bin/bash'),
    fails: [...unique, 'unique-accounts/only-root']
  },
  {
    name: 'accounts: a second root whose uid is written in another way',
    class: 'account',
    change: more('/etc/passwd', 'service:x:000:100::/:/bin/bash'),
    fails: [...unique, 'unique-accounts/only-root']
  },
  {
    name: 'accounts: a second root whose uid needs more than 32 bits',
    class: 'account',
    change: more('/etc/passwd', 'service:x:4294967296:100::/:/bin/bash'),
    fails: ['unique-accounts/only-root']
  },
  {
    name: 'accounts: a uid that means "leave it as it is"',
    class: 'account',
    change: more('/etc/passwd', 'service:x:-1:100::/:/bin/bash'),
    fails: ['unique-accounts/only-root']
  },
  {
    name: 'accounts: a plus line, which is root without a password to old programs',
    class: 'account',
    change: more('/etc/passwd', '+::0:0:::'),
    fails: [...unique, 'unique-accounts/only-root', 'no-default-credentials/empty', ...rootLocked]
  },
  {
    name: 'accounts: a name given twice',
    class: 'account',
    change: more('/etc/passwd', 'op:x:1500:1500::/home/op:/bin/bash'),
    fails: unique
  },
  {
    name: 'accounts: a uid given twice',
    class: 'account',
    change: more('/etc/passwd', 'op2:x:1000:1000::/home/op:/bin/bash'),
    fails: unique
  },
  {
    name: 'accounts: a gid given twice',
    class: 'account',
    change: more('/etc/group', 'wheel:x:951:op'),
    fails: unique
  },
  {
    name: 'accounts: a role is nowhere',
    class: 'account',
    change: async (tree) => {
      await tree.edit('/etc/group', (text) => text.replace(/^kas-maintainer:.*\n/m, ''))
      for (const path of tree.find(/^\/usr\/lib\/sysusers\.d\/.*\.conf$/)) {
        if ((await tree.read(path)).includes('kas-maintainer'))
          await tree.edit(path, (text) => text.replace(/^g kas-maintainer.*\n/m, ''))
      }
    },
    fails: ['account-roles/roles']
  },
  {
    name: "accounts: a member of Debian's group sudo",
    class: 'account',
    change: field('/etc/group', 'sudo', 3, 'op'),
    fails: ['sudo-roles/sudo-group']
  },
  {
    name: "accounts: Debian's group sudo is the first group of an account",
    class: 'account',
    change: field('/etc/passwd', 'op', 3, '27'),
    fails: ['sudo-roles/sudo-group']
  },
  {
    name: 'accounts: a member of the readers of all logs',
    class: 'account',
    change: field('/etc/group', 'adm', 3, 'op'),
    fails: ['audit-access/adm', 'audit-protection/adm']
  },
  {
    name: 'accounts: nobody is let in while /etc/nologin is there',
    class: 'account',
    change: (tree) => {
      tree.write('/etc/nologin', 'Closed\n')
    },
    fails: ['account-roles/has-login']
  },
  {
    name: 'accounts: nobody has a shell',
    class: 'account',
    change: async (tree) => {
      await field('/etc/passwd', 'op', 6, '/usr/sbin/nologin')(tree)
      await field('/etc/passwd', 'admin', 6, '/bin/false')(tree)
    },
    fails: ['account-roles/has-login']
  },
  {
    name: 'accounts: every account of a person is closed',
    class: 'account',
    change: async (tree) => {
      await shadow('op', 7, '1')(tree)
      await shadow('admin', 7, '1')(tree)
    },
    fails: ['account-roles/has-login']
  },
  {
    name: 'accounts: neither key nor password is left',
    class: 'account',
    change: async (tree) => {
      await shadow('admin', 1, '!')(tree)
      tree.remove('/etc/ssh/authorized_keys.d/op')
      tree.remove('/etc/ssh/authorized_keys.d/admin')
    },
    fails: ['account-roles/has-login']
  },
  ...['useradd', 'usermod', 'userdel'].map((tool): Mutation => ({
    name: `accounts: ${tool} is gone`,
    class: 'binary',
    change: (tree) => {
      tree.remove(`/usr/sbin/${tool}`)
    },
    fails: [`account-roles/${tool}`]
  })),
  {
    name: 'accounts: useradd is a link to true',
    class: 'binary',
    change: (tree) => {
      tree.link('/usr/sbin/useradd', '/bin/true')
    },
    fails: ['account-roles/useradd']
  },
  {
    name: 'accounts: nobody can run usermod',
    class: 'permission',
    change: (tree) => {
      tree.facts('/usr/sbin/usermod', { mode: 0o644 })
    },
    fails: ['account-roles/usermod']
  },
  {
    name: 'accounts: everybody writes passwd',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/passwd', { mode: 0o666 })
    },
    fails: ['account-roles/passwd-mode', ...worldWritable]
  },
  {
    name: 'accounts: the list of groups belongs to a person',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/group', { uid: 1000 })
    },
    fails: ['account-roles/passwd-mode', 'least-privilege/foreign-owner']
  },
  {
    name: 'accounts: everybody reads the hashes',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/shadow', { mode: 0o644 })
    },
    fails: shadowMode
  },
  {
    name: 'accounts: a group of people reads the hashes of groups',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/gshadow', { gid: 955 })
    },
    fails: shadowMode
  }
]
