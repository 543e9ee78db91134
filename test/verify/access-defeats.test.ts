import { describe, expect, test } from 'vitest'
import { Check } from '../../lib/controls/check.ts'
import * as v from 'valibot'
import { notPassed, runChecks } from './run-tree.ts'
import type { Tree } from './tree-image.ts'

/** What a setting looks like when it holds, what defeats it, and what looks alike but does not. */
interface Case {
  check: object
  good: Tree
  defeats: Readonly<Record<string, Tree>>
  harmless?: Readonly<Record<string, Tree>>
}

const sudoers = (text: string): Tree => ({ '/etc/sudoers.d/99-local': { content: text, mode: 0o440 } })
const role = '%kas-operator ALL=(root) /usr/bin/id\n'
const libraries = '/usr/lib/x86_64-linux-gnu/security'
const modules: Tree = {
  [`${libraries}/pam_unix.so`]: 'unix',
  [`${libraries}/pam_permit.so`]: 'permit',
  [`${libraries}/pam_succeed_if.so`]: 'succeed_if',
  [`${libraries}/pam_oath.so`]: 'oath'
}
const twoFactors = (service: string): string =>
  `auth requisite pam_unix.so\nauth [success=1 default=ignore] pam_succeed_if.so quiet service ${service}\nauth required pam_oath.so\nauth required pam_permit.so\n`
const console = '/usr/lib/systemd/system'

const cases: Readonly<Record<string, Case>> = {
  'a module of PAM that is another one, or none': {
    check: { type: 'pam-stack', service: 'vlock', facility: 'auth', order: ['pam_unix.so'] },
    good: { ...modules, '/etc/pam.d/other': 'auth required pam_unix.so\n' },
    defeats: {
      'a link to pam_permit': { [`${libraries}/pam_unix.so`]: { link: 'pam_permit.so' } },
      'no file': { [`${libraries}/pam_unix.so`]: null },
      'rules of its own': { '/etc/pam.d/vlock': 'auth sufficient pam_permit.so\n' }
    }
  },
  'a second factor that a service jumps over': {
    check: { type: 'pam-stack', service: 'login', facility: 'auth', order: ['pam_unix.so', 'pam_oath.so'] },
    good: { ...modules, '/etc/pam.d/login': twoFactors('in sudo:su') },
    defeats: {
      'in the list': { '/etc/pam.d/login': twoFactors('in sudo:login') },
      'not in the list of others': { '/etc/pam.d/login': twoFactors('notin sshd') },
      'by its name': { '/etc/pam.d/login': twoFactors('= login') }
    },
    harmless: { 'another name': { '/etc/pam.d/login': twoFactors('!= login') } }
  },
  'how pam_unix hashes': {
    check: {
      type: 'pam-stack',
      service: 'passwd',
      facility: 'password',
      order: ['pam_unix.so yescrypt']
    },
    good: { '/etc/pam.d/passwd': 'password required pam_unix.so yescrypt\n' },
    defeats: { 'a later method': { '/etc/pam.d/passwd': 'password required pam_unix.so yescrypt md5\n' } },
    harmless: { 'an earlier one': { '/etc/pam.d/passwd': 'password required pam_unix.so md5 yescrypt\n' } }
  },
  'the stack of sshd, which only UsePAM runs': {
    check: { type: 'pam-stack', service: 'sshd', facility: 'auth', order: ['pam_unix.so'] },
    good: { '/etc/pam.d/sshd': '@include common-auth\n' },
    defeats: { 'UsePAM no': { '/etc/ssh/sshd_config.d/00-local.conf': 'usepam = No\n' } }
  },
  'empty passwords in the old spelling': {
    check: {
      type: 'pam-stack',
      service: 'other',
      facility: 'auth',
      forbid: [{ module: 'pam_unix.so', argument: 'nullok' }]
    },
    good: {},
    defeats: { nullok_secure: { '/etc/pam.d/other': 'auth required pam_unix.so nullok_secure\n' } }
  },
  'servers of ssh beside ssh.service': {
    check: { type: 'directive', source: 'sshd', key: 'PermitRootLogin', value: 'no' },
    good: {},
    defeats: {
      'another unit': {
        [`${console}/ssh-maker.service`]:
          '[Service]\nExecStart=-/usr/sbin/sshd -D -p 2222 -oPermitRootLogin=yes\n',
        '/etc/systemd/system/multi-user.target.wants/ssh-maker.service': {
          link: `${console}/ssh-maker.service`
        }
      },
      'another file': {
        '/etc/ssh/maker': 'PermitRootLogin yes\n',
        [`${console}/ssh-maker.service`]: '[Service]\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/maker\n',
        '/etc/systemd/system/multi-user.target.wants/ssh-maker.service': {
          link: `${console}/ssh-maker.service`
        }
      }
    },
    harmless: {
      'a unit nothing starts': {
        [`${console}/ssh-maker.service`]: '[Service]\nExecStart=/usr/sbin/sshd -D -oPermitRootLogin=yes\n'
      }
    }
  },
  'host keys sshd is told to use': {
    check: { type: 'secrets', rule: 'host-keys' },
    good: {},
    defeats: {
      HostKey: { '/etc/ssh/sshd_config.d/00-local.conf': 'HostKey /opt/key\n', '/opt/key': 'a key' }
    },
    harmless: { 'a key that is not there': { '/etc/ssh/sshd_config.d/00-local.conf': 'HostKey /opt/key\n' } }
  },
  'what sudo lets through': {
    check: { type: 'sudoers', noNopasswd: true, noShells: true, allOnlyFor: ['%kas-admin'] },
    good: sudoers(role),
    defeats: {
      rootpw: sudoers('Defaults rootpw\n'),
      targetpw: sudoers('Defaults:operator targetpw\n'),
      SETENV: sudoers('%kas-operator ALL=(root) SETENV: /usr/bin/id\n'),
      setenv: sudoers(`Defaults setenv\n${role}`),
      env_reset: sudoers(`Defaults !env_reset\n${role}`),
      env_keep: sudoers(`Defaults env_keep += "LANG LD_PRELOAD"\n${role}`),
      'another file': {
        '/etc/sudo.conf': 'Plugin sudoers_policy sudoers.so sudoers_file=/etc/maker mode=0440\n',
        '/etc/maker': { content: 'operator ALL=(ALL) ALL\n', mode: 0o440 }
      }
    },
    harmless: {
      'variables of language': sudoers(`Defaults env_keep += "LANG LC_ALL"\n${role}`),
      'the usual plugin': {
        '/etc/sudo.conf': '#Plugin sudoers_policy a.so sudoers_file=/x\nPlugin sudoers_policy sudoers.so\n'
      }
    }
  },
  'files a group of people can write': {
    check: { type: 'permissions', rule: 'foreign-owner' },
    good: { '/etc/group': 'root:x:0:\nstaff:x:50:\nmakers:x:400:operator\n' },
    defeats: { 'a program': { '/usr/bin/tool': { content: 'x', mode: 0o775, gid: 400 } } },
    harmless: {
      'a group of nobody': { '/usr/local/bin': { directory: true, mode: 0o2775, gid: 50 } },
      'a group that only reads': { '/usr/bin/tool': { content: 'x', mode: 0o750, gid: 400 } }
    }
  },
  'a rescue shell without a password': {
    check: { type: 'account', rule: 'no-autologin' },
    good: {
      [`${console}/rescue.service`]: '[Service]\nExecStart=-/usr/lib/systemd/systemd-sulogin-shell rescue\n'
    },
    defeats: {
      'of its unit': {
        '/etc/systemd/system/rescue.service.d/x.conf': '[Service]\nEnvironment="SYSTEMD_SULOGIN_FORCE=1"\n'
      }
    },
    harmless: {
      'switched off': {
        '/etc/systemd/system/rescue.service.d/x.conf': '[Service]\nEnvironment=SYSTEMD_SULOGIN_FORCE=0\n'
      }
    }
  },
  'a console that logs in by itself': {
    check: { type: 'account', rule: 'no-autologin' },
    good: { [`${console}/serial.service`]: '[Service]\nExecStart=-/sbin/agetty -8L ttyS0 vt220\n' },
    defeats: {
      'options in one word': {
        [`${console}/serial.service`]: '[Service]\nExecStart=-/sbin/agetty -8La op ttyS0 vt220\n'
      }
    }
  },
  'a device that lets nobody in': {
    check: { type: 'account', rule: 'has-login' },
    good: {},
    defeats: { '/etc/nologin': { '/etc/nologin': '' } }
  },
  'a program that is there and does its work': {
    check: { type: 'file', path: '/usr/bin/sh' },
    good: { '/usr/bin/true': { content: 'x', mode: 0o755 } },
    defeats: {
      'a link to true': { '/usr/bin/sh': { link: 'true' } },
      'nobody may run it': { '/usr/bin/sh': { content: 'x', mode: 0o644 } },
      empty: { '/usr/bin/sh': { content: '', mode: 0o755 } }
    },
    harmless: { 'a link to another shell': { '/usr/bin/sh': { link: 'bash' } } }
  },
  'limits the console does not read': {
    check: { type: 'directive', source: 'limits', key: '* hard maxlogins', op: '<=', value: 4 },
    good: { '/etc/pam.d/login': 'session required pam_limits.so\n' },
    defeats: {
      'a file of its own': {
        '/etc/pam.d/login': 'session required pam_limits.so conf=/etc/limits\n',
        '/etc/limits': '* hard maxlogins 50\n'
      },
      'an empty one': { '/etc/pam.d/login': 'session required pam_limits.so conf=/etc/limits\n' }
    }
  },
  'credits that make a short password long': {
    check: { type: 'directive', source: 'pwquality', key: 'minlen', op: '>=', value: 12 },
    good: {},
    defeats: { lcredit: { '/etc/security/pwquality.conf': 'lcredit = 4\n' } },
    harmless: { 'a kind that must be there': { '/etc/security/pwquality.conf': 'lcredit = -1\n' } }
  },
  'a shell that knows no TMOUT': {
    check: { type: 'shell-timeout', atMost: '900' },
    good: {},
    defeats: {
      dash: { '/etc/passwd': 'root:x:0:0::/root:/bin/bash\nop:x:1000:1000::/home/op:/bin/dash\n' }
    },
    harmless: {
      'not a person': { '/etc/passwd': 'root:x:0:0::/root:/bin/bash\nsync:x:4:65534::/bin:/bin/dash\n' }
    }
  },
  'numbers that are no uid': {
    check: { type: 'account', rule: 'only-root-is-uid-0' },
    good: {},
    defeats: {
      'minus one': { '/etc/passwd': 'root:x:0:0::/root:/bin/bash\nop:x:-1:1000::/:/bin/bash\n' },
      'too large': { '/etc/passwd': 'root:x:0:0::/root:/bin/bash\nop:x:4294967295:1000::/:/bin/bash\n' }
    }
  }
}

describe.each(Object.entries(cases))('%s', (_, { check, good, defeats, harmless = {} }) => {
  const run = (change: Tree) =>
    runChecks({ ...good, ...change }, [v.parse(Check, { id: 'it', title: 'test', ...check })])

  test.each([['nothing changed', {}], ...Object.entries(harmless)] as const)(
    'passes: %s',
    async (_, change) => {
      expect(await run(change)).toMatchObject([{ status: 'pass' }])
    }
  )

  test.each(Object.entries(defeats))('fails: %s', async (_, change) => {
    expect(notPassed(await run(change))).toEqual(['it: fail'])
  })
})
