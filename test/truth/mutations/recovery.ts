import type { Harmless, Mutation } from '../mutation.ts'
import { all, appended, dropIn, masked, removed, replaced, statusOf, written } from './system-edits.ts'

const backup = '/usr/sbin/kas-harden-backup'
const lists = '/usr/share/kas-harden/state-lists'
const putBack = '/usr/libexec/kas-harden/put-back'
const factoryState = '/usr/libexec/kas-harden/factory-state'
const erase = '/usr/sbin/kas-harden-erase'
const rules = '/etc/audit/rules.d/kas-harden-50-backup.rules'
const state = '/var/lib/kas-harden'

export const recoveryMutations: readonly Mutation[] = [
  {
    name: 'backup: restores without verifying',
    class: 'edit',
    change: replaced(backup, /^\tverify "\$base"$/m, '\ttrue'),
    fails: ['state-backup/programs']
  },
  {
    name: 'backup: a program that only says it did',
    class: 'binary',
    change: written(backup, '#!/bin/sh\necho done\n', 0o755),
    fails: ['state-backup/programs']
  },
  {
    name: 'backup: takes keys of the device along',
    class: 'edit',
    change: replaced(lists, './etc/ssh/ssh_host_* ', ''),
    fails: ['state-backup/programs', 'factory-reset/programs']
  },
  {
    name: 'backup: not there',
    class: 'diversion',
    change: removed(backup),
    fails: ['state-backup/programs-mode']
  },
  {
    name: 'backup: everybody of a group chooses the paths',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/kas-harden/backup.paths', { mode: 0o664, gid: 100 })
    },
    fails: ['state-backup/programs-mode']
  },
  {
    name: 'backup: /etc is left out',
    class: 'edit',
    change: replaced('/etc/kas-harden/backup.paths', /^\/etc$/m, '# /etc'),
    fails: ['state-backup/paths']
  },
  {
    name: 'backup: its list is another file',
    class: 'diversion',
    change: (tree) => {
      tree.remove('/etc/kas-harden/backup.paths')
      tree.link('/etc/kas-harden/backup.paths', '/usr/share/dict/words')
    },
    fails: ['state-backup/paths']
  },
  {
    name: 'backup: nobody records it',
    class: 'edit',
    change: replaced(rules, /^.*kas-harden-backup.*\n/gm, ''),
    fails: ['audit-events/backup', 'state-backup/recorded']
  },
  {
    name: 'erase: nobody records it',
    class: 'edit',
    change: replaced(rules, /^.*kas-harden-erase.*\n/gm, ''),
    fails: ['audit-events/backup', 'decommissioning/recorded']
  },
  {
    name: 'reset: the state as shipped is never kept',
    class: 'mask',
    change: masked('kas-harden-factory.service'),
    fails: ['factory-reset/kept']
  },
  {
    name: 'reset: kept only where somebody wants it',
    class: 'generator',
    change: dropIn('kas-harden-factory.service', '[Unit]\nConditionPathExists=/etc/keep\n'),
    fails: ['factory-reset/kept']
  },
  {
    name: 'reset: what is staged is never put back',
    class: 'mask',
    change: removed('/etc/systemd/system/sysinit.target.wants/kas-harden-put-back.service'),
    fails: ['factory-reset/put-back']
  },
  {
    name: 'reset: the put-back leaves accounts that were added',
    class: 'edit',
    change: replaced(putBack, /^surplus=.*$/m, "surplus=':'"),
    fails: ['factory-reset/programs', 'package-authenticity/programs']
  },
  {
    name: 'reset: the kept state has a second root',
    class: 'edit',
    change: appended(factoryState, 'echo evil >> /dev/null\n'),
    fails: ['factory-reset/programs', 'package-authenticity/programs']
  },
  {
    name: 'reset: whoever owns the program changes it',
    class: 'permission',
    change: (tree) => {
      tree.facts(factoryState, { uid: 1 })
    },
    fails: ['factory-reset/programs-mode']
  },
  {
    name: 'reset: nothing of the product is emptied',
    class: 'edit',
    change: written('/etc/kas-harden/reset.paths', ''),
    fails: ['factory-reset/emptied']
  },
  {
    name: 'reset: a state as shipped that was made elsewhere',
    class: 'diversion',
    change: all(
      written(`${state}/factory/data`, 'state of another device\n', 0o600),
      written(`${state}/factory/manifest`, '0  data\n', 0o600)
    ),
    fails: ['factory-reset/nothing-preset', 'factory-reset/kept']
  },
  {
    name: 'reset: the first start puts something back',
    class: 'service',
    change: written(`${state}/restore/ready`, 'restore\n', 0o600),
    fails: ['factory-reset/nothing-staged']
  },
  {
    name: 'erase: cryptsetup removed',
    class: 'package',
    change: statusOf('cryptsetup-bin', 'deinstall ok config-files'),
    fails: ['decommissioning/package', 'least-functionality/started']
  },
  {
    name: 'erase: says verified without looking',
    class: 'edit',
    change: replaced(erase, /^\tcmp -s .*$/m, '\ttrue'),
    fails: ['decommissioning/program']
  },
  {
    name: 'erase: not there',
    class: 'diversion',
    change: removed(erase),
    fails: ['decommissioning/program-mode']
  },
  {
    name: 'erase: everybody of a group chooses what',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/kas-harden/erase.paths', { mode: 0o664, gid: 100 })
    },
    fails: ['decommissioning/program-mode']
  },
  {
    name: 'erase: home directories are left out',
    class: 'edit',
    change: replaced('/etc/kas-harden/erase.paths', /^\/home\n/m, ''),
    fails: ['decommissioning/paths']
  }
]

export const recoveryHarmless: readonly Harmless[] = [
  {
    name: 'backup: a path of the product beside the others',
    change: appended('/etc/kas-harden/backup.paths', '/var/lib/app\n')
  },
  {
    name: 'backup: a recipient',
    change: written('/etc/kas-harden/backup.recipient', 'age1example\n')
  },
  {
    name: 'erase: another path, and the order',
    change: (tree) =>
      tree.edit('/etc/kas-harden/erase.paths', (text) =>
        ['/srv/app', ...text.trim().split('\n').reverse(), ''].join('\n')
      )
  }
]
