import type { Harmless, Mutation } from '../mutation.ts'
import { all, appended, dropIn, masked, removed, replaced, statusOf, written } from './system-edits.ts'

const unit = 'kas-harden-tamper.service'
const program = '/usr/libexec/kas-harden/tamper'
const sensors = '/etc/kas-harden/tamper.conf'

/** What is read from the unit. */
const properties = ['command', 'message', 'rights', 'devices', 'user'].map(
  (check) => `tamper-notification/${check}`
)

/** A housing that is opened and nobody is told. */
export const tamperMutations: readonly Mutation[] = [
  {
    name: 'tamper: nothing watches',
    class: 'mask',
    change: masked(unit),
    fails: ['tamper-notification/unit', ...properties]
  },
  {
    name: 'tamper: not started',
    class: 'mask',
    change: removed(`/etc/systemd/system/multi-user.target.wants/${unit}`),
    fails: ['tamper-notification/unit']
  },
  {
    name: 'tamper: only where a file is that is not there',
    class: 'generator',
    change: dropIn(unit, '[Unit]\nConditionPathExists=/nonexistent\n'),
    fails: ['tamper-notification/unit']
  },
  {
    name: 'tamper: another program watches',
    class: 'drop-in',
    change: dropIn(unit, '[Service]\nExecStart=\nExecStart=/usr/bin/sleep infinity\n'),
    fails: ['tamper-notification/unit', 'tamper-notification/command', 'least-functionality/started']
  },
  {
    name: 'tamper: what it says is thrown away',
    class: 'drop-in',
    change: dropIn(unit, '[Service]\nStandardOutput=null\n'),
    fails: ['tamper-notification/message'],
    unknown: ['tamper-notification/unit']
  },
  {
    name: 'tamper: no right to write records',
    class: 'drop-in',
    change: dropIn(unit, '[Service]\nCapabilityBoundingSet=\n'),
    fails: ['tamper-notification/rights'],
    unknown: ['tamper-notification/unit']
  },
  {
    name: 'tamper: no right to read lines',
    class: 'drop-in',
    change: dropIn(unit, '[Service]\nDeviceAllow=\n'),
    fails: ['tamper-notification/devices']
  },
  {
    name: 'tamper: an account that reads no line',
    class: 'drop-in',
    change: dropIn(unit, '[Service]\nUser=nobody\n'),
    fails: ['tamper-notification/user'],
    unknown: ['tamper-notification/unit']
  },
  {
    name: 'tamper: a sensor fewer',
    class: 'edit',
    change: written(sensors, '# none\n'),
    fails: ['tamper-notification/sensors']
  },
  {
    name: 'tamper: a sensor in a comment',
    class: 'edit',
    change: replaced(sensors, /^gpio/gm, '# gpio'),
    fails: ['tamper-notification/sensors']
  },
  {
    name: 'tamper: everybody chooses the sensors',
    class: 'permission',
    change: (tree) => {
      tree.facts(sensors, { mode: 0o666 })
    },
    fails: [
      'tamper-notification/mode',
      'data-at-rest/world-writable',
      'least-privilege/world-writable',
      'sudo-roles/world-writable'
    ]
  },
  {
    name: 'tamper: what reads lines is gone',
    class: 'package',
    change: statusOf('gpiod', 'deinstall ok config-files'),
    fails: ['tamper-notification/packages', 'package:gpiod']
  },
  {
    name: 'tamper: the program says nothing',
    class: 'binary',
    change: replaced(program, /^tell\(\) \{$/m, 'tell() {\n\treturn 0'),
    fails: ['tamper-notification/program', 'package-authenticity/programs']
  }
]

/** A housing that is watched as before. */
export const tamperHarmless: readonly Harmless[] = [
  {
    name: 'tamper: one more sensor and a comment',
    change: appended(sensors, '# the second door\nhwmon:nct6775/intrusion0\n')
  },
  {
    name: 'tamper: one more right taken away',
    change: all(dropIn(unit, '[Service]\nProtectProc=invisible\n'))
  }
]
