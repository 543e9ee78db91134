import type { TreeEdit } from '../changed-image.ts'
import type { Harmless, Mutation } from '../mutation.ts'

const loginDefs = '/etc/login.defs'
const faillock = '/etc/security/faillock.conf'
const quality = '/etc/security/pwquality.conf'
const umask = ['login-defaults/umask', 'least-privilege/umask']
const encrypt = ['login-defaults/hash', 'crypto-policy/hash']
const silent = ['authenticator-feedback/silent', 'error-handling/login']

const more = (path: string, text: string) => (tree: TreeEdit) => tree.append(path, `${text}\n`)
const replaced = (path: string, from: string | RegExp, to: string) => (tree: TreeEdit) =>
  tree.edit(path, (text) => text.replace(from, to))
const unit = (path: string, text: string) => (tree: TreeEdit) => {
  tree.write(`/etc/systemd/system/${path}`, text)
}

/** Settings of login.defs, faillock.conf, pwquality.conf: file, text added at its end, checks. */
const lines: readonly (readonly [path: string, line: string, fails: readonly string[]])[] = [
  [loginDefs, 'ENCRYPT_METHOD SHA512', encrypt],
  [loginDefs, 'ENCRYPT_METHOD DES', encrypt],
  [loginDefs, 'UMASK 022', umask],
  [loginDefs, 'HOME_MODE 0755', ['login-defaults/home']],
  [loginDefs, 'LOG_UNKFAIL_ENAB yes', ['authenticator-feedback/unknown-users']],
  [loginDefs, 'PASS_MAX_DAYS 99999', ['password-lifetime/max-days']],
  [loginDefs, 'PASS_MAX_DAYS -1', ['password-lifetime/max-days']],
  [loginDefs, 'PASS_MIN_DAYS 0', ['password-lifetime/min-days']],
  [loginDefs, 'PASS_WARN_AGE 0', ['password-lifetime/warn-days']],
  [faillock, 'deny = 0', ['login-lockout/deny-on', 'login-lockout/deny']],
  [faillock, 'deny=1000', ['login-lockout/deny']],
  [faillock, 'fail_interval = 1', ['login-lockout/fail-interval']],
  [faillock, 'unlock_time = 1', ['login-lockout/unlock-time']],
  [faillock, 'unlock_time = never', ['login-lockout/unlock-time']],
  [faillock, 'dir = /run/faillock', ['login-lockout/persistent']],
  [faillock, 'admin_group = ssh-users', ['login-lockout/no-exempt-group']],
  [faillock, 'audit', ['authenticator-feedback/not-named']],
  [faillock, '  local_users_only', ['login-lockout/all-users']],
  [quality, 'minlen = 6', ['password-quality/minlen']],
  [quality, 'lcredit = 8', ['password-quality/minlen']],
  [quality, 'minclass = 0', ['password-quality/minclass']],
  [quality, 'maxrepeat = 0', ['password-quality/maxrepeat-on', 'password-quality/maxrepeat']],
  [quality, 'maxrepeat = 12', ['password-quality/maxrepeat']],
  [quality, 'usercheck = 0', ['password-quality/usercheck']],
  [quality, 'dictcheck=0', ['password-quality/dictcheck']],
  [quality, 'dictpath = /usr/share/none', ['password-quality/dictpath']],
  [quality, 'enforcing = 0', ['password-quality/enforcing']],
  [quality, 'local_users_only', ['password-quality/all-users']]
]

/** Arguments of the modules, which go before their files. */
const modules: readonly (readonly [module: string, more: string, fails: readonly string[]])[] = [
  ['pam_faillock.so authfail', 'deny=1000', ['login-lockout/deny']],
  ['pam_faillock.so authfail', 'fail_interval=5', ['login-lockout/fail-interval']],
  ['pam_faillock.so preauth', 'unlock_time=5', ['login-lockout/unlock-time']],
  ['pam_faillock.so preauth', 'dir=/run/faillock', ['login-lockout/persistent']],
  ['pam_pwquality.so', 'minlen=6', ['password-quality/minlen']],
  ['pam_pwquality.so', 'dictcheck=0', ['password-quality/dictcheck']]
]

/** Policies of passwords and of the lock-out, and ways in without any. */
export const credentialMutations: readonly Mutation[] = [
  ...lines.map(([path, line, fails]): Mutation => ({
    name: `credentials: ${path} ends with ${line.trim()}`,
    class: 'edit',
    change: more(path, line),
    // Debian 11 has no better hash than SHA-512.
    ...(line.includes('SHA512') && { releases: ['bookworm', 'trixie'] as const }),
    fails
  })),
  ...modules.map(([module, argument, fails]): Mutation => ({
    name: `credentials: ${module} has the argument ${argument}`,
    class: 'edit',
    change: replaced(
      `/etc/pam.d/common-${module.includes('quality') ? 'password' : 'auth'}`,
      module,
      `${module} ${argument}`
    ),
    fails
  })),
  {
    name: 'credentials: the lock-out reads another file',
    class: 'include',
    change: async (tree) => {
      tree.write('/etc/vendor/faillock.conf', `${await tree.read(faillock)}deny = 900\n`)
      await replaced(
        '/etc/pam.d/common-auth',
        /(authfail|preauth)/g,
        '$1 conf=/etc/vendor/faillock.conf'
      )(tree)
    },
    fails: ['login-lockout/deny']
  },
  {
    name: "credentials: the lock-out has Debian's file again",
    class: 'diversion',
    change: (tree) => {
      tree.link(faillock, 'faillock.conf.kas-harden-orig')
    },
    fails: ['login-lockout/persistent', ...silent]
  },
  {
    name: 'credentials: the lock-out tells who exists',
    class: 'edit',
    change: replaced(faillock, /^silent$/m, '# silent'),
    fails: silent
  },
  {
    name: 'credentials: a later drop-in of the password policy',
    class: 'drop-in',
    change: (tree) => {
      tree.write('/etc/security/pwquality.conf.d/99-vendor.conf', 'minlen = 8\nminclass = 1\n')
    },
    fails: ['password-quality/minlen', 'password-quality/minclass']
  },
  {
    name: 'credentials: root is free of the password policy',
    class: 'edit',
    change: replaced('/etc/security/pwquality.conf.d/60-kas-harden.conf', /^enforce_for_root$/m, ''),
    fails: ['password-quality/root']
  },
  {
    name: 'credentials: the dictionary is gone',
    class: 'binary',
    change: (tree) => {
      tree.remove('/var/cache/cracklib/cracklib_dict.pwd')
    },
    fails: ['password-quality/dictionary']
  },
  {
    name: 'credentials: the dictionary has no words',
    class: 'diversion',
    change: (tree) => {
      tree.link('/var/cache/cracklib/cracklib_dict.pwd', '/dev/null')
    },
    fails: ['password-quality/dictionary']
  },
  {
    name: 'credentials: secrets of the second factor can be read',
    class: 'permission',
    releases: ['bookworm', 'trixie'], // made at the first start on Debian 11
    change: (tree) => {
      tree.facts('/var/lib/kas-harden-mfa', { mode: 0o755 })
    },
    fails: ['second-factor/secrets']
  },
  {
    name: 'credentials: a console logs root in',
    class: 'mask',
    change: unit(
      'getty@tty1.service.d/auto.conf',
      '[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root - $TERM\n'
    ),
    fails: [
      'no-default-credentials/autologin',
      'diagnostic-interfaces/autologin',
      'least-functionality/started'
    ]
  },
  {
    name: 'credentials: every serial console logs an account in, by a short option among others',
    class: 'mask',
    change: unit('serial-getty@.service', '[Service]\nExecStart=-/sbin/agetty -8La op %I 115200 vt220\n'),
    fails: ['no-default-credentials/autologin', 'diagnostic-interfaces/autologin']
  },
  {
    name: 'credentials: a unit of its own has a console with a shell for a login',
    class: 'service',
    change: (tree) => {
      unit(
        'console.service',
        '[Service]\nExecStart=/sbin/agetty -n -l /bin/bash tty2\n[Install]\nWantedBy=multi-user.target\n'
      )(tree)
      tree.link('/etc/systemd/system/multi-user.target.wants/console.service', '../console.service')
    },
    fails: [
      'no-default-credentials/autologin',
      'diagnostic-interfaces/autologin',
      'least-functionality/started'
    ]
  },
  {
    name: 'credentials: the rescue shell asks for nothing',
    class: 'mask',
    change: unit('rescue.service.d/force.conf', '[Service]\nEnvironment=SYSTEMD_SULOGIN_FORCE=1\n'),
    fails: ['no-default-credentials/autologin', 'diagnostic-interfaces/autologin']
  },
  {
    name: 'credentials: the debug shell is started at boot',
    class: 'mask',
    change: (tree) => {
      tree.remove('/etc/systemd/system/debug-shell.service')
      tree.link(
        '/etc/systemd/system/sysinit.target.wants/debug-shell.service',
        '/lib/systemd/system/debug-shell.service'
      )
    },
    fails: [
      'no-default-credentials/autologin',
      'diagnostic-interfaces/autologin',
      'no-default-credentials/debug-shell',
      'diagnostic-interfaces/debug-shell',
      'error-handling/debug-shell',
      'least-functionality/debug-shell'
    ]
  }
]

/** Other spellings of the same policies and accounts. */
export const credentialHarmless: readonly Harmless[] = [
  {
    name: 'credentials: blanks, comments and order of faillock.conf',
    change: (tree) =>
      tree.edit(faillock, (text) => `# local\n\n${text.trim().split('\n').reverse().join('\n')}\ndeny=3  \n`)
  },
  {
    name: 'credentials: stricter lines before those that count',
    change: (tree) => tree.edit(loginDefs, (text) => `PASS_MAX_DAYS 99999\nUMASK 000\n${text}`)
  },
  {
    name: 'credentials: tabs and a zero more in login.defs',
    change: more(loginDefs, '\tUMASK\t\t0077\nHOME_MODE 700\nPASS_MAX_DAYS 90')
  },
  {
    name: 'credentials: pam.conf, which nobody reads beside pam.d',
    change: more('/etc/pam.conf', 'login auth sufficient pam_permit.so')
  },
  {
    name: 'credentials: rules of a vendor, hidden by those of /etc',
    change: (tree) => {
      tree.write('/usr/lib/pam.d/login', 'auth sufficient pam_permit.so\n')
    }
  },
  {
    name: 'credentials: more modules that only add',
    change: (tree) =>
      tree.edit('/etc/pam.d/common-auth', (text) => `# kept\n${text}\n-auth  optional\tpam_cap.so\n`)
  },
  {
    name: 'credentials: order of accounts and groups, and a comment',
    change: async (tree) => {
      for (const name of ['passwd', 'shadow', 'group', 'gshadow'])
        await tree.edit(`/etc/${name}`, (text) => `${text.trim().split('\n').reverse().join('\n')}\n`)
    }
  },
  {
    name: 'credentials: a locked account with a hash behind the lock',
    change: (tree) =>
      tree.edit('/etc/shadow', (text) => text.replace('\nop:!:', '\nop:!$1$abcdefgh$pk/PV02pVn1eZW5PLLsbR0:'))
  },
  {
    name: 'credentials: the console of a unit with its plain options',
    change: unit('getty@tty1.service.d/clear.conf', '[Service]\nTTYVTDisallocate=no\n')
  }
]
