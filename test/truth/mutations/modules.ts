import type { Harmless, Mutation } from '../mutation.ts'
import type { Change } from './system-edits.ts'
import {
  all,
  appended,
  argument,
  dropIn,
  masked,
  removed,
  replaced,
  started,
  written
} from './system-edits.ts'

const unit = 'kas-harden-modules.service'
const program = '/usr/libexec/kas-harden/modules'
const list = '/etc/modules-load.d/60-kas-harden-site.conf'
const locked = ['module-allow-list/unit']
const early = ['module-allow-list/list']
const modprobe = (text: string): Change => written('/etc/modprobe.d/00-local.conf', text)

const notLocked: readonly Mutation[] = [
  {
    name: 'modules: the lock is masked',
    class: 'mask',
    change: masked(unit),
    fails: [...locked, 'module-allow-list/after']
  },
  {
    name: 'modules: the lock is disabled',
    class: 'mask',
    change: removed(`/etc/systemd/system/multi-user.target.wants/${unit}`),
    fails: locked
  },
  {
    name: 'modules: the lock does nothing',
    class: 'drop-in',
    change: dropIn(unit, '[Service]\nExecStart=\nExecStart=/bin/true\n'),
    fails: [...locked, 'least-functionality/started']
  },
  {
    name: 'modules: a condition nobody meets',
    class: 'generator',
    change: dropIn(unit, '[Unit]\nConditionPathExists=/etc/kas-harden/lock\n'),
    fails: locked
  },
  {
    name: 'modules: masked by the kernel command line',
    class: 'cmdline',
    change: argument(`systemd.mask=${unit}`),
    fails: [...locked, 'module-allow-list/after']
  },
  {
    name: 'modules: a program that leaves them open',
    class: 'binary',
    change: replaced(program, 'echo 1 >', 'echo 0 >'),
    fails: ['module-allow-list/program', 'package-authenticity/programs']
  },
  {
    name: 'modules: its group may change the program',
    class: 'permission',
    change: (tree) => {
      tree.facts(program, { mode: 0o775 })
    },
    fails: ['module-allow-list/program-mode']
  },
  {
    name: 'modules: locked before the device is up',
    class: 'edit',
    change: all(
      replaced(`/usr/lib/systemd/system/${unit}`, 'After=multi-user.target', 'After=sysinit.target'),
      replaced(`/etc/systemd/system/${unit}.d/60-kas-harden-site.conf`, 'multi-user.target', 'sysinit.target')
    ),
    fails: ['module-allow-list/after', 'least-functionality/started']
  },
  {
    name: 'modules: a service unlocks nothing, but is in the way of the name',
    class: 'diversion',
    change: started(unit, '[Service]\nType=oneshot\nExecStart=/opt/x\n'),
    fails: [...locked, 'least-functionality/started']
  }
]

const otherList: readonly Mutation[] = [
  { name: 'modules: one more in the list', class: 'edit', change: appended(list, 'loop\n'), fails: early },
  {
    name: 'modules: one is off the list',
    class: 'edit',
    change: replaced(list, /^vfat\n/m, '# vfat\n'),
    fails: early
  },
  {
    name: 'modules: a list beside ours',
    class: 'drop-in',
    change: written('/usr/lib/modules-load.d/x.conf', ' tcp-diag\n'),
    fails: early
  },
  {
    name: "modules: Debian's list of old",
    class: 'include',
    change: all(written('/etc/modules-load.d/modules.conf', 'dummy\n')),
    fails: early
  },
  {
    name: 'modules: one more by the kernel command line',
    class: 'cmdline',
    change: argument('modules_load=loop,dummy'),
    fails: early
  },
  {
    name: 'modules: one of the list is blocked',
    class: 'drop-in',
    change: modprobe('install vfat /bin/false\n'),
    fails: early
  },
  {
    name: 'modules: one of the list is on the black list',
    class: 'drop-in',
    change: modprobe('blacklist nls-ascii\n'),
    fails: early
  },
  {
    name: 'modules: another list in the place of ours',
    class: 'diversion',
    change: written('/etc/modules-load.d/60-kas-harden-site.conf', 'loop\n'),
    fails: early
  }
]

export const moduleMutations: readonly Mutation[] = [...notLocked, ...otherList]

export const moduleHarmless: readonly Harmless[] = [
  { name: 'modules: a comment and a blank', change: appended(list, '\n  # loop\n; dummy\n   nft-ct  \n') },
  { name: 'modules: a list of nothing', change: written('/usr/lib/modules-load.d/x.conf', '# loop\n') },
  {
    name: 'modules: a file that is not read',
    change: written('/etc/modules-load.d/x.conf.dpkg-old', 'loop\n')
  },
  { name: 'modules: locked still later', change: dropIn(unit, '[Unit]\nAfter=time-sync.target\n') }
]
