import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { dirname, join } from 'node:path'

/** A change that undoes one setting, and the checks that must see it. */
export interface Defeat {
  name: string
  /** Makes the change in the tree and gives back what undoes it. */
  change: (tree: Tree) => void
  /** Checks or packages (`package:NAME`) that fail; nothing else may. */
  fails: readonly string[]
}

/** A root file system of our own making whose changes can be taken back. */
export interface Tree {
  read(path: string): string
  write(path: string, text: string): void
  append(path: string, text: string): void
  mode(path: string, mode: number): void
  owner(path: string, uid: number): void
  link(path: string, target: string): void
}

/** Runs a change on a directory and takes it back afterwards. */
export async function withChange<T>(
  root: string,
  change: Defeat['change'],
  work: () => Promise<T>
): Promise<T> {
  const undo: (() => void)[] = []
  const keep = (path: string) => {
    const full = join(root, path)
    let before: Buffer | undefined
    try {
      before = readFileSync(full)
    } catch {
      before = undefined
    }
    undo.push(() => {
      if (before === undefined) rmSync(full, { force: true })
      else writeFileSync(full, before)
    })
    mkdirSync(dirname(full), { recursive: true })
    return full
  }
  const tree: Tree = {
    read: (path) => readFileSync(join(root, path), 'utf8'),
    write: (path, text) => {
      writeFileSync(keep(path), text)
    },
    append: (path, text) => {
      appendFileSync(keep(path), text)
    },
    mode: (path, mode) => {
      const full = join(root, path)
      const before = statSync(full).mode & 0o7777
      chmodSync(full, mode)
      undo.push(() => {
        chmodSync(full, before)
      })
    },
    owner: (path, uid) => {
      const full = join(root, path)
      const before = statSync(full)
      chownSync(full, uid, before.gid)
      undo.push(() => {
        chownSync(full, before.uid, before.gid)
        chmodSync(full, before.mode & 0o7777)
      })
    },
    link: (path, target) => {
      const full = join(root, path)
      mkdirSync(dirname(full), { recursive: true })
      symlinkSync(target, full)
      undo.push(() => {
        rmSync(full)
      })
    }
  }
  try {
    change(tree)
    return await work()
  } finally {
    for (const step of undo.reverse()) step()
  }
}

const permitFirst = (tree: Tree, service: string) => {
  const path = `etc/pam.d/${service}`
  tree.write(path, `auth sufficient pam_permit.so\n${tree.read(path)}`)
}

const removed = (tree: Tree, name: string) => {
  const status = tree.read('var/lib/dpkg/status')
  const stanza = new RegExp(`(Package: ${name}\\nStatus: )install ok installed`)
  tree.write('var/lib/dpkg/status', status.replace(stanza, '$1deinstall ok config-files'))
}

const otherStacks = ['su', 'su-l', 'sudo', 'sudo-i', 'other'].map(
  (service) => `no-default-credentials/${service}-stack`
)

/** What defeats each kind of check on the image that the main job built. */
export const defeats: readonly Defeat[] = [
  {
    name: 'a package removed but still configured',
    change: (tree) => {
      removed(tree, 'auditd')
    },
    fails: ['audit-events/package', 'package:auditd']
  },
  {
    name: 'authfail moved before pam_unix',
    change: (tree) => {
      const lines = tree.read('etc/pam.d/common-auth').split('\n')
      const authfail = lines.findIndex((line) => line.includes('authfail'))
      const unix = lines.findIndex((line) => line.includes('pam_unix.so'))
      const [line] = lines.splice(authfail, 1)
      lines.splice(unix, 0, line!)
      tree.write('etc/pam.d/common-auth', lines.join('\n'))
    },
    fails: [
      'login-lockout/auth-order',
      'login-lockout/login-auth-order',
      'login-lockout/sshd-auth-order',
      'login-lockout/su-auth-order',
      'login-lockout/su-l-auth-order',
      'login-lockout/sudo-auth-order',
      'login-lockout/sudo-i-auth-order',
      'login-lockout/other-auth-order',
      'no-default-credentials/login-stack',
      ...otherStacks
    ]
  },
  {
    name: 'nullok back in common-auth',
    change: (tree) => {
      tree.write(
        'etc/pam.d/common-auth',
        tree.read('etc/pam.d/common-auth').replace('pam_unix.so', 'pam_unix.so nullok')
      )
    },
    fails: ['no-default-credentials/nullok', ...otherStacks]
  },
  {
    name: 'an sshd drop-in that comes first',
    change: (tree) => {
      tree.write('etc/ssh/sshd_config.d/00-local.conf', 'PermitRootLogin yes\n')
    },
    fails: ['no-default-credentials/ssh-root', 'sshd-hardening/root-login', 'unique-accounts/ssh-root']
  },
  {
    name: 'an sshd Match block for all',
    change: (tree) => {
      tree.append('etc/ssh/sshd_config', '\nMatch all\n\tMaxAuthTries 100\n')
    },
    fails: ['login-lockout/ssh-attempts', 'sshd-hardening/attempts']
  },
  {
    name: 'a masked unit',
    change: (tree) => {
      tree.link('etc/systemd/system/auditd.service', '/dev/null')
    },
    fails: [
      'audit-events/unit',
      'audit-events/categories',
      'audit-events/watches',
      'audit-events/syscalls',
      'audit-events/login-id',
      'audit-events/no-halt',
      'audit-protection/locked',
      'audit-protection/login-id',
      'audit-protection/watched',
      'audit-storage/no-panic',
      'audit-storage/unit',
      'audit-storage/restart'
    ]
  },
  {
    name: 'a world-writable shadow',
    change: (tree) => {
      tree.mode('etc/shadow', 0o666)
    },
    fails: [
      'data-at-rest/shadow-mode',
      'data-at-rest/world-writable',
      'least-privilege/world-writable',
      'login-defaults/shadow-mode',
      'no-default-credentials/shadow-mode',
      'sudo-roles/world-writable'
    ]
  },
  {
    name: 'policy accept',
    change: (tree) => {
      tree.write(
        'etc/kas-harden/firewall.nft',
        tree
          .read('etc/kas-harden/firewall.nft')
          .replace('hook input priority filter; policy drop;', 'hook input priority filter; policy accept;')
      )
    },
    fails: ['firewall/input', 'least-functionality/firewall', 'traffic-limits/rate']
  },
  {
    name: 'ssh open to everybody',
    change: (tree) => {
      tree.write('etc/kas-harden/firewall.d/product.nft', 'tcp dport 22 accept\n')
    },
    fails: ['firewall/management']
  },
  {
    name: 'a later sysctl file',
    change: (tree) => {
      tree.write('etc/sysctl.d/99-zzz-local.conf', 'kernel.kptr_restrict = 0\n')
    },
    fails: ['kernel-settings/information']
  },
  {
    name: 'a sudo rule without password',
    change: (tree) => {
      tree.write('etc/sudoers.d/99-maker', 'op ALL=(ALL) NOPASSWD: ALL\n')
    },
    fails: [
      'least-privilege/password',
      'sudo-roles/all',
      'sudo-roles/password',
      'sudo-roles/mode',
      'sudo-roles/shells'
    ]
  },
  {
    name: 'a user that is root',
    change: (tree) => {
      tree.append('etc/passwd', 'toor:x:0:0::/root:/bin/bash\n')
      tree.append('etc/shadow', 'toor:!:20000:0:99999:7:::\n')
    },
    fails: ['account-roles/unique', 'unique-accounts/unique', 'unique-accounts/only-root']
  },
  {
    name: 'an empty password',
    change: (tree) => {
      tree.write('etc/shadow', tree.read('etc/shadow').replace(/^op:[^:]*:/m, 'op::'))
    },
    fails: ['no-default-credentials/empty']
  },
  {
    name: 'TMOUT that can be unset',
    change: (tree) => {
      tree.write('etc/profile.d/60-kas-harden-timeout.sh', 'TMOUT=900\nexport TMOUT\n')
    },
    fails: ['remote-session-termination/tmout', 'session-lock/tmout']
  },
  {
    name: 'audit rules gone',
    change: (tree) => {
      tree.write('etc/audit/rules.d/kas-harden-60-config.rules', '')
    },
    fails: ['audit-events/categories']
  },
  {
    name: 'a host key in the image',
    change: (tree) => {
      tree.write(
        'etc/ssh/ssh_host_ed25519_key',
        '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n'
      )
    },
    fails: ['host-identity/host-keys', 'no-default-credentials/host-keys']
  },
  {
    name: 'a setuid shell',
    change: (tree) => {
      tree.write('usr/local/bin/sh2', '#!/bin/sh\n')
      tree.mode('usr/local/bin/sh2', 0o4755)
    },
    fails: ['least-privilege/setuid']
  },
  {
    name: 'apt that trusts everything',
    change: (tree) => {
      tree.write('etc/apt/sources.list.d/x.list', 'deb [trusted=yes] http://example.org/ stable main\n')
    },
    fails: ['package-authenticity/authenticated']
  },
  {
    name: 'kernel modules not blocked',
    change: (tree) => {
      tree.write('usr/lib/modprobe.d/60-kas-harden.conf', '')
    },
    fails: ['code-execution/modules', 'least-functionality/modules', 'no-wireless/modules']
  },
  {
    name: 'a full audit log that halts the device',
    change: (tree) => {
      tree.append('etc/audit/auditd.conf.kas-harden', 'disk_full_action = HALT\n')
    },
    fails: ['audit-storage/disk-full']
  },
  {
    name: 'su open to everybody',
    change: (tree) => {
      permitFirst(tree, 'su')
    },
    fails: [
      'login-lockout/su-auth-order',
      'login-lockout/su-l-auth-order',
      'no-default-credentials/su-l-stack',
      'no-default-credentials/su-stack'
    ]
  },
  {
    name: 'sudo open to everybody',
    change: (tree) => {
      permitFirst(tree, 'sudo')
    },
    fails: ['login-lockout/sudo-auth-order', 'no-default-credentials/sudo-stack']
  },
  {
    name: 'services without rules open to everybody',
    change: (tree) => {
      permitFirst(tree, 'other')
    },
    fails: ['login-lockout/other-auth-order', 'no-default-credentials/other-stack']
  },
  {
    name: 'ssh keys from elsewhere',
    change: (tree) => {
      tree.write(
        'etc/ssh/sshd_config.d/05-vendor.conf',
        'AuthorizedKeysCommand /usr/local/bin/keys\nAuthorizedKeysCommandUser nobody\n' +
          'TrustedUserCAKeys /etc/ssh/vendor_ca.pub\nAuthorizedKeysFile /home/%u/keys\nStrictModes no\n'
      )
    },
    fails: [
      'sshd-hardening/ca-keys',
      'sshd-hardening/keys-command',
      'sshd-hardening/keys-files',
      'sshd-hardening/strict-modes'
    ]
  },
  {
    name: 'ssh-rsa accepted again',
    change: (tree) => {
      tree.write(
        'etc/ssh/sshd_config.d/05-vendor.conf',
        'PubkeyAcceptedAlgorithms +ssh-rsa\nHostKeyAlgorithms ssh-rsa,ssh-ed25519\n'
      )
    },
    fails: ['sshd-hardening/host-key-algorithms', 'sshd-hardening/public-key-algorithms']
  },
  {
    name: 'a group that is never locked',
    change: (tree) => {
      tree.append('etc/security/faillock.conf.kas-harden', 'admin_group = ssh-users\nlocal_users_only\n')
    },
    fails: ['login-lockout/all-users', 'login-lockout/no-exempt-group']
  },
  {
    name: 'a dictionary without words',
    change: (tree) => {
      tree.write('etc/security/pwquality.conf.d/99.conf', 'dictpath = /dev/null\nlocal_users_only\n')
    },
    fails: ['password-quality/all-users', 'password-quality/dictpath']
  },
  {
    name: 'a directory of programs that a person owns',
    change: (tree) => {
      tree.owner('usr/local/sbin', 1000)
    },
    fails: ['least-privilege/foreign-owner']
  },
  {
    name: 'a library in every program',
    change: (tree) => {
      tree.write('etc/ld.so.preload', '/usr/local/lib/x.so\n')
    },
    fails: ['least-privilege/preload']
  },
  {
    name: 'a shell among the commands of a role',
    change: (tree) => {
      tree.write('etc/sudoers.d/30-app', '%ssh-users ALL=(root) /usr/bin/bash, /usr/bin/*\n')
      tree.mode('etc/sudoers.d/30-app', 0o440)
    },
    fails: ['sudo-roles/shells']
  },
  {
    name: 'a profile of AppArmor switched off',
    change: (tree) => {
      tree.link('etc/apparmor.d/disable/usr.sbin.chronyd', '/etc/apparmor.d/usr.sbin.chronyd')
    },
    fails: ['mandatory-access-control/disabled']
  },
  {
    name: 'a profile of AppArmor that only reports',
    change: (tree) => {
      const path = 'etc/apparmor.d/usr.sbin.chronyd'
      tree.write(path, tree.read(path).replace(/flags=\(/, 'flags=(complain, '))
    },
    fails: ['mandatory-access-control/enforced']
  }
]
