import type { Harmless, Mutation } from '../mutation.ts'
import { withoutDatabase } from './without-database.ts'
import {
  all,
  appended,
  dropIn,
  installed,
  removed,
  replaced,
  started,
  statusOf,
  written
} from './system-edits.ts'

const service = 'dailyaidecheck.service'
const cores = '/etc/security/limits.d/99-local.conf'
const clearText = ['least-functionality/servers', 'crypto-policy/clear-text']
const listed = ['least-functionality/started']

const properties: readonly (readonly [line: string, fails: string])[] = [
  ['Nice=0', 'resource-management/aide-nice'],
  ['Nice=-10', 'resource-management/aide-nice'],
  ['Nice=', 'resource-management/aide-nice'],
  ['IOSchedulingClass=realtime', 'resource-management/aide-io'],
  ['IOSchedulingClass=best-effort', 'resource-management/aide-io'],
  ['MemoryMax=', 'resource-management/aide-memory'],
  ['MemoryMax=infinity', 'resource-management/aide-memory'],
  ['MemoryMax=100%', 'resource-management/aide-memory'],
  ['CPUWeight=10000', 'resource-management/aide-cpu'],
  ['CPUWeight=', 'resource-management/aide-cpu']
]

const coreLines: readonly string[] = [
  '* hard core unlimited',
  '* - core 100000',
  'op hard core unlimited',
  '@kas-operator - core unlimited',
  '* -'
]

/** Programs that start by themselves at a boot and come from nobody's package. */
const starting: readonly (readonly [name: string, change: Mutation['change']])[] = [
  ['a service that listens', started('helper.service', '[Service]\nExecStart=/opt/helper --port 4711\n')],
  [
    'a socket that gives a shell',
    all(
      written('/etc/systemd/system/help@.service', '[Service]\nExecStart=/bin/sh -i\nStandardInput=socket\n'),
      started('help.socket', '[Socket]\nListenStream=4711\nAccept=yes\n', 'sockets.target')
    )
  ],
  ['a socket more for ssh', dropIn('dbus.socket', '[Socket]\nListenStream=0.0.0.0:4711\n')],
  [
    'a timer',
    all(
      written('/etc/systemd/system/phone.service', '[Service]\nExecStart=/opt/phone-home\n'),
      started('phone.timer', '[Timer]\nOnBootSec=1h\n', 'timers.target')
    )
  ],
  [
    'a path unit',
    all(
      written('/etc/systemd/system/watch.service', '[Service]\nExecStart=/opt/do\n'),
      started('watch.path', '[Path]\nPathExists=/run/do\n', 'paths.target')
    )
  ],
  [
    'a unit in /usr/lib that a package of nobody brought',
    (tree) => {
      tree.write('/usr/lib/systemd/system/systemd-helper.service', '[Service]\nExecStart=/opt/helper\n')
      tree.link(
        '/usr/lib/systemd/system/multi-user.target.wants/systemd-helper.service',
        '../systemd-helper.service'
      )
    }
  ],
  [
    'a unit that another one needs',
    all(
      written('/etc/systemd/system/more.service', '[Service]\nExecStart=/opt/more\n'),
      dropIn('ssh.service', '[Unit]\nRequires=more.service\n')
    )
  ],
  [
    'a command more before ssh',
    dropIn('ssh.service', '[Service]\nExecStartPre=/bin/sh -c "sysctl -w kernel.kptr_restrict=0"\n')
  ],
  [
    'a command for every service',
    written('/etc/systemd/system/service.d/zz.conf', '[Service]\nExecStartPost=-/opt/more\n')
  ],
  [
    'a command when auditd has started',
    dropIn('auditd.service', '[Service]\nExecStartPost=-/sbin/auditctl -e 0\n')
  ],
  [
    'a command when a unit fails',
    all(
      written('/etc/systemd/system/oops.service', '[Service]\nExecStart=/opt/oops\n'),
      dropIn('chrony.service', '[Unit]\nOnFailure=oops.service\n')
    )
  ],
  [
    'a unit of systemd replaced in /etc',
    written(
      '/etc/systemd/system/systemd-tmpfiles-setup.service',
      '[Service]\nType=oneshot\nExecStart=/opt/setup\n'
    )
  ],
  [
    'a unit of systemd edited in its place',
    appended('/usr/lib/systemd/system/systemd-tmpfiles-setup.service', '[Service]\nExecStartPost=/opt/more\n')
  ],
  ['a generator of units', written('/etc/systemd/system-generators/local', '#!/bin/sh\n', 0o755)],
  [
    'a generator among those of systemd',
    written('/usr/lib/systemd/system-generators/systemd-local', '#!/bin/sh\n', 0o755)
  ],
  [
    'a generator of the environment',
    written('/etc/systemd/system-environment-generators/10', '#!/bin/sh\n', 0o755)
  ],
  ['rc.local', written('/etc/rc.local', '#!/bin/sh\nsysctl -w kernel.kptr_restrict=0\n', 0o755)],
  [
    'an init script',
    (tree) => {
      tree.write('/etc/init.d/helper', '#!/bin/sh\n### BEGIN INIT INFO\n### END INIT INFO\n', { mode: 0o755 })
      tree.link('/etc/rc2.d/S01helper', '../init.d/helper')
    }
  ],
  [
    'tmpfiles.d writes a kernel setting',
    written('/etc/tmpfiles.d/local.conf', 'w /proc/sys/kernel/kptr_restrict - - - - 0\n')
  ],
  [
    'tmpfiles.d replaces a file of the configuration',
    written(
      '/usr/lib/tmpfiles.d/zz.conf',
      'f+ /etc/ssh/sshd_config.d/00.conf 0644 root root - PermitRootLogin yes\n'
    )
  ],
  [
    'tmpfiles.d opens the log of audit',
    written('/etc/tmpfiles.d/zz.conf', 'z /var/log/audit 0777 root root -\n')
  ],
  [
    'udev runs a program',
    written('/etc/udev/rules.d/99-local.rules', 'ACTION=="add", RUN+="/sbin/sysctl -w kernel.sysrq=1"\n')
  ],
  [
    'udev sets a kernel setting',
    written('/etc/udev/rules.d/99-local.rules', 'SUBSYSTEM=="net", SYSCTL{kernel/sysrq}="1"\n')
  ],
  ['a hook of DHCP', written('/usr/lib/dhcpcd/dhcpcd-hooks/99-local', 'nft flush ruleset\n')],
  ['a hook of the shutdown', written('/usr/lib/systemd/system-shutdown/local', '#!/bin/sh\n', 0o755)]
]

export const serviceMutations: readonly Mutation[] = [
  ...starting.map(([name, change]): Mutation => ({
    name: `starts by itself: ${name}`,
    class: 'service',
    change,
    fails: / socket /.test(name) ? [...listed, 'least-functionality/ports'] : listed
  })),
  ...properties.map(([line, id]): Mutation => ({
    name: `nightly check: ${line}`,
    class: 'drop-in',
    change: dropIn(service, `[Service]\n${line}\n`),
    fails: [id]
  })),
  ...coreLines.map((line): Mutation => ({
    name: `limits.d: ${line}`,
    class: 'drop-in',
    change: written(cores, `${line}\n`),
    fails:
      line === '* -'
        ? ['error-handling/limits', 'concurrent-sessions/limit', 'concurrent-sessions/enough']
        : ['error-handling/limits']
  })),
  {
    name: 'services leave memory images',
    class: 'drop-in',
    change: written('/etc/systemd/system.conf.d/99-local.conf', '[Manager]\nDefaultLimitCORE=infinity\n'),
    fails: ['error-handling/services']
  },
  {
    name: 'services leave memory images, soft and hard',
    class: 'drop-in',
    change: written('/etc/systemd/system.conf.d/99-local.conf', '[Manager]\nDefaultLimitCORE=0:infinity\n'),
    fails: ['error-handling/services']
  },
  {
    name: 'a failed login tells who exists',
    class: 'edit',
    change: replaced('/etc/security/faillock.conf', /^silent$/m, '# silent'),
    fails: ['error-handling/login', 'authenticator-feedback/silent']
  },
  ...['telnetd', 'inetutils-telnetd', 'rsh-server', 'ftpd', 'vsftpd', 'tftpd-hpa', 'nis'].map(
    (name): Mutation => ({
      name: `installed: ${name}`,
      class: 'package',
      change: installed(name),
      fails: clearText
    })
  ),
  ...[
    'rpcbind',
    'nfs-kernel-server',
    'samba',
    'avahi-daemon',
    'cups',
    'postfix',
    'xinetd',
    'exim4-daemon-light'
  ].map((name): Mutation => ({
    name: `installed: ${name}`,
    class: 'package',
    change: installed(name),
    fails: [
      'least-functionality/servers',
      ...(/^(?:postfix|exim4)/.test(name) ? ['zone-boundary/servers'] : [])
    ]
  })),
  ...['tcpdump', 'nmap', 'netcat-openbsd', 'socat'].map((name): Mutation => ({
    name: `installed: ${name}`,
    class: 'package',
    change: installed(name),
    fails: ['least-functionality/tools']
  })),
  {
    name: 'a telnet server removed by dpkg and still unpacked',
    class: 'package',
    change: all(installed('telnetd'), statusOf('telnetd', 'deinstall ok half-installed')),
    fails: clearText
  },
  {
    name: 'the device announces itself',
    class: 'service',
    change: started('avahi-daemon.service', '[Service]\nExecStart=/usr/sbin/avahi-daemon -s\n'),
    fails: ['least-functionality/avahi', ...listed]
  },
  {
    name: 'an RPC port mapper',
    class: 'service',
    change: all(
      written('/etc/systemd/system/rpcbind.service', '[Service]\nExecStart=/sbin/rpcbind -w\n'),
      started('rpcbind.socket', '[Socket]\nListenStream=111\n', 'sockets.target')
    ),
    fails: ['least-functionality/rpcbind', 'least-functionality/ports', ...listed]
  },
  {
    name: 'the journal served by HTTP',
    class: 'service',
    change: (tree) => {
      const socket = '/usr/lib/systemd/system/systemd-journal-gatewayd.socket'
      // A link that leads nowhere starts nothing.
      if (!tree.exists(socket)) throw new Error(`The mutation starts ${socket}, which is not in the image`)
      tree.link('/etc/systemd/system/sockets.target.wants/systemd-journal-gatewayd.socket', socket)
    },
    fails: ['least-functionality/journal-gateway', 'least-functionality/ports']
  },
  {
    name: 'Ctrl-Alt-Del restarts the device',
    class: 'mask',
    change: removed('/etc/systemd/system/ctrl-alt-del.target'),
    fails: ['least-functionality/ctrl-alt-del']
  },
  {
    name: 'Ctrl-Alt-Del switches the device off',
    class: 'generator',
    change: (tree) => {
      tree.remove('/etc/systemd/system/ctrl-alt-del.target')
      tree.link('/etc/systemd/system/ctrl-alt-del.target', '/usr/lib/systemd/system/poweroff.target')
    },
    fails: ['least-functionality/ctrl-alt-del']
  },
  {
    name: 'dpkg removed',
    class: 'package',
    releases: ['bookworm', 'trixie'], // on Debian 11 it starts nothing
    change: statusOf('dpkg', 'deinstall ok config-files'),
    fails: ['component-inventory/tool', 'least-functionality/started']
  },
  {
    name: 'no list of packages',
    class: 'diversion',
    releases: ['bookworm'],
    change: removed('/var/lib/dpkg/status'),
    fails: ['component-inventory/database'],
    unknown: withoutDatabase
  },
  {
    name: 'no list of packages (trixie)',
    class: 'diversion',
    releases: ['trixie'],
    change: removed('/var/lib/dpkg/status'),
    fails: ['component-inventory/database'],
    unknown: [...withoutDatabase, 'data-at-rest/package-trixie', 'package:systemd-cryptsetup']
  },
  {
    name: 'a system that does not say what it is',
    class: 'edit',
    change: replaced('/etc/os-release', /^ID=.*\n/m, ''),
    fails: ['component-inventory/release']
  },
  {
    name: 'a system without a name in its os-release',
    class: 'edit',
    change: replaced('/etc/os-release', /^ID=debian$/m, 'ID='),
    fails: ['component-inventory/release']
  }
]

export const serviceHarmless: readonly Harmless[] = [
  {
    name: 'a unit that nothing starts',
    change: written('/etc/systemd/system/spare.service', '[Service]\nExecStart=/opt/spare\n')
  },
  { name: 'a preset', change: written('/etc/systemd/system-preset/00-local.preset', 'enable *\n') },
  { name: 'a user preset', change: written('/etc/systemd/user-preset/00-local.preset', 'enable *\n') },
  {
    name: 'a masked unit more',
    change: (tree) => {
      tree.link('/etc/systemd/system/serial-getty@ttyS9.service', '/dev/null')
    }
  },
  {
    name: 'rc.local that nobody can run',
    change: written('/etc/rc.local', '#!/bin/sh\nsysctl -w kernel.sysrq=1\n', 0o644)
  },
  {
    name: 'a generator masked',
    change: (tree) => {
      tree.link('/etc/systemd/system-generators/systemd-gpt-auto-generator', '/dev/null')
    }
  },
  { name: 'a drop-in without commands', change: dropIn('dbus.service', '[Service]\nPrivateTmp=yes\n') },
  { name: 'a job of cron without cron', change: written('/etc/cron.d/local', '@reboot root /opt/x\n') },
  {
    name: 'limits: a smaller number of files',
    change: written(cores, '* hard nofile 1024\n# * hard core unlimited\n')
  },
  {
    name: 'limits: an earlier file',
    change: written('/etc/security/limits.d/00-local.conf', '* hard core unlimited\n')
  },
  {
    name: 'nightly check: nicer in other words',
    change: dropIn(service, '[Service]\n Nice = 15\nIOSchedulingClass=3\n# Nice=0\n')
  },
  { name: 'nightly check: less memory', change: dropIn(service, '[Service]\nMemoryMax=128M\nCPUWeight=1\n') },
  {
    name: 'a server known and not installed',
    change: all(
      installed('samba'),
      replaced(
        '/var/lib/dpkg/status',
        /(Package: samba\nStatus: )install ok installed/,
        '$1deinstall ok config-files'
      )
    )
  },
  {
    name: 'os-release in other order',
    change: (tree) =>
      tree.edit(
        '/etc/os-release',
        (text) => `# sorted\n${text.split('\n').filter(Boolean).sort().join('\n')}\n`
      )
  }
]
