import type { Harmless, Mutation } from '../mutation.ts'
import {
  all,
  appended,
  dropIn,
  installed,
  masked,
  nulled,
  removed,
  replaced,
  statusOf,
  written
} from './system-edits.ts'

const main = '/etc/chrony/chrony.conf'
const confdir = '/etc/chrony/conf.d'
const own = '/etc/chrony/sources.d/kas-harden.sources'

/** Every check that wants something in chrony.conf. */
const asked = [
  'authenticated-time/nts',
  'authenticated-time/require',
  'authenticated-time/max-change',
  'authenticated-time/log',
  'time-synchronisation/servers',
  'time-synchronisation/pool',
  'time-synchronisation/step',
  'time-synchronisation/no-server'
]

/** With those that want something not to be there, which nobody knows where no file is read. */
const unread = [
  ...asked,
  'authenticated-time/peers',
  'authenticated-time/initial',
  'authenticated-time/certificate-times'
]

const lines: readonly (readonly [line: string, fails: readonly string[]])[] = [
  ['pool 2.debian.pool.ntp.org iburst', ['time-synchronisation/pool']],
  ['POOL pool.ntp.org', ['time-synchronisation/pool']],
  ['server ntp.evil.example iburst', ['authenticated-time/nts']],
  ['Server 192.0.2.1', ['authenticated-time/nts']],
  ['server 192.0.2.1 certset 1', ['authenticated-time/nts']],
  ['authselectmode prefer', ['authenticated-time/require']],
  ['authselectmode ignore', ['authenticated-time/require']],
  ['authselectmode mix', ['authenticated-time/require']],
  ['maxchange 1000000000 1 2', ['authenticated-time/max-change']],
  ['maxchange 1000 1 -1', ['authenticated-time/max-change']],
  ['logchange 100000', ['authenticated-time/log']],
  ['port 123', ['time-synchronisation/no-server']],
  ['port 11123', ['time-synchronisation/no-server']]
]

export const timeMutations: readonly Mutation[] = [
  ...lines.map(([line, fails]): Mutation => ({
    name: `chrony: a later ${line}`,
    class: 'drop-in',
    change: written(`${confdir}/99-local.conf`, `${line}\n`),
    fails
  })),
  {
    name: 'chrony: a source without a proof in sourcedir',
    class: 'include',
    change: written('/etc/chrony/sources.d/zz.sources', 'server 192.0.2.1 iburst\n'),
    fails: ['authenticated-time/nts']
  },
  {
    name: 'chrony: a directory of its own with a server',
    class: 'include',
    change: all(
      written('/opt/time/a.conf', 'port 123\nauthselectmode ignore\n'),
      appended(main, 'confdir /opt/time\n')
    ),
    fails: ['time-synchronisation/no-server', 'authenticated-time/require']
  },
  {
    name: 'chrony: an included file',
    class: 'include',
    change: all(
      written('/etc/chrony/a.local', 'pool pool.ntp.org\n'),
      appended(main, 'include /etc/chrony/*.local\n')
    ),
    fails: ['time-synchronisation/pool']
  },
  {
    name: 'chrony: the owner’s server without a proof',
    class: 'edit',
    change: replaced(own, / nts\b/, ''),
    fails: ['authenticated-time/nts']
  },
  {
    name: 'chrony: another server of nearly the same name',
    class: 'edit',
    change: replaced(own, 'ntp.example.org', 'ntp.example.org.example.com'),
    fails: ['time-synchronisation/servers']
  },
  {
    name: 'chrony: the owner’s server never selected',
    class: 'edit',
    change: replaced(own, ' nts', ' nts noselect'),
    fails: ['time-synchronisation/servers', 'authenticated-time/nts']
  },
  {
    name: 'chrony: no sources',
    class: 'diversion',
    change: removed(own),
    fails: ['authenticated-time/nts', 'time-synchronisation/servers']
  },
  {
    name: 'chrony: authenticated sources masked',
    class: 'diversion',
    change: nulled(`${confdir}/61-kas-harden-authentic.conf`),
    fails: ['authenticated-time/require', 'authenticated-time/max-change']
  },
  {
    name: 'chrony: no log of changes, and a server',
    class: 'edit',
    change: written(`${confdir}/60-kas-harden.conf`, '# port 0\n'),
    fails: ['authenticated-time/log', 'time-synchronisation/no-server']
  },
  {
    name: 'chrony: conf.d not read',
    class: 'include',
    change: replaced(main, /^confdir .*\n/m, ''),
    fails: [
      'authenticated-time/log',
      'authenticated-time/max-change',
      'authenticated-time/require',
      'time-synchronisation/no-server'
    ]
  },
  {
    name: 'chrony: a wrong clock is not set at start',
    class: 'edit',
    change: replaced(main, /^makestep .*\n/m, ''),
    fails: ['time-synchronisation/step']
  },
  {
    name: 'chrony: Debian’s configuration in our place',
    class: 'diversion',
    change: (tree) => {
      tree.remove(main)
      tree.link(main, 'chrony.conf.kas-harden-orig')
    },
    fails: ['time-synchronisation/pool']
  },
  {
    name: 'chrony: another configuration by /etc/default/chrony',
    class: 'diversion',
    change: all(
      written('/etc/chrony/other.conf', 'pool pool.ntp.org\nallow\n'),
      written('/etc/default/chrony', 'DAEMON_OPTS="-F 1 -f /etc/chrony/other.conf"\n')
    ),
    fails: [...asked, 'least-functionality/ports']
  },
  {
    name: 'chrony: the clock is not touched (-x)',
    class: 'diversion',
    change: written('/etc/default/chrony', 'DAEMON_OPTS="-F 1 -x"\n'),
    fails: unread,
    unknown: ['least-functionality/ports']
  },
  {
    name: 'chrony: configured on its command line',
    class: 'mask',
    change: written('/etc/default/chrony', `DAEMON_OPTS="'pool pool.ntp.org'"\n`),
    fails: unread,
    unknown: ['least-functionality/ports']
  },
  {
    name: 'chrony masked',
    class: 'mask',
    change: masked('chrony.service'),
    fails: ['time-synchronisation/unit']
  },
  {
    name: 'chrony disabled',
    class: 'mask',
    change: removed('/etc/systemd/system/multi-user.target.wants/chrony.service'),
    fails: ['time-synchronisation/unit']
  },
  {
    name: 'chrony: a condition on a file that is not there',
    class: 'generator',
    change: dropIn('chrony.service', '[Unit]\nConditionPathExists=/etc/chrony/go\n'),
    fails: ['time-synchronisation/unit']
  },
  {
    name: 'chrony: a condition nobody can judge',
    class: 'generator',
    change: dropIn('chrony.service', '[Unit]\nConditionHost=fab4\n'),
    fails: [],
    unknown: ['time-synchronisation/unit']
  },
  {
    name: 'chrony: its command replaced',
    class: 'mask',
    change: dropIn('chrony.service', '[Service]\nExecStart=\nExecStart=/bin/true\n'),
    fails: ['time-synchronisation/unit', 'least-functionality/started']
  },
  {
    name: 'chrony removed',
    class: 'package',
    change: statusOf('chrony', 'deinstall ok config-files'),
    fails: ['time-synchronisation/package', 'package:chrony', 'least-functionality/started']
  },
  {
    name: 'a second program for the clock',
    class: 'package',
    change: installed('systemd-timesyncd'),
    fails: ['time-synchronisation/package']
  },
  {
    name: 'chronyd is a script',
    class: 'binary',
    change: written('/usr/sbin/chronyd', '#!/bin/sh\nexec sleep infinity\n', 0o755),
    fails: ['package-authenticity/programs']
  }
]

export const timeHarmless: readonly Harmless[] = [
  { name: 'chrony: allow without a port', change: written(`${confdir}/99-local.conf`, 'allow 0/0\n') },
  {
    name: 'chrony: comments of all kinds',
    change: written(`${confdir}/99-local.conf`, '! port 123\n; port 123\n% port 123\n# port 123\n')
  },
  { name: 'chrony: a file of another suffix', change: written(`${confdir}/99-local.conf.bak`, 'port 123\n') },
  {
    name: 'chrony: an earlier file',
    change: written(`${confdir}/10-local.conf`, 'port 123\nauthselectmode ignore\n')
  },
  {
    name: 'chrony: white space and letters',
    change: written(`${confdir}/99-local.conf`, '  PORT\t0  \n AuthSelectMode   require\n')
  },
  {
    name: 'chrony: a second source with a proof',
    change: written('/etc/chrony/sources.d/b.sources', 'server ntp2.example.org nts iburst\n')
  },
  {
    name: 'chrony: a key instead of NTS',
    change: written('/etc/chrony/sources.d/b.sources', 'server ntp2.example.org iburst key 7\n')
  },
  {
    name: 'chrony: a smaller change refused',
    change: written(`${confdir}/99-local.conf`, 'maxchange 100 1 2\n')
  },
  { name: 'chrony: another filter level', change: written('/etc/default/chrony', 'DAEMON_OPTS="-F 2 -4"\n') }
]
