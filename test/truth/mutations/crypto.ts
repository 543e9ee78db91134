import type { Harmless, Mutation } from '../mutation.ts'
import { all, appended, installed, removed, replaced, statusOf, written } from './system-edits.ts'

const openssl = '/etc/ssl/openssl.cnf'
const gnutls = '/etc/gnutls/config'
const keys = [
  'crypto-policy/keys',
  'data-at-rest/private-keys',
  'hardware-keys/private-keys',
  'host-identity/private-keys'
]
const shadow = [
  'data-at-rest/shadow-mode',
  'login-defaults/shadow-mode',
  'no-default-credentials/shadow-mode'
]
const writable = [
  'data-at-rest/world-writable',
  'least-privilege/world-writable',
  'sudo-roles/world-writable'
]
const hash = ['crypto-policy/hash', 'login-defaults/hash']
const hashes = ['crypto-policy/hashes', 'login-defaults/hashes', 'no-default-credentials/hashes']

/** A section of TLS that openssl_init leads to, by names nobody promised. */
const section = (settings: string, name = 'system_default_sect'): string =>
  `\n[openssl_init]\nssl_conf = ssl_sect\n[ssl_sect]\nsystem_default = ${name}\n[${name}]\n${settings}\n`

const tls: readonly (readonly [settings: string, fails: readonly string[], name?: string])[] = [
  ['MinProtocol = TLSv1', ['crypto-policy/tls']],
  ['MinProtocol = TLSv1.1', ['crypto-policy/tls']],
  ['MinProtocol = None', ['crypto-policy/tls']],
  ['MinProtocol = TLSv1', ['crypto-policy/tls'], 'tls_old'],
  ['CipherString = DEFAULT@SECLEVEL=0', ['crypto-policy/level']],
  ['CipherString = DEFAULT:@SECLEVEL=1', ['crypto-policy/level']],
  ['CipherString = ALL', ['crypto-policy/level']],
  ['CipherString = DEFAULT@SECLEVEL=0', ['crypto-policy/level'], 'tls_weak'],
  ['CipherString = DEFAULT@SECLEVEL=2\nCipherString = ALL:eNULL', ['crypto-policy/level']],
  ['MinProtocol = TLSv1.2\nMinProtocol = SSLv3', ['crypto-policy/tls']]
]

const sshLines: readonly (readonly [line: string, fails: readonly string[]])[] = [
  ['Ciphers aes128-cbc', ['crypto-policy/ssh-ciphers', 'sshd-hardening/ciphers']],
  ['MACs hmac-sha1', ['crypto-policy/ssh-macs', 'sshd-hardening/macs']],
  [
    'KexAlgorithms diffie-hellman-group1-sha1',
    ['crypto-policy/ssh-key-exchange', 'sshd-hardening/key-exchange']
  ],
  ['RequiredRSASize 2048', ['crypto-policy/ssh-rsa-size', 'sshd-hardening/rsa-size']]
]

/** What GnuTLS reads of its configuration (lib/priority.c): versions one by one, a mode, profiles. */
const gnutlsEdits: readonly (readonly [what: string, from: RegExp, to: string])[] = [
  ['TLS 1.0 again', /^disabled-version = tls1\.0\n/m, ''],
  ['TLS 1.1 again, the line a comment', /^(disabled-version = tls1\.1)/m, '; $1'],
  ['DTLS 1.0 again', /dtls1\.0/, 'dtls1.2'],
  ['MD5 again', /^insecure-hash.*\n/m, ''],
  ['certificates of any size', /medium/, 'low'],
  ['certificates of any size, later', /(medium\n)/, '$1min-verification-profile = very-weak\n'],
  ['a list of what is allowed', /^\[overrides\]/m, '[global]\noverride-mode = allowlist\n[overrides]'],
  ['versions in a section nobody reads', /^\[overrides\]/m, '[override]'],
  ['a second section', /^(insecure-hash)/m, '[other]\n$1']
]

export const cryptoMutations: readonly Mutation[] = [
  ...tls.map(([settings, fails, name]): Mutation => ({
    name: `openssl.cnf: ${JSON.stringify(settings)}${name === undefined ? '' : ` in [${name}]`}`,
    class: 'edit',
    change: appended(openssl, section(settings, name)),
    fails
  })),
  ...['UnsafeLegacyRenegotiation', 'ServerPreference,UnsafeLegacyServerConnect'].map((option): Mutation => ({
    name: `openssl.cnf: Options = ${option}`,
    class: 'edit',
    change: appended(openssl, section(`Options = ${option}`)),
    fails: ['crypto-policy/renegotiation']
  })),
  ...gnutlsEdits.map(([what, from, to]): Mutation => ({
    name: `gnutls: ${what}`,
    class: 'edit',
    change: replaced(gnutls, from, to),
    fails: ['crypto-policy/gnutls']
  })),
  {
    name: 'gnutls: its configuration is a link to nothing',
    class: 'diversion',
    change: (tree) => {
      tree.remove(gnutls)
      tree.link(gnutls, '/dev/null')
    },
    fails: ['crypto-policy/gnutls', 'crypto-policy/gnutls-mode']
  },
  {
    name: 'gnutls: no configuration',
    class: 'diversion',
    change: removed(gnutls),
    fails: ['crypto-policy/gnutls', 'crypto-policy/gnutls-mode']
  },
  {
    name: 'gnutls: its group may change the configuration',
    class: 'permission',
    change: (tree) => {
      tree.facts(gnutls, { mode: 0o664, gid: 100 })
    },
    fails: ['crypto-policy/gnutls-mode']
  },
  {
    name: 'openssl.cnf: an included file',
    class: 'include',
    change: all(
      written(
        '/etc/ssl/openssl.d/local.cnf',
        section('MinProtocol = TLSv1\nCipherString = DEFAULT@SECLEVEL=0')
      ),
      appended(openssl, '\n.include /etc/ssl/openssl.d\n')
    ),
    fails: ['crypto-policy/tls', 'crypto-policy/level']
  },
  {
    name: 'openssl.cnf: an included file, the other form, first in the file',
    class: 'include',
    releases: ['bookworm', 'trixie'], // Debian 11's sections have other names
    change: async (tree) => {
      tree.write('/opt/tls.cnf', section('MinProtocol = SSLv3'))
      tree.write(openssl, `.include = /opt/tls.cnf\n[default]\n${await tree.read(openssl)}`)
    },
    fails: ['crypto-policy/tls']
  },
  {
    name: 'openssl.cnf: a value of another section by its name',
    class: 'edit',
    change: appended(
      openssl,
      `${section('MinProtocol = TLSv1.2')}[other]\nsystem_default_sect::MinProtocol = TLSv1\n`
    ),
    fails: ['crypto-policy/tls']
  },
  {
    name: 'openssl.cnf: another start of the configuration',
    class: 'edit',
    change: (tree) =>
      tree.edit(
        openssl,
        (text) =>
          `${text.replace(/^openssl_conf = .*$/m, 'openssl_conf = mine')}\n[mine]\nssl_conf = m_ssl\n[m_ssl]\nsystem_default = m_tls\n[m_tls]\nMinProtocol = TLSv1\n`
      ),
    fails: ['crypto-policy/tls']
  },
  ...sshLines.map(([line, fails]): Mutation => ({
    name: `sshd: ${line} (crypto)`,
    class: 'drop-in',
    releases: ['bookworm', 'trixie'],
    change: written('/etc/ssh/sshd_config.d/01-crypto.conf', `${line}\n`),
    fails
  })),
  ...['ENCRYPT_METHOD MD5', 'ENCRYPT_METHOD DES', 'ENCRYPT_METHOD\tSHA256', 'ENCRYPT_METHOD SHA512'].map(
    (line): Mutation => ({
      name: `login.defs: ${line}`,
      class: 'edit',
      releases: ['bookworm', 'trixie'],
      change: appended('/etc/login.defs', `${line}\n`),
      fails: hash
    })
  ),
  {
    name: 'a password hashed by MD5',
    class: 'account',
    change: replaced('/etc/shadow', /^op:[^:]*:[^:]*:/m, 'op:$1$abcdefgh$Jm0Z2aoZKk0bzQmQ3F8nR0:0:'),
    fails: hashes
  },
  ...['rsh-redone-server', 'inetutils-ftpd', 'proftpd-core', 'atftpd', 'snmpd', 'ypserv'].map(
    (name): Mutation => ({
      name: `installed: ${name}`,
      class: 'package',
      change: installed(name),
      fails: ['crypto-policy/clear-text']
    })
  ),
  {
    name: 'openssl removed',
    class: 'package',
    change: statusOf('openssl', 'deinstall ok config-files'),
    fails: [
      'crypto-policy/package',
      'certificate-authentication/packages',
      'security-report/packages',
      'package:openssl'
    ]
  },
  {
    name: 'cryptsetup removed',
    class: 'package',
    change: statusOf('cryptsetup', 'deinstall ok config-files'),
    fails: ['data-at-rest/package', 'package:cryptsetup']
  },
  {
    name: 'systemd-cryptsetup removed',
    class: 'package',
    releases: ['trixie'],
    change: statusOf('systemd-cryptsetup', 'deinstall ok config-files'),
    fails: ['data-at-rest/package-trixie', 'package:systemd-cryptsetup', 'least-functionality/started']
  },
  ...['tpm2-tools', 'tpm2-openssl', 'libtpm2-pkcs11-1'].map((name): Mutation => ({
    name: `${name} removed`,
    class: 'package',
    releases: ['bookworm', 'trixie'],
    change: statusOf(name, 'install ok half-installed'),
    fails: ['hardware-keys/packages', `package:${name}`]
  })),
  {
    name: 'hashes readable by all',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/shadow', { mode: 0o644 })
    },
    fails: shadow
  },
  {
    name: 'hashes of groups belong to a person',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/gshadow', { uid: 1000 })
    },
    fails: [...shadow, 'least-privilege/foreign-owner']
  },
  ...['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'OPENSSH PRIVATE KEY'].map(
    (kind): Mutation => ({
      name: `a key of a service in the image: ${kind}`,
      class: 'account',
      change: written(
        '/opt/app/tls.pem',
        `-----BEGIN ${kind}-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n'.repeat(4)}-----END ${kind}-----\n`,
        0o600
      ),
      fails: keys
    })
  ),
  {
    name: 'a key behind other text and under no usual name',
    class: 'account',
    change: written(
      '/etc/product/settings',
      `name=x\n# ${'a'.repeat(400)}\n-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END PRIVATE KEY-----\n`,
      0o600
    ),
    fails: keys
  },
  {
    name: 'a directory everybody may write to',
    class: 'permission',
    change: (tree) => {
      tree.facts('/opt', { mode: 0o777 })
    },
    fails: writable
  },
  {
    name: 'a file everybody may write to',
    class: 'permission',
    change: written('/var/lib/product/state', 'x\n', 0o666),
    fails: writable
  }
]

export const cryptoHarmless: readonly Harmless[] = [
  { name: 'openssl.cnf: options', change: appended(openssl, section('Options = ServerPreference')) },
  {
    name: 'gnutls: stricter, with comments and spaces',
    change: replaced(
      gnutls,
      'min-verification-profile = medium',
      '# more\n\n  min-verification-profile=high\ndisabled-version = ssl3.0\ntls-disabled-cipher = AES-128-CBC'
    )
  },
  {
    name: 'openssl.cnf: TLS 1.3 only',
    change: appended(openssl, section('MinProtocol = TLSv1.3\nCipherString = DEFAULT@SECLEVEL=3'))
  },
  {
    name: 'openssl.cnf: a section nothing leads to',
    releases: ['bookworm', 'trixie'],
    change: appended(openssl, '\n[system_default_sect]\nMinProtocol = SSLv3\n')
  },
  { name: 'openssl.cnf: comments', change: appended(openssl, '\n# MinProtocol = SSLv3\n') },
  { name: 'openssl.cnf: a value in quotes', change: appended(openssl, section('MinProtocol = "TLSv1.2"')) },
  {
    name: 'login.defs: comments',
    change: appended('/etc/login.defs', '# ENCRYPT_METHOD MD5\n  # ENCRYPT_METHOD MD5\n')
  },
  {
    name: 'login.defs: the same in other letters',
    releases: ['bookworm', 'trixie'],
    change: appended('/etc/login.defs', 'ENCRYPT_METHOD   yescrypt\n')
  },
  {
    name: 'a certificate',
    change: written(
      '/etc/ssl/certs/product.pem',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
    )
  },
  {
    name: 'a public key',
    change: written('/opt/app/key.pub', '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n')
  },
  {
    name: 'text about keys',
    change: written('/usr/share/doc/product/README', 'Starts with BEGIN PRIVATE KEY.\n')
  },
  {
    name: 'a directory for all with the sticky bit',
    change: (tree) => {
      tree.write('/var/spool/product/.keep', '')
      tree.facts('/var/spool/product', { mode: 0o1777 })
    }
  }
]
