import type { TreeEdit } from '../changed-image.ts'
import type { Harmless, Mutation } from '../mutation.ts'

const first = '/etc/ssh/sshd_config.d/00-local.conf'
const main = '/etc/ssh/sshd_config'
const rootLogin = ['sshd-hardening/root-login', 'no-default-credentials/ssh-root', 'unique-accounts/ssh-root']
const attempts = ['sshd-hardening/attempts', 'login-lockout/ssh-attempts']
const sessions = ['sshd-hardening/sessions', 'concurrent-sessions/per-connection']
const passwords = ['sshd-hardening/passwords', 'authenticator-feedback/ssh-passwords']
const perSource = ['login-lockout/ssh-connections', 'traffic-limits/per-source']
/** Without PAM nothing of /etc/pam.d/sshd is asked. */
const withoutPam = [
  'sshd-hardening/pam',
  'login-lockout/sshd-auth-order',
  'second-factor/ssh-stack',
  'concurrent-sessions/ssh-stack',
  'no-default-credentials/sshd-account',
  'password-quality/sshd-stack',
  'remote-session-termination/session-stack',
  'audit-events/sshd-loginuid'
]

/** Lines of an earlier drop-in: sshd takes the first value (sshd_config(5)). */
const lines: readonly (readonly [line: string, fails: readonly string[]])[] = [
  ['PermitRootLogin yes', rootLogin],
  ['PermitRootLogin prohibit-password', rootLogin],
  ['permitrootlogin=forced-commands-only', rootLogin],
  ['PermitRootLogin "without-password"', rootLogin],
  ['PasswordAuthentication yes', passwords],
  ['PermitEmptyPasswords yes', ['sshd-hardening/empty-passwords', 'no-default-credentials/ssh-empty']],
  ['PubkeyAuthentication no', ['sshd-hardening/public-keys']],
  ['DSAAuthentication no', ['sshd-hardening/public-keys']],
  ['UsePAM no', withoutPam],
  ['AllowGroups *', ['sshd-hardening/groups']],
  ['AllowGroups users ?*', ['sshd-hardening/groups']],
  ['MaxAuthTries 100', attempts],
  ['MaxSessions 50', sessions],
  ['LoginGraceTime 0', ['sshd-hardening/login-grace']],
  ['LoginGraceTime 1h30m', ['sshd-hardening/login-grace']],
  ['X11Forwarding yes', ['sshd-hardening/x11']],
  ['AllowTcpForwarding yes', ['sshd-hardening/tcp-forwarding']],
  ['AllowTcpForwarding local', ['sshd-hardening/tcp-forwarding']],
  ['AllowAgentForwarding yes', ['sshd-hardening/agent-forwarding']],
  ['AllowStreamLocalForwarding remote', ['sshd-hardening/socket-forwarding']],
  ['PermitTunnel point-to-point', ['sshd-hardening/tunnel']],
  ['PermitUserEnvironment LANG,LC_*', ['sshd-hardening/environment']],
  ['HostbasedAuthentication yes', ['sshd-hardening/host-based']],
  ['LogLevel QUIET', ['sshd-hardening/log-level']],
  ['Ciphers +3des-cbc', ['sshd-hardening/ciphers', 'crypto-policy/ssh-ciphers']],
  ['Ciphers aes256-ctr,aes128-cbc', ['sshd-hardening/ciphers', 'crypto-policy/ssh-ciphers']],
  ['MACs ^hmac-sha1', ['sshd-hardening/macs', 'crypto-policy/ssh-macs']],
  ['MACs hmac-md5-etm@openssh.com', ['sshd-hardening/macs', 'crypto-policy/ssh-macs']],
  [
    'KexAlgorithms +diffie-hellman-group14-sha1',
    ['sshd-hardening/key-exchange', 'crypto-policy/ssh-key-exchange']
  ],
  ['KexAlgorithms -curve25519*', ['sshd-hardening/key-exchange', 'crypto-policy/ssh-key-exchange']],
  ['RequiredRSASize 1024', ['sshd-hardening/rsa-size', 'crypto-policy/ssh-rsa-size']],
  ['HostKeyAlgorithms +ssh-rsa', ['sshd-hardening/host-key-algorithms']],
  ['PubkeyAcceptedKeyTypes +ssh-rsa', ['sshd-hardening/public-key-algorithms']],
  ['StrictModes no', ['sshd-hardening/strict-modes']],
  ['AuthorizedKeysFile .ssh/authorized_keys /srv/keys/%u', ['sshd-hardening/keys-files']],
  [
    'AuthorizedKeysCommand /usr/bin/curl http://example.org/%u\nAuthorizedKeysCommandUser nobody',
    ['sshd-hardening/keys-command']
  ],
  ['TrustedUserCAKeys /etc/ssh/vendor-ca.pub', ['sshd-hardening/ca-keys']],
  ['RevokedKeys none', ['certificate-authentication/revoked']],
  ['RevokedKeys /dev/null', ['certificate-authentication/revoked']],
  ['Banner none', ['system-use-notification/ssh']],
  ['Banner /etc/motd', ['system-use-notification/ssh']],
  ['ClientAliveInterval 0', ['remote-session-termination/alive-interval']],
  ['ClientAliveCountMax 0', ['remote-session-termination/alive-count']],
  ['ChannelTimeout none', ['remote-session-termination/channel-timeout']],
  ['ChannelTimeout x11-connection=5m', ['remote-session-termination/channel-timeout']],
  ['ChannelTimeout session=0', ['remote-session-termination/channel-timeout']],
  ['UnusedConnectionTimeout none', ['remote-session-termination/unused']],
  ['UnusedConnectionTimeout 2h', ['remote-session-termination/unused']],
  ['MaxStartups 1000', ['traffic-limits/startups']],
  ['PerSourceMaxStartups none', perSource],
  ['AuthenticationMethods any', ['second-factor/ssh-methods', ...passwords]],
  ['AuthenticationMethods publickey,keyboard-interactive:pam publickey', ['second-factor/ssh-methods']],
  ['ChallengeResponseAuthentication no', ['second-factor/ssh-interactive']]
]

const defaulted = [
  ...passwords,
  ...rootLogin,
  ...attempts,
  ...sessions,
  ...perSource,
  'certificate-authentication/revoked',
  'remote-session-termination/alive-interval',
  'remote-session-termination/channel-timeout',
  'remote-session-termination/unused',
  'second-factor/ssh-interactive',
  'second-factor/ssh-methods',
  'crypto-policy/ssh-ciphers',
  'crypto-policy/ssh-key-exchange',
  'crypto-policy/ssh-macs',
  'crypto-policy/ssh-rsa-size',
  'sshd-hardening/agent-forwarding',
  'sshd-hardening/ciphers',
  'sshd-hardening/groups',
  'sshd-hardening/host-key-algorithms',
  'sshd-hardening/key-exchange',
  'sshd-hardening/keys-files',
  'sshd-hardening/log-level',
  'sshd-hardening/login-grace',
  'sshd-hardening/macs',
  'sshd-hardening/public-key-algorithms',
  'sshd-hardening/rsa-size',
  'sshd-hardening/socket-forwarding',
  'sshd-hardening/tcp-forwarding',
  'sshd-hardening/x11',
  'system-use-notification/ssh'
]

const atEnd = (text: string) => (tree: TreeEdit) => tree.append(main, `\n${text}\n`)

/** Values of sshd_config(5): order, Match, Include and the places they come from. */
export const sshMutations: readonly Mutation[] = [
  ...lines.map(([line, fails]): Mutation => ({
    name: `sshd: an earlier drop-in says ${line.replace(/\n.*/, '')}`,
    class: 'drop-in',
    change: (tree) => {
      tree.write(first, `${line}\n`)
    },
    fails
  })),
  {
    name: 'sshd: Match all at the end of the file',
    class: 'include',
    change: atEnd('Match all\n  PermitRootLogin yes\n  MaxSessions 50'),
    fails: [...rootLogin, ...sessions]
  },
  {
    name: 'sshd: Match for one user',
    class: 'include',
    change: atEnd('Match User op\n\tAuthenticationMethods publickey\n\tAllowTcpForwarding yes'),
    fails: ['second-factor/ssh-methods', 'sshd-hardening/tcp-forwarding']
  },
  {
    name: 'sshd: Match for everybody who comes from anywhere',
    class: 'include',
    change: atEnd('match address *\nPasswordAuthentication yes'),
    fails: passwords
  },
  {
    name: 'sshd: Match in a drop-in that sorts last',
    class: 'drop-in',
    change: (tree) => {
      tree.write('/etc/ssh/sshd_config.d/99-vendor.conf', 'Match Group ssh-users\n  MaxAuthTries 60\n')
    },
    fails: attempts
  },
  {
    name: 'sshd: a file from elsewhere is included first',
    class: 'include',
    change: (tree) => {
      tree.write(first, 'Include /opt/vendor/*.conf\n')
      tree.write('/opt/vendor/ssh.conf', 'AllowTcpForwarding yes\n')
    },
    fails: ['sshd-hardening/tcp-forwarding']
  },
  {
    name: 'sshd: an included file with a relative name, inside a Match',
    class: 'include',
    change: async (tree) => {
      await tree.append(main, '\nMatch LocalPort 22\n  Include vendor.conf\n')
      tree.write('/etc/ssh/vendor.conf', 'X11Forwarding yes\n')
    },
    fails: ['sshd-hardening/x11']
  },
  {
    name: 'sshd: the drop-ins are not included any more',
    class: 'edit',
    change: (tree) => tree.edit(main, (text) => text.replace(/^Include /m, '#Include ')),
    fails: defaulted
  },
  {
    name: 'sshd: a value in front of the Include',
    class: 'edit',
    change: (tree) => tree.edit(main, (text) => text.replace(/^Include /m, 'PermitRootLogin yes\nInclude ')),
    fails: rootLogin
  },
  {
    name: 'sshd: sshd_config is a link to another file',
    class: 'diversion',
    change: async (tree) => {
      tree.write('/usr/share/vendor/sshd_config', `MaxAuthTries 50\n${await tree.read(main)}`)
      tree.link(main, '/usr/share/vendor/sshd_config')
    },
    fails: attempts
  },
  {
    name: 'sshd: the directory of drop-ins is a link to an empty one',
    class: 'diversion',
    change: (tree) => {
      tree.remove('/etc/ssh/sshd_config.d')
      tree.write('/etc/vendor/ssh/readme', 'nothing here\n')
      tree.link('/etc/ssh/sshd_config.d', '/etc/vendor/ssh')
    },
    fails: defaulted
  },
  {
    name: 'sshd: the settings of a drop-in are a link to nothing',
    class: 'diversion',
    change: (tree) => {
      tree.link('/etc/ssh/sshd_config.d/30-kas-harden-banner.conf', '/dev/null')
    },
    fails: ['system-use-notification/ssh']
  }
]

/** Other spellings of the same configuration of sshd. */
export const sshHarmless: readonly Harmless[] = [
  {
    name: 'sshd: a later drop-in, whose values come second',
    change: (tree) => {
      tree.write('/etc/ssh/sshd_config.d/99-local.conf', 'PermitRootLogin yes\nMaxAuthTries 100\n')
    }
  },
  {
    name: 'sshd: a drop-in whose name does not end in .conf',
    change: (tree) => {
      tree.write('/etc/ssh/sshd_config.d/00-local.conf.bak', 'PermitRootLogin yes\n')
    }
  },
  {
    name: 'sshd: the same values in other spellings',
    change: (tree) => {
      tree.write(
        first,
        '# again\n\n\tPERMITROOTLOGIN = "no"\nusepam\tyes\nLoginGraceTime 20s\nMaxSessions 2\n'
      )
    }
  },
  {
    name: 'sshd: values at the end of the main file',
    change: atEnd('AllowTcpForwarding yes\nUsePAM no')
  },
  {
    name: 'sshd: a Match that only forbids more',
    change: atEnd('Match User op\n  MaxSessions 1\n  PermitTTY no')
  },
  {
    name: 'sshd: another drop-in that names the same group',
    change: (tree) => {
      tree.write(first, 'AllowGroups ssh-users\nDenyUsers guest\n')
    }
  }
]
