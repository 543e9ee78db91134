import type { Harmless, Mutation } from '../mutation.ts'
import type { Change } from './system-edits.ts'
import {
  all,
  appended,
  dropIn,
  installed,
  masked,
  removed,
  replaced,
  started,
  statusOf,
  written
} from './system-edits.ts'

const main = '/etc/kas-harden/firewall.nft'
const product = '/etc/kas-harden/firewall.d/product.nft'
const unit = ['firewall/unit', 'traffic-limits/unit', 'fail-close/unit']
const forward = ['firewall/forward', 'firewall/flows', 'zone-boundary/flows']
/** ssh is open to somebody nobody approved. */
const management = ['firewall/management', 'remote-access-approval/closed']
const rates = ['firewall/rate', 'traffic-limits/rate', 'login-lockout/ssh-rate']
const dropPolicy = [
  'firewall/input',
  'least-functionality/firewall',
  'traffic-limits/rate',
  'remote-access-approval/closed'
]
const ruleset = [
  'firewall/input',
  ...forward,
  ...management,
  'zone-boundary/messages',
  ...rates,
  'least-functionality/firewall'
]
const open = ['firewall/management', ...dropPolicy]

const insert = (text: string): Change => written(product, `${text}\n`)

/** Rules of the input chain that open ssh, and those that open everything. */
const rules: readonly (readonly [text: string, fails: readonly string[]])[] = [
  ['tcp dport 22 accept', management],
  ['tcp dport { 22, 443 } accept', management],
  ['tcp dport 20-25 accept', management],
  ['ip saddr 0.0.0.0/0 tcp dport ssh accept', management],
  ['ip saddr { 0.0.0.0/1, 128.0.0.0/1 } tcp dport 22 accept', management],
  ['ip6 saddr ::/0 tcp dport 22 accept', management],
  ['ip saddr != 10.0.2.0/24 tcp dport 22 accept', management],
  ['tcp dport vmap { 22 : accept, 23 : drop }', management],
  ['iifname "eth0" tcp dport 22 accept', management],
  ['tcp dport 22 limit rate 100/second accept', management],
  ['tcp dport 22 goto ssh', management],
  ['accept', open],
  ['meta l4proto { tcp, udp } accept', open],
  ['ct state new accept', open],
  ['iifname != "lo" accept', open],
  ['tcp dport 1-65535 accept', open]
]

export const networkMutations: readonly Mutation[] = [
  ...rules.map(([text, fails]): Mutation => ({
    name: `firewall.d: ${text}`,
    class: 'include',
    change: insert(text),
    fails
  })),
  {
    name: 'firewall: input accepts by policy',
    class: 'edit',
    change: replaced(
      main,
      'hook input priority filter; policy drop;',
      'hook input priority filter; policy accept;'
    ),
    fails: dropPolicy
  },
  {
    name: 'firewall: forwarding accepted by policy',
    class: 'edit',
    change: replaced(main, 'hook forward priority filter; policy drop;', 'hook forward priority filter;'),
    // What reaches its end is dropped by a rule.
    fails: forward
  },
  {
    name: 'firewall: every packet forwarded by a rule',
    class: 'edit',
    change: replaced(main, /(hook forward priority filter; policy drop;)/, '$1\n\t\taccept'),
    fails: [...forward, 'zone-boundary/messages']
  },
  {
    name: 'firewall: no chain of forwarding',
    class: 'edit',
    change: replaced(main, /chain forward \{[^}]*\}/, ''),
    fails: [...forward, 'zone-boundary/messages']
  },
  {
    name: 'firewall: the policy changed at the end of the file',
    class: 'edit',
    change: appended(main, 'table inet kas_harden { chain input { policy accept; }; }\n'),
    fails: dropPolicy
  },
  {
    name: 'firewall: everything flushed at the end',
    class: 'edit',
    change: appended(main, 'flush ruleset\n'),
    fails: ruleset
  },
  {
    name: 'firewall: the table deleted at the end',
    class: 'include',
    change: all(
      written('/etc/kas-harden/last.nft', 'delete table inet kas_harden\n'),
      appended(main, 'include "/etc/kas-harden/last.nft"\n')
    ),
    fails: ruleset
  },
  {
    name: 'firewall: a dormant table',
    class: 'edit',
    change: replaced(main, /(delete table inet kas_harden\ntable inet kas_harden \{)/, '$1\n\tflags dormant'),
    fails: ruleset
  },
  {
    name: 'firewall: a table of IPv4 only',
    class: 'edit',
    change: replaced(
      main,
      /(chain input \{\n)(\t\ttype filter hook input priority filter; policy drop;)/,
      '$1$2\n\t\tmeta nfproto ipv6 accept'
    ),
    fails: open
  },
  {
    name: 'firewall: rules of the chain flushed',
    class: 'edit',
    change: appended(main, 'flush chain inet kas_harden input\n'),
    // Nothing gets in, and nobody learns of it.
    fails: ['firewall/input', ...rates]
  },
  {
    name: 'firewall: drops not logged',
    class: 'edit',
    change: replaced(main, /^.*log prefix.*$/m, ''),
    fails: ['firewall/input']
  },
  {
    name: 'firewall: no limits',
    class: 'edit',
    change: replaced(main, /limit rate (?:over )?\S+(?: burst \d+ packets)?/g, 'counter'),
    fails: rates
  },
  {
    name: 'firewall: management from everywhere',
    class: 'edit',
    change: replaced(main, 'elements = { 10.0.2.0/24 }', 'elements = { 0.0.0.0/0 }'),
    fails: [...management, 'firewall/networks']
  },
  {
    name: 'firewall: management from everywhere by IPv6',
    class: 'edit',
    change: appended(main, 'add element inet kas_harden management6 { ::/0 }\n'),
    fails: management
  },
  {
    name: 'firewall: management from another network',
    class: 'edit',
    change: replaced(main, '10.0.2.0/24', '192.0.2.0/24'),
    fails: ['firewall/networks']
  },
  {
    name: 'firewall: a rule set that is refused',
    class: 'include',
    change: insert('tcp dport twenty accept'),
    fails: [],
    unknown: ruleset
  },
  {
    name: 'firewall: no rule set',
    class: 'diversion',
    change: removed(main),
    fails: [...ruleset, 'firewall/networks']
  },
  {
    name: 'firewall masked',
    class: 'mask',
    change: masked('kas-harden-firewall.service'),
    fails: [...unit, ...ruleset, 'fail-close/before-network']
  },
  {
    name: 'firewall not started',
    class: 'mask',
    change: removed('/etc/systemd/system/sysinit.target.wants/kas-harden-firewall.service'),
    fails: [...unit, ...ruleset]
  },
  {
    name: 'firewall masked on the kernel command line',
    class: 'cmdline',
    change: (tree) => {
      tree.cmdline((line) => `${line} systemd.mask=kas-harden-firewall.service`)
    },
    fails: [...unit, ...ruleset, 'fail-close/before-network']
  },
  {
    name: 'firewall: a condition that never holds',
    class: 'generator',
    change: dropIn('kas-harden-firewall.service', '[Unit]\nConditionPathExists=/etc/firewall-on\n'),
    fails: [...unit, ...ruleset]
  },
  {
    name: 'firewall: another rule set by a drop-in',
    class: 'mask',
    change: all(
      written('/etc/nft.own', 'flush ruleset\n'),
      dropIn(
        'kas-harden-firewall.service',
        '[Service]\nExecStart=\nExecStart=/usr/sbin/nft -f /etc/nft.own\n'
      )
    ),
    fails: [...ruleset, 'least-functionality/started']
  },
  {
    name: 'firewall: flushed by another unit',
    class: 'service',
    change: started(
      'network-fix.service',
      '[Unit]\nAfter=kas-harden-firewall.service\n[Service]\nType=oneshot\nExecStart=/usr/sbin/nft flush ruleset\n'
    ),
    fails: [...ruleset, 'least-functionality/started']
  },
  {
    name: 'firewall: replaced by another unit, later',
    class: 'service',
    change: all(
      written('/etc/open.nft', 'flush ruleset\n'),
      started(
        'network-fix.service',
        '[Unit]\nAfter=kas-harden-firewall.service\n[Service]\nType=oneshot\nExecStart=/usr/sbin/nft -f /etc/open.nft\n'
      )
    ),
    fails: [...ruleset, 'least-functionality/started']
  },
  {
    name: 'firewall: emptied when Debian’s own service starts later',
    class: 'service',
    change: all(
      dropIn(
        'nftables.service',
        '[Unit]\nAfter=multi-user.target\n[Service]\nExecStartPost=/usr/sbin/nft flush ruleset\n'
      ),
      (tree) => {
        tree.link(
          '/etc/systemd/system/multi-user.target.wants/nftables.service',
          '/usr/lib/systemd/system/nftables.service'
        )
        tree.write(
          '/etc/systemd/system/kas-harden-firewall.service.d/zz.conf',
          '[Unit]\nBefore=nftables.service\n'
        )
      }
    ),
    fails: ['least-functionality/started'],
    unknown: ruleset
  },
  {
    name: 'firewall: the script that loads it does nothing',
    class: 'binary',
    change: written('/usr/libexec/kas-harden/firewall', '#!/bin/sh\nexit 0\n', 0o755),
    fails: [...ruleset, 'package-authenticity/programs', 'fail-close/loader']
  },
  {
    name: 'firewall: the script flushes what it loaded',
    class: 'binary',
    change: replaced(
      '/usr/libexec/kas-harden/firewall',
      '\texit 0',
      '\t/usr/sbin/nft flush ruleset\n\texit 0'
    ),
    fails: ['package-authenticity/programs', 'fail-close/loader']
  },
  {
    name: 'nft is /bin/true',
    class: 'binary',
    change: (tree) => {
      tree.remove('/usr/sbin/nft')
      tree.link('/usr/sbin/nft', '/bin/true')
    },
    fails: ['package-authenticity/programs']
  },
  {
    name: 'nftables removed',
    class: 'package',
    change: statusOf('nftables', 'deinstall ok config-files'),
    fails: ['firewall/package', 'package:nftables']
  },
  ...['wpasupplicant', 'iwd', 'hostapd', 'bluez', 'connman', 'modemmanager'].map((name): Mutation => ({
    name: `installed: ${name}`,
    class: 'package',
    change: installed(name),
    fails: ['no-wireless/packages']
  })),
  ...['MaxStartups 1000', 'MaxStartups 10:0:1000', 'MaxStartups 500:30:100'].map((line): Mutation => ({
    name: `sshd: ${line} (network)`,
    class: 'drop-in',
    change: written('/etc/ssh/sshd_config.d/01-network.conf', `${line}\n`),
    fails: ['traffic-limits/startups']
  })),
  ...['PerSourceMaxStartups none', 'PerSourceMaxStartups 100'].map((line): Mutation => ({
    name: `sshd: ${line} (network)`,
    class: 'drop-in',
    change: written('/etc/ssh/sshd_config.d/01-network.conf', `${line}\n`),
    fails: ['traffic-limits/per-source', 'login-lockout/ssh-connections']
  }))
]

export const networkHarmless: readonly Harmless[] = [
  { name: 'firewall.d: a port of a product', change: insert('tcp dport 4840 ip saddr 192.0.2.0/24 accept') },
  { name: 'firewall.d: a port of a product for all', change: insert('tcp dport { 443, 4840 } accept') },
  { name: 'firewall.d: comments', change: insert('# tcp dport 22 accept\n# accept') },
  {
    name: 'firewall.d: ssh from one network more',
    change: insert('ip saddr 192.0.2.0/24 tcp dport 22 accept')
  },
  {
    name: 'firewall.d: a file of another suffix',
    change: written('/etc/kas-harden/firewall.d/product.nft.bak', 'accept\n')
  },
  { name: 'firewall.d: a rule that drops', change: insert('tcp dport 23 drop') },
  {
    name: 'firewall: a second table that accepts, before ours',
    change: appended(
      main,
      'table inet early { chain input { type filter hook input priority -10; policy accept; accept; }; }\n'
    )
  },
  {
    name: 'firewall: a table of translation',
    change: appended(
      main,
      'table ip nat { chain pre { type nat hook prerouting priority dstnat; tcp dport 8080 redirect to :80; }; }\n'
    )
  },
  {
    name: 'firewall: the policy in another spelling',
    change: replaced(
      main,
      'type filter hook input priority filter; policy drop;',
      'type filter hook input priority 0\n\t\tpolicy drop'
    )
  },
  {
    name: 'firewall: Debian’s own service as well',
    change: (tree) => {
      tree.link(
        '/etc/systemd/system/sysinit.target.wants/nftables.service',
        '/usr/lib/systemd/system/nftables.service'
      )
    }
  },
  {
    name: 'firewall: a description',
    change: dropIn('kas-harden-firewall.service', '[Unit]\nDescription=Walls\n')
  }
]
