import type { Harmless, Mutation } from '../mutation.ts'
import { all, appended, dropIn, masked, removed, replaced, written } from './system-edits.ts'

const report = '/usr/sbin/kas-harden-report'
const schema = '/usr/share/kas-harden/report.schema.json'
const keyProgram = '/usr/libexec/kas-harden/device-key'
const keyUnit = 'kas-harden-device-key.service'

/** Both rest on the key. */
const deviceKey = ['security-report/key', 'state-backup/key']

/** What the device tells about itself, and its key. */
const reports: readonly Mutation[] = [
  {
    name: 'report: says what it was told',
    class: 'binary',
    change: written(report, '#!/bin/sh\ncat /var/lib/report.json\n', 0o755),
    fails: ['security-report/program', 'security-report/protection', 'component-inventory/report']
  },
  {
    name: 'report: leaves the accounts out',
    class: 'edit',
    change: replaced(report, /^\tsection accounts accounts\n/m, ''),
    fails: ['security-report/program', 'component-inventory/report']
  },
  {
    name: 'report: keeps versions of the protection to itself',
    class: 'edit',
    change: replaced(report, /^\tsection protection protection\n/m, ''),
    fails: ['security-report/program', 'security-report/protection', 'component-inventory/report']
  },
  {
    name: 'report: not there',
    class: 'diversion',
    change: removed(report),
    fails: ['security-report/program-mode', 'security-report/protection', 'component-inventory/report-mode']
  },
  {
    name: 'report: its group may change it',
    class: 'permission',
    change: (tree) => {
      tree.facts(report, { mode: 0o775 })
    },
    fails: ['security-report/program-mode', 'component-inventory/report-mode']
  },
  {
    name: 'report: a schema that takes everything',
    class: 'edit',
    change: written(schema, '{}\n'),
    fails: ['security-report/schema']
  },
  {
    name: 'device key: the same for every device',
    class: 'edit',
    change: appended(keyProgram, 'cp /usr/share/doc/key.pem /var/lib/kas-harden/device/key.pem\n'),
    fails: ['security-report/key-program', 'package-authenticity/programs']
  },
  {
    name: 'device key: made before, in the image',
    class: 'diversion',
    change: written('/var/lib/kas-harden/device/key.pem', 'made in the factory\n', 0o600),
    fails: ['security-report/no-key', ...deviceKey]
  },
  {
    name: 'device key: never made',
    class: 'mask',
    change: masked(keyUnit),
    fails: deviceKey
  },
  {
    name: 'device key: its unit is not enabled',
    class: 'mask',
    change: all(
      removed(`/etc/systemd/system/multi-user.target.wants/${keyUnit}`),
      removed('/etc/systemd/system/rsyslog.service.d/60-kas-harden-site.conf') // which wants it as well
    ),
    fails: deviceKey
  },
  {
    name: 'device key: its unit makes another one',
    class: 'drop-in',
    change: dropIn(keyUnit, '[Service]\nExecStart=\nExecStart=/bin/true\n'),
    fails: [...deviceKey, 'least-functionality/started']
  }
]

/** Keys two sides share. */
const sharedKeys: readonly Mutation[] = [
  {
    name: 'shared keys: a key of NTP in the image',
    class: 'edit',
    change: appended('/etc/chrony/chrony.keys', '7 SHA256 HEX:00112233445566778899AABBCCDDEEFF\n'),
    fails: ['shared-keys/time']
  },
  {
    name: 'shared keys: a tunnel with its key in the image',
    class: 'service',
    change: written(
      '/etc/wireguard/wg0.conf',
      '[Interface]\nListenPort = 51820\n[Peer]\npresharedkey = c2VjcmV0\n',
      0o600
    ),
    fails: ['shared-keys/tunnels']
  },
  {
    name: 'shared keys: everybody reads those of NTP',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/chrony/chrony.keys', { mode: 0o644 })
    },
    fails: ['shared-keys/modes']
  },
  {
    name: 'shared keys: people read those of NTP',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/chrony/chrony.keys', { gid: 100 })
    },
    fails: ['shared-keys/modes']
  }
]

export const deviceMutations: readonly Mutation[] = [...reports, ...sharedKeys]

export const deviceHarmless: readonly Harmless[] = [
  {
    name: 'shared keys: a tunnel whose key is made on the device',
    change: written(
      '/etc/wireguard/wg0.conf',
      '[Interface]\nPostUp = wg set %i private-key /etc/wg.key\n',
      0o600
    )
  },
  {
    name: 'device key: a certificate of the owner beside it',
    change: written('/etc/ssl/certs/owner.pem', '# none yet\n')
  },
  {
    name: 'report: a settings file the report lists',
    change: written('/etc/kas-harden/notes', 'read by people\n')
  }
]
