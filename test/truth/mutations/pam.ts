import type { TreeEdit } from '../changed-image.ts'
import type { Mutation } from '../mutation.ts'
import { lockout, passwordStacks, secondFactor } from './pam-checks.ts'

const auth = '/etc/pam.d/common-auth'
const password = '/etc/pam.d/common-password'
const everyAuth = [...lockout(), ...passwordStacks(), ...secondFactor, 'session-lock/unlock']
const nullok = [
  ...passwordStacks(['su', 'su-l', 'sudo', 'sudo-i', 'other']),
  'no-default-credentials/nullok',
  'session-lock/unlock'
]

/** Settings of a module that nobody runs. */
const policy = [
  'minlen',
  'minclass',
  'maxrepeat',
  'maxrepeat-on',
  'usercheck',
  'dictcheck',
  'dictpath',
  'all-users',
  'enforcing',
  'root'
].map((id) => `password-quality/${id}`)

const replaced = (path: string, from: string | RegExp, to: string) => (tree: TreeEdit) =>
  tree.edit(path, (text) => text.replace(from, to))
const before =
  (path: string, line: string) =>
  (tree: TreeEdit): Promise<void> =>
    tree.edit(path, (text) => `${line}\n${text}`)
const without = (path: string, line: RegExp) => (tree: TreeEdit) =>
  tree.edit(path, (text) =>
    text
      .split('\n')
      .filter((one) => !line.test(one))
      .join('\n')
  )

/** Stacks of PAM: lines, controls, jumps, arguments and the files they come from (pam.conf(5)). */
export const pamMutations: readonly Mutation[] = [
  {
    name: 'pam: everybody is let in before anything is asked',
    class: 'edit',
    change: before(auth, 'auth sufficient pam_permit.so'),
    fails: everyAuth
  },
  {
    name: 'pam: the line that lets everybody in is broken in two',
    class: 'edit',
    change: before(auth, 'auth\tsufficient \\\n\tpam_permit.so'),
    fails: everyAuth
  },
  {
    name: 'pam: everybody is let in by a module with its path',
    class: 'edit',
    change: before(
      auth,
      'AUTH [success=done default=ignore] /usr/lib/x86_64-linux-gnu/security/pam_permit.so'
    ),
    fails: everyAuth
  },
  {
    name: 'pam: empty passwords are taken',
    class: 'edit',
    change: replaced(auth, 'pam_unix.so', 'pam_unix.so nullok'),
    fails: nullok
  },
  {
    name: 'pam: empty passwords are taken, in the old spelling of Debian',
    class: 'edit',
    change: replaced(auth, 'pam_unix.so', 'pam_unix.so nullok_secure'),
    fails: nullok
  },
  {
    name: 'pam: failures are counted before the password is asked',
    class: 'edit',
    change: (tree) =>
      tree.edit(auth, (text) => {
        const line = /^.*authfail.*\n/m.exec(text)?.[0] ?? ''
        return text.replace(line, '').replace(/^.*pam_unix\.so/m, (unix) => line + unix)
      }),
    fails: everyAuth
  },
  {
    name: 'pam: locked accounts are not refused',
    class: 'edit',
    change: without(auth, /pam_faillock\.so preauth/),
    fails: lockout()
  },
  {
    name: 'pam: the refusal of a locked account has no effect',
    class: 'edit',
    change: replaced(auth, /requisite(\s+pam_faillock\.so)/, 'optional$1'),
    fails: ['login-lockout/auth-order']
  },
  {
    name: 'pam: failures are not counted',
    class: 'edit',
    change: without(auth, /authfail/),
    fails: lockout()
  },
  {
    name: 'pam: a good password jumps too short and is refused',
    class: 'edit',
    change: replaced(auth, 'success=2', 'success=1'),
    // In su root still gets in without a password; nobody else does.
    fails: everyAuth.filter((id) => !/\/su(?:-l)?-/.test(id))
  },
  {
    name: 'pam: a wrong password jumps over the count',
    class: 'edit',
    change: replaced(auth, '[success=2 default=ignore]', '[success=2 default=1]'),
    fails: lockout()
  },
  {
    name: 'pam: common-auth is a link to a file without lock-out',
    class: 'diversion',
    change: (tree) => {
      tree.write('/usr/share/vendor/auth', 'auth required pam_unix.so\n')
      tree.link(auth, '/usr/share/vendor/auth')
    },
    fails: [...lockout(), ...secondFactor]
  },
  {
    name: 'pam: pam_unix is a link to pam_permit',
    class: 'binary',
    change: (tree) => {
      const library = tree.find(/\/security\/pam_unix\.so$/)[0]!
      tree.link(library, 'pam_permit.so')
    },
    fails: [
      ...everyAuth,
      'login-defaults/pam-hash',
      'package-authenticity/programs',
      'password-lifetime/stack',
      'password-quality/stack',
      'password-quality/passwd-stack',
      'password-quality/login-stack',
      'password-quality/sshd-stack',
      'no-default-credentials/login-account',
      'no-default-credentials/sshd-account'
    ]
  },
  {
    name: 'pam: sshd asks only for the password',
    class: 'edit',
    change: replaced('/etc/pam.d/sshd', '@include common-auth', 'auth required pam_unix.so'),
    fails: [...lockout(['sshd']), 'second-factor/ssh-stack']
  },
  {
    name: 'pam: the console lets people in by a file from elsewhere',
    class: 'include',
    change: async (tree) => {
      tree.write('/opt/vendor/pam', 'auth sufficient pam_localuser.so\n')
      await before('/etc/pam.d/login', '@include /opt/vendor/pam')(tree)
    },
    fails: [...lockout(['login']), ...passwordStacks(['login']), 'second-factor/login-stack']
  },
  {
    name: 'pam: the console trusts its terminal',
    class: 'edit',
    change: before('/etc/pam.d/login', 'auth sufficient pam_succeed_if.so tty = tty1'),
    fails: [...lockout(['login']), ...passwordStacks(['login']), 'second-factor/login-stack']
  },
  {
    name: 'pam: su trusts a group',
    class: 'edit',
    change: before('/etc/pam.d/su', 'auth sufficient pam_wheel.so trust group=ssh-users'),
    fails: [...lockout(['su', 'su-l']), ...passwordStacks(['su', 'su-l'])]
  },
  {
    name: 'pam: sudo trusts a script',
    class: 'edit',
    change: before('/etc/pam.d/sudo', 'auth sufficient pam_exec.so quiet /usr/local/sbin/may'),
    fails: [...lockout(['sudo']), ...passwordStacks(['sudo'])]
  },
  {
    name: 'pam: sudo -i includes an open stack',
    class: 'include',
    releases: ['bookworm', 'trixie'],
    change: async (tree) => {
      tree.write('/etc/pam.d/vendor', 'auth sufficient pam_permit.so\n')
      await before('/etc/pam.d/sudo-i', 'auth include vendor')(tree)
    },
    fails: [...lockout(['sudo-i']), ...passwordStacks(['sudo-i'])]
  },
  {
    name: 'pam: su -l has a stack of its own',
    class: 'edit',
    change: replaced('/etc/pam.d/su-l', /^auth.*$/m, 'auth required pam_unix.so'),
    fails: lockout(['su-l'])
  },
  {
    name: 'pam: services without rules of their own are open',
    class: 'edit',
    releases: ['bookworm', 'trixie'],
    change: before('/etc/pam.d/other', 'auth sufficient pam_debug.so auth=success'),
    fails: [...lockout(['other']), ...passwordStacks(['other']), 'session-lock/unlock']
  },
  {
    name: 'pam: the rules of other services are gone',
    class: 'edit',
    releases: ['bookworm', 'trixie'],
    change: (tree) => {
      tree.remove('/etc/pam.d/other')
    },
    fails: [...lockout(['other']), ...passwordStacks(['other']), 'session-lock/unlock']
  },
  {
    name: 'pam: a locked console opens without a password',
    class: 'service',
    change: (tree) => {
      tree.write('/etc/pam.d/vlock', 'auth sufficient pam_permit.so\n')
    },
    fails: ['session-lock/unlock']
  },
  {
    name: 'pam: a good login does not clear the count',
    class: 'edit',
    change: before('/etc/pam.d/common-account', 'account sufficient pam_permit.so'),
    fails: [
      'login-lockout/account-stack',
      'no-default-credentials/login-account',
      'no-default-credentials/sshd-account'
    ]
  },
  {
    name: 'pam: the second factor is only for who has one',
    class: 'edit',
    change: replaced(auth, 'pam_google_authenticator.so', 'pam_google_authenticator.so nullok'),
    fails: secondFactor
  },
  {
    name: 'pam: the one-time code is shown as it is typed',
    class: 'edit',
    change: replaced(
      auth,
      'pam_google_authenticator.so',
      'pam_google_authenticator.so echo_verification_code'
    ),
    fails: ['authenticator-feedback/login']
  },
  {
    name: 'pam: a refusal for a wrong password comes at once',
    class: 'edit',
    change: replaced(auth, 'pam_unix.so', 'pam_unix.so nodelay'),
    fails: ['authenticator-feedback/login']
  },
  {
    name: 'pam: the second factor has no effect',
    class: 'edit',
    change: replaced(auth, /required(\s+pam_google)/, 'optional$1'),
    fails: secondFactor
  },
  {
    name: 'pam: the password is enough',
    class: 'edit',
    change: replaced(auth, '[success=2 default=ignore]', '[success=done default=ignore]'),
    fails: secondFactor
  },
  {
    name: 'pam: ssh jumps over the second factor',
    class: 'edit',
    change: replaced(auth, 'sudo:sudo-i:su:su-l', 'sudo:sudo-i:su:su-l:sshd'),
    fails: ['second-factor/ssh-stack']
  },
  {
    name: 'pam: the console jumps over the second factor',
    class: 'edit',
    change: replaced(auth, 'service in sudo:sudo-i:su:su-l', 'service notin sshd'),
    fails: ['second-factor/login-stack']
  },
  {
    name: 'pam: new passwords are hashed by MD5',
    class: 'edit',
    change: replaced(password, /^(password.*)yescrypt/m, '$1md5'),
    fails: ['login-defaults/pam-hash']
  },
  {
    name: 'pam: a second method of hashing takes the place of the first',
    class: 'edit',
    change: replaced(password, /^(password.*yescrypt)/m, '$1 md5'),
    fails: ['login-defaults/pam-hash']
  },
  {
    name: 'pam: the policy of passwords has no effect',
    class: 'edit',
    change: replaced(password, /requisite(\s+pam_pwquality)/, 'optional$1'),
    fails: ['password-quality/stack']
  },
  {
    name: 'pam: the policy of passwords is not asked',
    class: 'edit',
    change: without(password, /pam_pwquality/),
    fails: [
      'password-quality/stack',
      'password-quality/passwd-stack',
      'password-quality/login-stack',
      'password-quality/sshd-stack',
      ...policy
    ]
  },
  {
    name: 'pam: passwd goes round the policy',
    class: 'edit',
    change: replaced(
      '/etc/pam.d/passwd',
      '@include common-password',
      'password required pam_unix.so yescrypt'
    ),
    fails: ['password-quality/passwd-stack']
  },
  {
    name: 'pam: old passwords are taken again',
    class: 'edit',
    change: without(password, /pam_pwhistory/),
    fails: ['password-lifetime/stack', 'password-lifetime/remember']
  },
  {
    name: 'pam: old passwords are only warned of',
    class: 'edit',
    change: replaced(password, /requisite(\s+pam_pwhistory)/, 'optional$1'),
    fails: ['password-lifetime/stack']
  },
  {
    name: 'pam: one old password is remembered',
    class: 'edit',
    change: replaced(password, /remember=\d+/, 'remember=1'),
    fails: ['password-lifetime/remember']
  }
]
