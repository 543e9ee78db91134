import type { Harmless } from '../mutation.ts'

/** Changes that defeat a setting and that no check sees yet; each has its reason in docs/limits.md. */
export const knownUnseen: readonly Harmless[] = [
  {
    name: 'umask: a script of login shells opens new files to everybody',
    change: (tree) => {
      tree.write('/etc/profile.d/zz-vendor.sh', 'umask 000\n')
    }
  },
  {
    name: 'umask: PAM opens new files to everybody',
    change: (tree) => tree.append('/etc/pam.d/common-session', 'session optional pam_umask.so umask=000\n')
  },
  {
    name: 'homes: adduser makes them readable, whatever login.defs says',
    change: (tree) => tree.append('/etc/adduser.conf', 'DIR_MODE=0755\n')
  },
  {
    name: 'libraries: one in every program of a session, by its environment',
    change: (tree) => {
      tree.write('/etc/environment', 'LD_PRELOAD=/opt/vendor/lib.so\n')
    }
  },
  {
    name: 'AppArmor: the local part of a profile allows everything',
    change: (tree) => {
      tree.write('/etc/apparmor.d/local/usr.sbin.chronyd', '/** rwlkmux,\ncapability,\n')
    }
  },
  {
    name: 'AppArmor: a cache in the place of the profiles',
    change: (tree) => {
      tree.write('/var/cache/apparmor/0123abcd.0/usr.sbin.chronyd', 'x')
    }
  },
  {
    name: 'aide: the script it reads at night ends it',
    change: (tree) => tree.append('/etc/default/aide', '\nexit 0\n')
  },
  {
    name: 'journal: only the worst is kept',
    change: (tree) => {
      tree.write('/etc/systemd/journald.conf.d/zz-vendor.conf', '[Journal]\nMaxLevelStore=emerg\n')
    }
  },
  {
    name: 'logs: a file system in memory',
    change: (tree) => tree.append('/etc/fstab', 'tmpfs /var/log tmpfs defaults 0 0\n')
  },
  {
    name: 'keys: one in DER',
    change: (tree) => {
      const key = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)])
      tree.write('/etc/vendor/server.key', key, { mode: 0o600 })
    }
  },
  {
    name: 'boot: an addon of the boot loader',
    change: (tree) => {
      tree.esp('/loader/addons/vendor.addon.efi', 'x')
    }
  }
]
