import type { Harmless, Mutation } from '../mutation.ts'
import { appended, dropIn, masked, nulled, removed, replaced, statusOf, written } from './system-edits.ts'

const own = '/etc/rsyslog.conf.kas-harden'
const ca = '/etc/kas-harden/log-ca.pem'
const forwarding = ['log-forwarding/forwarding']

const otherCa =
  '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUZm9yIGEgdGVzdCBvZiBvdGhlcnMwCgYIKoZIzj0EAwIw\n-----END CERTIFICATE-----\n'

/** A value of the action that another one takes the place of. */
const values: readonly (readonly [what: string, from: RegExp, to: string])[] = [
  ['in clear text', /streamDriverMode="1"/, 'streamDriverMode="0"'],
  ['to anybody the CA knows', /streamDriverAuthMode="x509\/name"/, 'streamDriverAuthMode="x509/certvalid"'],
  ['to anybody', /streamDriverAuthMode="x509\/name"/, 'streamDriverAuthMode="anon"'],
  ['to a second name as well', /(streamDriverPermittedPeers="[^"]*)"/, '$1,evil.example"'],
  ['by UDP', /protocol="tcp"/, 'protocol="udp"'],
  ['to another receiver', /target="[^"]*"/, 'target="192.0.2.66"'],
  ['to another port', /port="\d+"/, 'port="514"'],
  ['with another CA', /\/etc\/kas-harden\/log-ca\.pem/, '/etc/ssl/certs/ca-certificates.crt'],
  ['until the receiver is away', /action\.resumeRetryCount="-1"/, 'action.resumeRetryCount="0"'],
  ['with a driver without TLS', /streamDriver="ossl"/, 'streamDriver="ptcp"'],
  ['without the journal', /^module\(load="imjournal".*$/m, '']
]

export const logForwardingMutations: readonly Mutation[] = [
  ...values.map(([what, from, to]): Mutation => ({
    name: `forwarding: ${what}`,
    class: 'edit',
    change: replaced(own, from, to),
    fails: forwarding
  })),
  {
    name: 'forwarding: records of sudo stop before it',
    class: 'edit',
    change: (tree) =>
      tree.edit(own, (text) => text.replace('action(', 'if $programname == "sudo" then stop\naction(')),
    fails: forwarding
  },
  {
    name: 'forwarding: a file of the administrator is included',
    class: 'include',
    change: (tree) =>
      tree.edit(own, (text) => text.replace('action(', '$IncludeConfig /etc/rsyslog.d/*.conf\naction(')),
    fails: forwarding
  },
  {
    name: 'forwarding: a second receiver',
    class: 'edit',
    change: appended(own, '*.* @192.0.2.66\n'),
    fails: forwarding
  },
  {
    name: 'forwarding: Debian’s configuration in our place',
    class: 'diversion',
    change: (tree) => {
      tree.remove('/etc/rsyslog.conf')
      tree.link('/etc/rsyslog.conf', 'rsyslog.conf.kas-harden-orig')
    },
    fails: forwarding
  },
  {
    name: 'forwarding: another configuration by command line',
    class: 'mask',
    change: dropIn(
      'rsyslog.service',
      '[Service]\nExecStart=\nExecStart=/usr/sbin/rsyslogd -n -iNONE -f /etc/other.conf\n'
    ),
    fails: ['log-forwarding/command', 'least-functionality/started']
  },
  {
    name: 'forwarding: rsyslog masked',
    class: 'mask',
    change: masked('rsyslog.service'),
    fails: ['log-forwarding/unit', 'log-forwarding/command']
  },
  {
    name: 'forwarding: rsyslog disabled',
    class: 'mask',
    change: removed('/etc/systemd/system/multi-user.target.wants/rsyslog.service'),
    fails: ['log-forwarding/unit']
  },
  {
    name: 'forwarding: records of audit stay out of the journal',
    class: 'mask',
    change: masked('systemd-journald-audit.socket'),
    fails: ['log-forwarding/audit']
  },
  {
    name: 'forwarding: another CA',
    class: 'diversion',
    change: written(ca, otherCa),
    fails: ['log-forwarding/ca']
  },
  {
    name: 'forwarding: a second CA beside the owner’s',
    class: 'edit',
    change: appended(ca, otherCa),
    fails: ['log-forwarding/ca']
  },
  {
    name: 'forwarding: no CA',
    class: 'diversion',
    change: nulled(ca),
    fails: ['log-forwarding/ca', 'log-forwarding/ca-mode']
  },
  {
    name: 'forwarding: a group may change the CA',
    class: 'permission',
    change: (tree) => {
      tree.facts(ca, { mode: 0o664, gid: 100 })
    },
    fails: ['log-forwarding/ca-mode']
  },
  {
    name: 'forwarding: TLS removed',
    class: 'package',
    change: statusOf('rsyslog-openssl', 'deinstall ok config-files'),
    fails: ['log-forwarding/packages', 'package:rsyslog-openssl']
  },
  {
    name: 'forwarding: rsyslog removed',
    class: 'package',
    change: statusOf('rsyslog', 'deinstall ok config-files'),
    fails: ['log-forwarding/packages', 'package:rsyslog', 'least-functionality/started']
  }
]

export const logForwardingHarmless: readonly Harmless[] = [
  { name: 'forwarding: comments', change: appended(own, '# to the plant’s receiver\n') },
  {
    name: 'forwarding: white space',
    change: (tree) => tree.edit(own, (text) => text.replace(/^\t/gm, '    ').replace('action(', 'action( '))
  },
  {
    name: 'forwarding: a file nobody includes',
    change: written('/etc/rsyslog.d/50-app.conf', '*.* @192.0.2.66\n')
  }
]
