import type { TreeEdit } from '../changed-image.ts'
import type { Harmless, Mutation } from '../mutation.ts'

const units = '/etc/systemd/system'
const rootLogin = ['sshd-hardening/root-login', 'no-default-credentials/ssh-root', 'unique-accounts/ssh-root']
const attempts = ['sshd-hardening/attempts', 'login-lockout/ssh-attempts']
const worldWritable = [
  'least-privilege/world-writable',
  'sudo-roles/world-writable',
  'data-at-rest/world-writable'
]
const privateKeys = [
  'crypto-policy/keys',
  'host-identity/private-keys',
  'data-at-rest/private-keys',
  'hardware-keys/private-keys'
]
const hostKeys = ['host-identity/host-keys', 'no-default-credentials/host-keys']
const key = (kind: string) =>
  `-----BEGIN ${kind}PRIVATE KEY-----\n${'QUJDREVGR0hJSktM'.repeat(4)}\nTU5PUA==\n-----END ${kind}PRIVATE KEY-----\n`

const written = (path: string, text: string) => (tree: TreeEdit) => {
  tree.write(path, text)
}
const linked = (path: string, target: string) => (tree: TreeEdit) => {
  tree.link(path, target)
}
const command = (line: string) => `[Service]\nExecStart=\nExecStart=${line}\n`

/** How sshd is started, its keys, the files beside its configuration, and the text before a login. */
export const sshPlaceMutations: readonly Mutation[] = [
  {
    name: 'ssh: options on the command line of the unit',
    class: 'mask',
    change: written(
      `${units}/ssh.service.d/vendor.conf`,
      command('/usr/sbin/sshd -D -o PermitRootLogin=yes')
    ),
    fails: [...rootLogin, 'least-functionality/started']
  },
  {
    name: 'ssh: another configuration on the command line of the unit',
    class: 'mask',
    change: async (tree) => {
      tree.write('/etc/vendor/sshd_config', `MaxAuthTries 99\n${await tree.read('/etc/ssh/sshd_config')}`)
      tree.write(
        `${units}/ssh.service.d/vendor.conf`,
        command('/usr/sbin/sshd -D -f /etc/vendor/sshd_config')
      )
    },
    fails: [...attempts, 'least-functionality/started']
  },
  {
    name: 'ssh: options in the environment file of the unit',
    class: 'include',
    change: written('/etc/default/ssh', 'SSHD_OPTS="-oMaxAuthTries=99"\n'),
    fails: attempts
  },
  {
    name: 'ssh: another unit of the same name',
    class: 'mask',
    change: written(
      `${units}/ssh.service`,
      '[Service]\nExecStart=/usr/sbin/sshd -D -o "AllowTcpForwarding yes"\n[Install]\nWantedBy=multi-user.target\n'
    ),
    fails: ['sshd-hardening/tcp-forwarding', 'least-functionality/started']
  },
  {
    name: 'ssh: started by socket with options of its own',
    class: 'generator',
    change: (tree) => {
      tree.remove(`${units}/multi-user.target.wants/ssh.service`)
      tree.link(`${units}/sockets.target.wants/ssh.socket`, '/lib/systemd/system/ssh.socket')
      tree.write(`${units}/ssh.socket.d/accept.conf`, '[Socket]\nAccept=yes\n')
      tree.write(
        `${units}/ssh@.service`,
        '[Service]\nExecStart=-/usr/sbin/sshd -i -o X11Forwarding=yes\nStandardInput=socket\n'
      )
    },
    fails: ['sshd-hardening/x11', 'sshd-hardening/unit', 'least-functionality/started']
  },
  {
    name: 'ssh: a second server with options of its own',
    class: 'service',
    change: (tree) => {
      tree.write(
        `${units}/ssh-service.service`,
        '[Service]\nExecStart=/usr/sbin/sshd -D -p 2222 -o PermitRootLogin=yes\n[Install]\nWantedBy=multi-user.target\n'
      )
      tree.link(`${units}/multi-user.target.wants/ssh-service.service`, '../ssh-service.service')
    },
    fails: [...rootLogin, 'least-functionality/started', 'least-functionality/ports']
  },
  {
    name: 'ssh: masked',
    class: 'mask',
    change: linked(`${units}/ssh.service`, '/dev/null'),
    fails: ['sshd-hardening/unit']
  },
  {
    name: 'ssh: not enabled',
    class: 'generator',
    change: (tree) => {
      tree.remove(`${units}/multi-user.target.wants/ssh.service`)
    },
    fails: ['sshd-hardening/unit']
  },
  {
    name: 'ssh: the file that says it must not run',
    class: 'generator',
    change: written('/etc/ssh/sshd_not_to_be_run', ''),
    fails: ['sshd-hardening/unit']
  },
  {
    name: 'ssh: host keys are not made',
    class: 'mask',
    change: linked(`${units}/kas-harden-sshd-keys.service`, '/dev/null'),
    fails: ['host-identity/first-boot']
  },
  {
    name: 'ssh: host keys are made under a condition that never holds',
    class: 'generator',
    change: written(
      `${units}/kas-harden-sshd-keys.service.d/when.conf`,
      '[Unit]\nConditionPathExists=/etc/vendor/never\n'
    ),
    fails: ['host-identity/first-boot']
  },
  {
    name: 'ssh: a host key in the image',
    class: 'account',
    change: (tree) => {
      tree.write('/etc/ssh/ssh_host_ed25519_key', key('OPENSSH '), { mode: 0o600 })
    },
    fails: [...hostKeys, ...privateKeys]
  },
  {
    name: 'ssh: a host key in another place',
    class: 'account',
    change: (tree) => {
      tree.write('/etc/ssh/sshd_config.d/50-vendor.conf', 'HostKey /opt/vendor/host\n')
      tree.write('/opt/vendor/host', key('OPENSSH '), { mode: 0o600 })
    },
    fails: [...hostKeys, ...privateKeys]
  },
  ...['', 'RSA ', 'EC ', 'ENCRYPTED '].map((kind): Mutation => ({
    name: `ssh: a private key (${kind || 'PKCS #8'}) of a service in the image`.replace(' )', ')'),
    class: 'account',
    change: (tree) => {
      tree.write('/opt/vendor/tls/server.pem', key(kind), { mode: 0o600 })
    },
    fails: privateKeys
  })),
  {
    name: 'ssh: the key of Vagrant, which everybody has',
    class: 'account',
    change: (tree) =>
      tree.append(
        '/etc/ssh/authorized_keys.d/op',
        `ssh-rsa AAAAB3NzaC1yc2EAAAABIwAAAQEA6NF8iallvQVp22WDkTkyrtvp9eWW6A8YVr+kz4TjGYe7gHzIw+niNltGEFHzD8 vagrant\n`
      ),
    fails: ['no-default-credentials/test-keys', 'package-authenticity/test-keys']
  },
  {
    name: 'ssh: a certificate and key that came with a package',
    class: 'account',
    change: written('/etc/ssl/certs/ssl-cert-snakeoil.pem', 'x\n'),
    fails: ['no-default-credentials/test-keys', 'package-authenticity/test-keys']
  },
  {
    name: 'ssh: programs find no certificates to trust',
    class: 'diversion',
    change: linked('/etc/ssl/certs/ca-certificates.crt', '/dev/null'),
    fails: ['certificate-authentication/trust-store']
  },
  {
    name: 'ssh: the machine has an id before it runs',
    class: 'edit',
    change: written('/etc/machine-id', '0123456789abcdef0123456789abcdef\n'),
    fails: ['host-identity/machine-id']
  },
  {
    name: 'ssh: the machine takes the id that D-Bus has',
    class: 'edit',
    change: (tree) => {
      if (tree.exists('/var/lib/dbus/machine-id')) tree.remove('/var/lib/dbus/machine-id')
      tree.write('/var/lib/dbus/machine-id', '0123456789abcdef0123456789abcdef\n')
    },
    fails: ['host-identity/machine-id']
  },
  {
    name: 'ssh: the list of revoked keys is gone',
    class: 'edit',
    change: (tree) => {
      tree.remove('/etc/ssh/revoked_keys')
    },
    fails: ['certificate-authentication/revoked-file']
  },
  {
    name: 'ssh: a person removes keys from the list of revoked ones',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/ssh/revoked_keys', { uid: 1000 })
    },
    fails: ['certificate-authentication/revoked-file', 'least-privilege/foreign-owner']
  },
  {
    name: 'ssh: everybody enters the directory of private keys',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/ssl/private', { mode: 0o755 })
    },
    fails: ['certificate-authentication/key-modes']
  },
  {
    name: 'ssh: everybody adds keys of a person',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/ssh/authorized_keys.d/op', { mode: 0o666 })
    },
    fails: ['sshd-hardening/keys-root-owned', ...worldWritable]
  },
  {
    name: 'ssh: a person adds keys for others',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/ssh/authorized_keys.d', { uid: 1000 })
    },
    fails: ['sshd-hardening/keys-root-owned', 'least-privilege/foreign-owner']
  },
  {
    name: 'ssh: a person changes a drop-in of sshd',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/ssh/sshd_config.d/20-kas-harden.conf', { uid: 1001 })
    },
    fails: ['sshd-hardening/configuration-mode', 'least-privilege/foreign-owner']
  },
  {
    name: 'banner: the console tells the version of Debian',
    class: 'edit',
    change: (tree) => tree.append('/etc/issue', 'Debian GNU/Linux 12 \\n \\l\n'),
    fails: ['system-use-notification/issue']
  },
  {
    name: 'banner: the console tells more from a directory beside the file',
    class: 'drop-in',
    change: written('/etc/issue.d/50-vendor.issue', 'Kernel \\r\nPassword: root\n'),
    fails: ['system-use-notification/issue-more']
  },
  {
    name: 'banner: the console shows no text',
    class: 'mask',
    change: written(`${units}/getty@.service.d/vendor.conf`, command('-/sbin/agetty --noissue %I $TERM')),
    fails: ['system-use-notification/getty', 'least-functionality/started']
  },
  {
    name: "banner: Debian's text again",
    class: 'diversion',
    change: linked('/etc/issue.net', 'issue.net.kas-harden-orig'),
    fails: ['system-use-notification/issue-net']
  },
  {
    name: 'banner: the text of ssh is empty',
    class: 'edit',
    change: written('/etc/issue.net', '\n'),
    fails: ['system-use-notification/issue-net']
  },
  {
    name: 'banner: a person changes the text',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/issue', { uid: 1001 })
    },
    fails: ['system-use-notification/mode', 'least-privilege/foreign-owner']
  }
]

/** The same servers, started and written in another way. */
export const sshPlaceHarmless: readonly Harmless[] = [
  {
    name: 'ssh: options of the command line that only restrict',
    change: written('/etc/default/ssh', "# quiet\nSSHD_OPTS='-e -o MaxAuthTries=2'\n")
  },
  {
    name: 'ssh: a machine id that is to be made at the first boot',
    change: written('/etc/machine-id', 'uninitialized\n')
  },
  {
    name: 'ssh: a public key and a certificate',
    change: written(
      '/opt/vendor/tls/server.crt',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
    )
  },
  {
    name: 'ssh: enabled as sshd.service too',
    change: linked(`${units}/multi-user.target.wants/sshd.service`, '/lib/systemd/system/ssh.service')
  }
]
