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
  started,
  statusOf,
  written
} from './system-edits.ts'

const rules = '/etc/aide/aide.conf.d'
const timer = 'dailyaidecheck.timer'
const service = 'dailyaidecheck.service'
const shared = ['data-at-rest/world-writable', 'least-privilege/world-writable', 'sudo-roles/world-writable']
const resources = [
  'resource-management/aide-nice',
  'resource-management/aide-io',
  'resource-management/aide-memory',
  'resource-management/aide-cpu'
]
const untrusted = ['package-authenticity/authenticated']

const aptConf: readonly string[] = [
  'APT::Get::AllowUnauthenticated "true";',
  'Acquire::AllowInsecureRepositories "1";',
  'acquire::allowweakrepositories yes;',
  'Acquire { AllowDowngradeToInsecureRepositories "on"; };',
  'APT { Get { AllowUnauthenticated "yes"; } }',
  'APT::Key::gpgvcommand "/bin/true";',
  'Dir::Etc::SourceParts "/opt/sources";'
]

export const integrityMutations: readonly Mutation[] = [
  {
    name: 'aide removed',
    class: 'package',
    change: statusOf('aide', 'deinstall ok config-files'),
    fails: ['file-integrity/packages', 'package:aide']
  },
  {
    name: 'aide-common unpacked only',
    class: 'package',
    change: statusOf('aide-common', 'install ok unpacked'),
    fails: ['file-integrity/packages', 'package:aide-common']
  },
  {
    name: 'the check of files masked',
    class: 'mask',
    change: masked(timer),
    fails: ['file-integrity/timer', 'file-integrity/schedule']
  },
  {
    name: 'the check of files disabled',
    class: 'mask',
    change: removed(`/etc/systemd/system/timers.target.wants/${timer}`),
    fails: ['file-integrity/timer']
  },
  {
    name: 'the service of the check masked',
    class: 'mask',
    change: masked(service),
    fails: ['file-integrity/timer', ...resources]
  },
  {
    name: 'the service of the check does nothing',
    class: 'mask',
    change: dropIn(service, '[Service]\nExecStart=\nExecStart=/bin/true\n'),
    fails: ['file-integrity/timer', 'least-functionality/started']
  },
  {
    name: 'the timer starts another service',
    class: 'mask',
    change: all(
      written('/etc/systemd/system/nothing.service', '[Service]\nType=oneshot\nExecStart=/usr/bin/env\n'),
      dropIn(timer, '[Timer]\nUnit=nothing.service\n')
    ),
    fails: ['least-functionality/started']
  },
  {
    name: 'the timer has a condition that never holds',
    class: 'generator',
    change: dropIn(timer, '[Unit]\nConditionPathExists=/usr/share/never\n'),
    fails: ['file-integrity/timer']
  },
  {
    name: 'files checked once a year',
    class: 'drop-in',
    change: dropIn(timer, '[Timer]\nOnCalendar=\nOnCalendar=yearly\n'),
    fails: ['file-integrity/schedule']
  },
  {
    name: 'no schedule',
    class: 'drop-in',
    change: dropIn(timer, '[Timer]\nOnCalendar=\n'),
    fails: ['file-integrity/schedule']
  },
  {
    name: 'the site’s schedule masked',
    class: 'diversion',
    releases: ['bookworm', 'trixie'], // Debian 11's own schedule is our default
    change: nulled(`/etc/systemd/system/${timer}.d/60-kas-harden-site.conf`),
    fails: ['file-integrity/schedule']
  },
  {
    name: 'the database of files is never made',
    class: 'mask',
    change: masked('kas-harden-aide-init.service'),
    fails: ['file-integrity/first-boot']
  },
  {
    name: 'the database is in the image already',
    class: 'generator',
    change: written('/var/lib/aide/aide.db', 'made elsewhere\n', 0o600),
    fails: ['file-integrity/first-boot']
  },
  {
    name: 'aide.conf writable by all',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/aide/aide.conf', { mode: 0o666 })
    },
    fails: ['file-integrity/mode', ...shared]
  },
  {
    name: 'rules of aide belong to a person',
    class: 'permission',
    change: (tree) => {
      tree.facts(rules, { uid: 1000 })
    },
    fails: ['file-integrity/mode', 'least-privilege/foreign-owner']
  },
  {
    name: 'aide: the rule of the whole system removed',
    class: 'edit',
    change: removed(`${rules}/99_aide_root`),
    fails: ['file-integrity/everything']
  },
  {
    name: 'aide: the rule of the whole system in a file aide does not read',
    class: 'diversion',
    change: async (tree) => {
      tree.write(`${rules}/99_aide_root.off`, await tree.read(`${rules}/99_aide_root`))
      tree.remove(`${rules}/99_aide_root`)
    },
    fails: ['file-integrity/everything']
  },
  {
    name: 'aide: the rule of the whole system is run and prints nothing',
    class: 'permission',
    change: (tree) => {
      tree.facts(`${rules}/99_aide_root`, { mode: 0o755 })
    },
    fails: ['file-integrity/everything']
  },
  {
    name: 'aide: no directory of rules',
    class: 'include',
    change: replaced('/etc/aide/aide.conf', /^@@x_include \S+ .*$/m, ''),
    fails: [
      'file-integrity/everything',
      'file-integrity/left-out',
      'integrity-notification/syslog',
      'log-forwarding/aide'
    ]
  },
  ...['!/usr', '!/', '!/etc/.*', '!/usr/(s?bin|lib)', '!/usr/sbin d\n!/usr/sbin/'].map((rule): Mutation => ({
    name: `aide: ${JSON.stringify(rule)}`,
    class: 'drop-in',
    change: written(`${rules}/98_local`, `${rule}\n`),
    fails: ['file-integrity/left-out']
  })),
  {
    name: 'aide: the configuration of accounts left out in an earlier file',
    class: 'drop-in',
    change: written(`${rules}/00_local`, '!/etc/(passwd|shadow)$\n'),
    fails: ['file-integrity/left-out']
  },
  {
    name: 'aide: rules left out by an included file',
    class: 'include',
    change: all(
      written('/opt/aide/more', '!/boot\n'),
      appended('/etc/aide/aide.conf', '@@include /opt/aide/more\n')
    ),
    fails: ['file-integrity/left-out']
  },
  {
    name: 'aide reports nowhere',
    class: 'edit',
    change: written(`${rules}/05_kas_harden`, 'report_url=stdout\n'),
    fails: ['integrity-notification/syslog', 'log-forwarding/aide']
  },
  {
    name: 'aide reports to a file',
    class: 'edit',
    change: replaced(`${rules}/05_kas_harden`, 'syslog:LOG_AUTH', 'file:/var/log/aide/report'),
    fails: ['integrity-notification/syslog', 'log-forwarding/aide']
  },
  {
    name: 'no way to carry the journal to a receiver',
    class: 'package',
    change: all(
      statusOf('systemd-journal-remote', 'deinstall ok config-files'),
      statusOf('rsyslog-openssl', 'deinstall ok config-files')
    ),
    fails: [
      'integrity-notification/package',
      'log-forwarding/packages',
      'package:rsyslog-openssl',
      'package:systemd-journal-remote'
    ]
  },
  {
    name: 'journals of others are taken',
    class: 'service',
    change: (tree) => {
      tree.link(
        '/etc/systemd/system/sockets.target.wants/systemd-journal-remote.socket',
        '/usr/lib/systemd/system/systemd-journal-remote.socket'
      )
    },
    fails: [
      'integrity-notification/no-listener',
      'least-functionality/journal-remote',
      'least-functionality/ports'
    ]
  },
  {
    name: 'journals of others are taken by an alias',
    class: 'service',
    change: (tree) => {
      tree.link('/etc/systemd/system/logs.socket', '/usr/lib/systemd/system/systemd-journal-remote.socket')
      tree.link('/etc/systemd/system/sockets.target.wants/logs.socket', '../logs.socket')
    },
    fails: [
      'integrity-notification/no-listener',
      'least-functionality/journal-remote',
      'least-functionality/ports'
    ]
  },
  {
    name: 'journals of others are taken by a drop-in of a target',
    class: 'service',
    change: dropIn('multi-user.target', '[Unit]\nWants=systemd-journal-remote.service\n'),
    fails: [
      'integrity-notification/no-listener',
      'least-functionality/journal-remote',
      'least-functionality/ports'
    ]
  },
  {
    name: 'apt removed',
    class: 'package',
    change: statusOf('apt', 'deinstall ok config-files'),
    fails: ['package-authenticity/packages', 'package:apt', 'least-functionality/started']
  },
  {
    name: 'no keys of Debian',
    class: 'package',
    change: statusOf('debian-archive-keyring', 'purge ok not-installed'),
    fails: ['package-authenticity/packages', 'package:debian-archive-keyring']
  },
  ...aptConf.map((text): Mutation => ({
    name: `apt.conf.d: ${text}`,
    class: 'drop-in',
    change: written('/etc/apt/apt.conf.d/99local', `${text}\n`),
    fails: untrusted
  })),
  {
    name: 'apt.conf, which comes last',
    class: 'drop-in',
    change: written('/etc/apt/apt.conf', 'APT::Get::AllowUnauthenticated "true";\n'),
    fails: untrusted
  },
  {
    name: 'apt: a trusted source',
    class: 'drop-in',
    change: written(
      '/etc/apt/sources.list.d/x.list',
      'deb [arch=amd64 trusted=yes] http://example.org/ stable main\n'
    ),
    fails: untrusted
  },
  {
    name: 'apt: a trusted source in the main file',
    class: 'edit',
    change: appended('/etc/apt/sources.list', 'deb [ trusted=yes ] file:/srv/packages ./\n'),
    fails: untrusted
  },
  {
    name: 'apt: a source that may be insecure',
    class: 'drop-in',
    change: written(
      '/etc/apt/sources.list.d/x.list',
      'deb [allow-insecure=yes] http://example.org/ stable main\n'
    ),
    fails: untrusted
  },
  {
    name: 'apt: a trusted source in the other form',
    class: 'drop-in',
    change: written(
      '/etc/apt/sources.list.d/x.sources',
      'Types: deb\nURIs: http://example.org/\nSuites: stable\nComponents: main\nTrusted: yes\n'
    ),
    fails: untrusted
  },
  {
    name: 'sources of apt writable by all',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/apt/sources.list.d', { mode: 0o777 })
    },
    fails: ['package-authenticity/configuration', ...shared]
  },
  {
    name: 'keys of apt belong to a service',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/apt/trusted.gpg.d', { uid: 33 })
    },
    fails: ['package-authenticity/configuration']
  },
  {
    name: 'a snakeoil certificate',
    class: 'package',
    change: all(
      installed('ssl-cert'),
      written(
        '/etc/ssl/certs/ssl-cert-snakeoil.pem',
        '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
      )
    ),
    fails: ['package-authenticity/test-keys', 'no-default-credentials/test-keys']
  },
  {
    name: 'aide is a script',
    class: 'binary',
    change: written('/usr/bin/aide', '#!/bin/sh\nexit 0\n', 0o755),
    fails: ['package-authenticity/programs']
  },
  {
    name: 'the check of files runs another script',
    class: 'binary',
    releases: ['bookworm', 'trixie'], // that of Debian 11 runs aide itself
    change: written('/usr/share/aide/bin/dailyaidecheck', '#!/bin/sh\nexit 0\n', 0o755),
    fails: ['package-authenticity/programs']
  },
  {
    name: 'a service that checks nothing but listens',
    class: 'service',
    change: started('aide-remote.service', '[Service]\nExecStart=/usr/bin/aide --listen\n'),
    fails: ['least-functionality/started'],
    unknown: ['least-functionality/ports']
  }
]

export const integrityHarmless: readonly Harmless[] = [
  { name: 'aide: a log left out', change: written(`${rules}/50_local`, '!/var/log/product\\.log$ f\n') },
  { name: 'aide: a rule more', change: written(`${rules}/50_local`, '/srv/data$ d VarDir\n') },
  { name: 'aide: comments', change: written(`${rules}/50_local`, '# !/usr\n\n   # !/etc\n') },
  { name: 'aide: a name aide does not read', change: written(`${rules}/50_local.dpkg-dist`, '!/usr\n') },
  {
    name: 'aide: another receiver as well',
    change: written(`${rules}/06_local`, 'report_url=syslog:LOG_LOCAL0\n')
  },
  {
    name: 'the timer: the same again',
    change: dropIn(timer, '[Timer]\nOnCalendar=\n# as agreed\nOnCalendar = *-*-* 02:30:00\n')
  },
  {
    name: 'apt: an option switched off',
    change: written('/etc/apt/apt.conf.d/99local', 'APT::Get::AllowUnauthenticated "false";\n')
  },
  {
    name: 'apt: an option in a comment',
    change: written(
      '/etc/apt/apt.conf.d/99local',
      '// APT::Get::AllowUnauthenticated "true";\n/* Acquire::AllowInsecureRepositories "true"; */\n'
    )
  },
  {
    name: 'apt: a file apt skips',
    change: written('/etc/apt/apt.conf.d/99local.disabled', 'APT::Get::AllowUnauthenticated "true";\n')
  },
  {
    name: 'apt: a signed source',
    change: written(
      '/etc/apt/sources.list.d/x.list',
      'deb [signed-by=/etc/apt/keyrings/x.asc] https://example.org/ stable main\n# deb [trusted=yes] http://example.org/ x y\n'
    )
  },
  {
    name: 'apt: a source that is switched off',
    change: written(
      '/etc/apt/sources.list.d/x.sources',
      'Enabled: no\nTypes: deb\nURIs: http://example.org/\nSuites: stable\nComponents: main\nTrusted: yes\n'
    )
  }
]
