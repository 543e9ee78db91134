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
  }
]
