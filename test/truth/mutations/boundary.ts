import type { Harmless, Mutation } from '../mutation.ts'
import { appended, dropIn, installed, removed, replaced, written } from './system-edits.ts'

const main = '/etc/kas-harden/firewall.nft'
const island = '/etc/kas-harden/island.nft'
const closed = '/usr/share/kas-harden/firewall-closed.nft'
const chain = /(hook forward priority filter; policy drop;)/

const flows = ['firewall/flows', 'zone-boundary/flows']

/** Rules of the chain that forwards, and what they open. */
const forwarded: readonly (readonly [text: string, fails: readonly string[]])[] = [
  ['iifname "eth0" oifname "eth1" tcp dport 443 accept', flows],
  ['tcp dport 25 ct state new accept', [...flows, 'zone-boundary/messages']],
  ['iifname "eth0" oifname "eth1" tcp dport { 143, 993 } accept', [...flows, 'zone-boundary/messages']],
  ['udp dport 5000-6000 accept', [...flows, 'zone-boundary/messages']],
  ['ct state new,established accept', [...flows, 'zone-boundary/messages', 'firewall/forward']],
  ['goto ssh', [...flows, 'zone-boundary/messages', 'firewall/forward']]
]

export const boundaryMutations: readonly Mutation[] = [
  ...forwarded.map(([text, fails]): Mutation => ({
    name: `forwarding: ${text}`,
    class: 'edit',
    change: replaced(main, chain, `$1\n\t\t${text}`),
    fails
  })),
  {
    name: 'forwarding: the rule of a named flow for every port',
    class: 'edit',
    change: replaced(main, 'tcp dport 4840 ct state new accept', 'ct state new accept'),
    fails: [...flows, 'zone-boundary/messages']
  },
  {
    name: 'forwarding: no rule for a named flow',
    class: 'edit',
    change: replaced(main, /^.*tcp dport 4840.*$/m, ''),
    fails: flows
  },
  {
    name: 'forwarding: what is refused is not logged',
    class: 'edit',
    change: replaced(main, /^.*kas-harden boundary.*$/m, ''),
    fails: ['zone-boundary/flows']
  },
  {
    name: 'installed: prosody',
    class: 'package',
    change: installed('prosody'),
    fails: ['zone-boundary/servers']
  },
  {
    name: 'island: forwards as before',
    class: 'edit',
    change: replaced(island, 'policy drop;', 'policy accept;'),
    fails: ['island-mode/rules']
  },
  {
    name: 'island: its own table accepts first',
    class: 'edit',
    change: replaced(island, /(hook forward priority filter - 20; policy drop;)/, '$1\n\t\taccept'),
    fails: ['island-mode/rules']
  },
  {
    name: 'island: nothing of the sort for what comes in and goes out',
    class: 'edit',
    change: (tree) => tree.edit(island, (text) => text.replaceAll(/^.*ifname .*$/gm, '')),
    fails: ['island-mode/incoming', 'island-mode/outgoing']
  },
  {
    name: 'island: ssh comes in from an untrusted network',
    class: 'edit',
    change: replaced(island, /(\t\tiifname)/, '\t\ttcp dport 22 accept\n$1'),
    fails: ['island-mode/incoming']
  },
  {
    name: 'island: no rules',
    class: 'diversion',
    change: removed(island),
    fails: ['island-mode/rules', 'island-mode/incoming', 'island-mode/outgoing', 'island-mode/mode']
  },
  {
    name: 'island: no command',
    class: 'binary',
    change: removed('/usr/sbin/kas-harden-island'),
    fails: ['island-mode/command', 'island-mode/mode']
  },
  {
    name: 'island: a command that does nothing',
    class: 'binary',
    change: (tree) => {
      tree.link('/usr/sbin/kas-harden-island', '/bin/true')
    },
    fails: ['island-mode/command']
  },
  {
    name: 'island: rules everybody may change',
    class: 'permission',
    change: (tree) => {
      tree.facts(island, { mode: 0o666 })
    },
    fails: [
      'island-mode/mode',
      'least-privilege/world-writable',
      'data-at-rest/world-writable',
      'sudo-roles/world-writable'
    ]
  },
  {
    name: 'fail close: forwards when the rules are refused',
    class: 'edit',
    change: replaced(closed, 'hook forward priority filter; policy drop;', 'hook forward priority filter;'),
    fails: ['fail-close/closed', 'fail-close/loader']
  },
  {
    name: 'fail close: takes everything in when the rules are refused',
    class: 'edit',
    change: replaced(closed, /(hook input priority filter; policy drop;)/, '$1\n\t\taccept'),
    fails: ['fail-close/closed-input', 'fail-close/loader']
  },
  {
    name: 'fail close: another unit of the same name, after the network',
    class: 'mask',
    change: async (tree) => {
      const unit = await tree.read('/usr/lib/systemd/system/kas-harden-firewall.service')
      tree.write(
        '/etc/systemd/system/kas-harden-firewall.service',
        unit.replace('Before=network-pre.target shutdown.target', 'Before=shutdown.target')
      )
    },
    fails: ['fail-close/before-network', 'least-functionality/started']
  },
  {
    name: 'approvals: an address approved for ever',
    class: 'edit',
    change: appended(main, 'add element inet kas_harden remote4 { 192.0.2.66 }\n'),
    fails: ['remote-access-approval/closed']
  },
  {
    name: 'approvals: without an end',
    class: 'edit',
    change: replaced(main, /(set remote6 \{\n\t\ttype ipv6_addr\n)\t\tflags timeout\n/, '$1'),
    fails: ['remote-access-approval/closed']
  },
  {
    name: 'approvals: everybody may approve',
    class: 'permission',
    change: (tree) => {
      tree.facts('/usr/sbin/kas-harden-remote-access', { uid: 1001 })
    },
    fails: ['remote-access-approval/mode', 'least-privilege/foreign-owner']
  },
  {
    name: 'approvals: no command',
    class: 'binary',
    change: removed('/usr/sbin/kas-harden-remote-access'),
    fails: ['remote-access-approval/command', 'remote-access-approval/mode']
  },
  {
    name: 'override: one that is there beforehand',
    class: 'account',
    change: written('/etc/kas-harden/override.d/op', 'op ALL=(root) /usr/bin/systemctl reboot\n', 0o440),
    fails: ['supervisor-override/none-standing']
  },
  {
    name: 'override: sudo does not read them',
    class: 'edit',
    change: replaced('/etc/sudoers.d/30-kas-harden-override', '@includedir', '# @includedir'),
    fails: ['supervisor-override/included']
  },
  {
    name: 'override: the maintainer writes them',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/kas-harden/override.d', { mode: 0o775, gid: 952 })
    },
    fails: ['supervisor-override/mode']
  },
  {
    name: 'override: no command',
    class: 'binary',
    change: removed('/usr/sbin/kas-harden-override'),
    fails: ['supervisor-override/command', 'supervisor-override/mode']
  }
]

export const boundaryHarmless: readonly Harmless[] = [
  {
    name: 'forwarding: answers to what was accepted',
    change: replaced(main, chain, '$1\n\t\tct state established,related accept')
  },
  {
    name: 'forwarding: one more that is dropped',
    change: replaced(main, chain, '$1\n\t\ttcp dport 25 drop')
  },
  { name: 'island: a comment', change: appended(island, '# nothing\n') },
  {
    name: 'fail close: ordered in two lines',
    change: dropIn('kas-harden-firewall.service', '[Unit]\nBefore=network.target\n')
  }
]
