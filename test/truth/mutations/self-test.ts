import type { Harmless, Mutation } from '../mutation.ts'
import { all, appended, argument, dropIn, masked, removed, replaced, written } from './system-edits.ts'

const program = '/usr/sbin/kas-harden-self-test'
const tests = '/usr/share/kas-harden/self-tests'
const unit = 'kas-harden-self-test.service'
const service = 'kas-harden-periodic-test.service'
const timer = 'kas-harden-periodic-test.timer'
const rules = '/etc/audit/rules.d/kas-harden-45-self-test.rules'
const watchdog = '/etc/systemd/system.conf.d/60-kas-harden-watchdog.conf'

/** Nothing calls it any more. */
const never = ['periodic-self-test/timer', 'periodic-self-test/service']

/** Lines of a later drop-in for what the timer starts. */
const properties: readonly (readonly [line: string, fails: string])[] = [
  ['Nice=0', 'periodic-self-test/nice'],
  ['Nice=', 'periodic-self-test/nice'],
  ['IOSchedulingClass=realtime', 'periodic-self-test/io'],
  ['IOSchedulingClass=best-effort', 'periodic-self-test/io'],
  ['MemoryMax=infinity', 'periodic-self-test/memory'],
  ['MemoryMax=', 'periodic-self-test/memory']
]

const onDevice: readonly Mutation[] = [
  {
    name: 'self-test: says that all is well',
    class: 'binary',
    change: written(program, '#!/bin/sh\necho 30 passed, 0 failed, 0 unknown\n', 0o755),
    fails: ['security-self-test/programs']
  },
  {
    name: 'self-test: fails nothing',
    class: 'edit',
    change: replaced(program, '[ "$failed" -eq 0 ] || exit 1', ':'),
    fails: ['security-self-test/programs']
  },
  {
    name: 'self-test: leaves the packet filter out',
    class: 'edit',
    change: replaced(tests, /^\t*try .*firewall_drops$/gm, ''),
    fails: ['security-self-test/programs']
  },
  {
    name: 'self-test: one test more, of nobody',
    class: 'edit',
    change: appended(tests, 'nft flush ruleset\n'),
    fails: ['security-self-test/programs']
  },
  {
    name: 'self-test: not there',
    class: 'diversion',
    change: removed(program),
    fails: ['security-self-test/programs-mode', ...never]
  },
  {
    name: 'self-test: a link to another program',
    class: 'diversion',
    change: (tree) => {
      tree.link(program, '/bin/true')
    },
    fails: ['security-self-test/programs']
  },
  {
    name: 'self-test: a group may change the tests',
    class: 'permission',
    change: (tree) => {
      tree.facts(tests, { mode: 0o664, gid: 100 })
    },
    fails: ['security-self-test/programs-mode']
  },
  {
    name: 'self-test: its unit tests less',
    class: 'drop-in',
    change: dropIn(unit, `[Service]\nExecStart=\nExecStart=${program} --passive --quiet\n`),
    fails: ['security-self-test/unit']
  },
  {
    name: 'self-test: its unit is masked',
    class: 'mask',
    change: masked(unit),
    fails: ['security-self-test/unit']
  },
  {
    name: 'self-test: nobody records it',
    class: 'edit',
    change: replaced(rules, /^-a .*\n/gm, ''),
    fails: ['security-self-test/recorded']
  }
]

const periodic: readonly Mutation[] = [
  ...properties.map(([line, id]): Mutation => ({
    name: `periodic self-test: ${line}`,
    class: 'drop-in',
    change: dropIn(service, `[Service]\n${line}\n`),
    fails: [id]
  })),
  {
    name: 'periodic self-test: the timer is masked',
    class: 'mask',
    change: masked(timer),
    fails: [...never, 'periodic-self-test/start', 'periodic-self-test/schedule']
  },
  {
    name: 'periodic self-test: the timer is disabled',
    class: 'mask',
    change: removed(`/etc/systemd/system/timers.target.wants/${timer}`),
    fails: never
  },
  {
    name: 'periodic self-test: what the timer starts is masked',
    class: 'mask',
    change: masked(service),
    fails: [
      ...never,
      'periodic-self-test/passive',
      ...['nice', 'io', 'memory'].map((id) => `periodic-self-test/${id}`)
    ]
  },
  {
    name: 'periodic self-test: only where a file is',
    class: 'generator',
    change: dropIn(service, '[Unit]\nConditionPathExists=/etc/self-test\n'),
    fails: never
  },
  {
    name: 'periodic self-test: another command',
    class: 'drop-in',
    change: dropIn(service, '[Service]\nExecStart=\nExecStart=/bin/true\n'),
    fails: [...never, 'periodic-self-test/passive', 'least-functionality/started']
  },
  {
    name: 'periodic self-test: provokes in the field',
    class: 'drop-in',
    change: dropIn(service, `[Service]\nExecStart=\nExecStart=${program} --quiet\n`),
    fails: ['periodic-self-test/passive', 'least-functionality/started']
  },
  {
    name: 'periodic self-test: once a year',
    class: 'drop-in',
    change: dropIn(timer, '[Timer]\nOnBootSec=\nOnBootSec=15min\nOnUnitInactiveSec=1y\n'),
    fails: ['periodic-self-test/schedule']
  },
  {
    name: 'periodic self-test: never after a start',
    class: 'drop-in',
    change: dropIn(timer, '[Timer]\nOnBootSec=\n'),
    fails: ['periodic-self-test/start']
  },
  {
    name: 'periodic self-test: the timer starts something else',
    class: 'drop-in',
    change: dropIn(timer, '[Timer]\nUnit=kas-harden-self-test.service\n'),
    fails: ['periodic-self-test/service']
  }
]

const restarts: readonly Mutation[] = [
  ...['off', '0', '5min', 'default', ''].map((value): Mutation => ({
    name: `watchdog: RuntimeWatchdogSec=${value}`,
    class: 'drop-in',
    change: written('/etc/systemd/system.conf.d/99-local.conf', `[Manager]\nRuntimeWatchdogSec=${value}\n`),
    fails: ['system-watchdog/runtime']
  })),
  {
    name: 'watchdog: our drop-in replaced by one of the same name in a place that counts more',
    class: 'include',
    change: all(
      removed(watchdog),
      written('/usr/lib/systemd/system.conf.d/60-kas-harden-watchdog.conf', '[Manager]\n')
    ),
    fails: ['system-watchdog/runtime']
  },
  {
    name: 'watchdog: in the wrong section',
    class: 'edit',
    change: replaced(watchdog, '[Manager]', '[Service]'),
    fails: ['system-watchdog/runtime']
  },
  {
    name: 'watchdog: another time on the kernel command line',
    class: 'cmdline',
    change: argument('systemd.watchdog_sec=0'),
    fails: ['system-watchdog/cmdline']
  },
  {
    name: 'watchdog: another time on the kernel command line, with a dash',
    class: 'cmdline',
    change: argument('systemd.watchdog-sec=3600'),
    fails: ['system-watchdog/cmdline']
  },
  {
    name: 'a panic leaves the device standing',
    class: 'drop-in',
    change: written('/etc/sysctl.d/zzz-local.conf', 'kernel.panic = 0\n'),
    fails: ['kernel-settings/restart']
  }
]

export const selfTestMutations: readonly Mutation[] = [...onDevice, ...periodic, ...restarts]

export const selfTestHarmless: readonly Harmless[] = [
  {
    name: 'self-test: its rule in another order of words',
    change: (tree) =>
      tree.edit(rules, (text) => text.replaceAll('-F perm=x -k self-test', '-F perm=x -F key=self-test'))
  },
  {
    name: 'periodic self-test: nicer, and the same times in other words',
    change: all(
      dropIn(service, '[Service]\n Nice = 15\nIOSchedulingClass=3\nMemoryMax=64M\n'),
      dropIn(timer, '[Timer]\nOnBootSec=\nOnBootSec=900\nOnUnitInactiveSec=24h\n')
    )
  },
  {
    name: 'watchdog: a shorter time, a device of its own',
    change: written(
      '/etc/systemd/system.conf.d/99-local.conf',
      '# RuntimeWatchdogSec=off\n[Manager]\nRuntimeWatchdogSec=500ms 10s\nWatchdogDevice=/dev/watchdog1\n'
    )
  },
  {
    name: 'watchdog: an earlier drop-in',
    change: written('/etc/systemd/system.conf.d/00-local.conf', '[Manager]\nRuntimeWatchdogSec=off\n')
  }
]
