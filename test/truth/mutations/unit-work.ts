import type { TreeEdit } from '../changed-image.ts'
import type { Harmless, Mutation } from '../mutation.ts'

/** A drop-in of nobody's package. */
function dropIn(unit: string, text: string, section = 'Service'): (tree: TreeEdit) => void {
  return (tree) => {
    tree.write(`/etc/systemd/system/${unit}.d/90-vendor.conf`, `[${section}]\n${text}\n`)
  }
}

function word(text: string): (tree: TreeEdit) => void {
  return (tree) => {
    tree.cmdline((line) => `${line} ${text}`)
  }
}

const firewall = 'kas-harden-firewall.service'

/** A unit is enabled and its own file untouched, and still it does not do its work. */
export const unitWorkMutations: readonly Mutation[] = [
  {
    name: 'chrony: it needs a unit that is not there',
    class: 'drop-in',
    change: dropIn('chrony.service', 'Requires=vendor-missing.service', 'Unit'),
    fails: ['time-synchronisation/unit']
  },
  {
    name: 'chrony: it asks for a unit that is not running',
    class: 'drop-in',
    change: dropIn('chrony.service', 'Requisite=rescue.target', 'Unit'),
    fails: ['time-synchronisation/unit']
  },
  {
    name: 'AppArmor: the target that is started excludes it',
    class: 'drop-in',
    change: dropIn('multi-user.target', 'Conflicts=apparmor.service', 'Unit'),
    fails: ['mandatory-access-control/unit']
  },
  {
    name: 'auditd: it runs as another user',
    class: 'drop-in',
    change: dropIn('auditd.service', 'User=nobody'),
    fails: [],
    unknown: ['audit-events/unit', 'audit-storage/unit', 'service-actions/unit', 'tamper-notification/daemon']
  },
  {
    name: 'auditd: it may write no byte',
    class: 'drop-in',
    change: dropIn('auditd.service', 'LimitFSIZE=0'),
    fails: [],
    unknown: ['audit-events/unit', 'audit-storage/unit', 'service-actions/unit', 'tamper-notification/daemon']
  },
  {
    name: 'auditd: it ends after a second',
    class: 'drop-in',
    change: dropIn('auditd.service', 'RuntimeMaxSec=1'),
    fails: [],
    unknown: ['audit-events/unit', 'audit-storage/unit', 'service-actions/unit', 'tamper-notification/daemon']
  },
  {
    name: 'firewall: loaded into a network of its own',
    class: 'drop-in',
    change: dropIn(firewall, 'PrivateNetwork=yes'),
    fails: [],
    unknown: ['fail-close/unit', 'firewall/unit', 'traffic-limits/unit']
  },
  {
    name: 'firewall: excluded by what is started',
    class: 'drop-in',
    change: dropIn(firewall, 'Conflicts=multi-user.target', 'Unit'),
    fails: [
      'fail-close/unit',
      'firewall/unit',
      'firewall/input',
      'firewall/forward',
      'firewall/flows',
      'firewall/management',
      'firewall/rate',
      'least-functionality/firewall',
      'login-lockout/ssh-rate',
      'remote-access-approval/closed',
      'traffic-limits/unit',
      'traffic-limits/rate',
      'zone-boundary/flows',
      'zone-boundary/messages'
    ]
  },
  {
    name: 'firewall: its start is given up at once',
    class: 'drop-in',
    change: dropIn(firewall, 'JobTimeoutSec=1ms', 'Unit'),
    fails: [],
    unknown: ['fail-close/unit', 'firewall/unit', 'traffic-limits/unit']
  },
  {
    name: 'sysctl.d: systemd-sysctl may not write the settings',
    class: 'drop-in',
    change: dropIn('systemd-sysctl.service', 'ProtectKernelTunables=yes'),
    fails: [],
    unknown: [
      'code-execution/aslr',
      'diagnostic-interfaces/sysrq',
      'error-handling/dmesg',
      'fail-close/start',
      'firewall/no-forwarding',
      'kernel-settings/network',
      'kernel-settings/restart',
      'kernel-settings/floods',
      'kernel-settings/information',
      'kernel-settings/links',
      'memory-erasure/suid-dumpable',
      'traffic-limits/syn-cookies',
      'zone-boundary/start'
    ]
  },
  {
    name: 'programs run from shared memory: mounted where only the unit sees it',
    class: 'drop-in',
    change: dropIn('kas-harden-noexec.service', 'PrivateTmp=yes'),
    fails: [],
    unknown: ['code-execution/shared-memory']
  },
  {
    name: 'ssh: the server sees another configuration',
    class: 'drop-in',
    change: dropIn('ssh.service', 'BindReadOnlyPaths=/opt/vendor/ssh:/etc/ssh'),
    fails: [],
    unknown: ['sshd-hardening/unit']
  },
  {
    name: 'ssh: a library in the server by its environment',
    class: 'drop-in',
    change: dropIn('ssh.service', 'Environment=LD_PRELOAD=/opt/vendor/lib.so'),
    fails: [],
    unknown: ['sshd-hardening/unit']
  },
  {
    name: 'AppArmor: its unit has no right left',
    class: 'drop-in',
    change: dropIn('apparmor.service', 'CapabilityBoundingSet='),
    fails: [],
    unknown: ['mandatory-access-control/unit']
  },
  {
    name: 'AppArmor: its unit waits for a file that is not there',
    class: 'drop-in',
    change: dropIn('apparmor.service', 'EnvironmentFile=/etc/vendor.env'),
    fails: ['mandatory-access-control/unit']
  },
  {
    name: 'aide: its timer may wait ten years',
    class: 'drop-in',
    change: dropIn('dailyaidecheck.timer', 'RandomizedDelaySec=10years', 'Timer'),
    fails: [],
    unknown: ['file-integrity/timer']
  },
  {
    name: 'aide: it sees an empty /etc',
    class: 'drop-in',
    change: dropIn('dailyaidecheck.service', 'TemporaryFileSystem=/etc'),
    fails: [],
    unknown: ['file-integrity/timer']
  },
  {
    name: 'kernel command line: a name without .service is masked',
    class: 'cmdline',
    change: word('systemd.mask=apparmor'),
    fails: ['mandatory-access-control/unit']
  },
  {
    name: 'kernel command line: mitigations="off" with quotes',
    class: 'cmdline',
    change: word('mitigations="off"'),
    fails: ['code-execution/cmdline']
  },
  {
    name: 'kernel command line: a quoted "init=/bin/sh"',
    class: 'cmdline',
    change: word('"init=/bin/sh"'),
    fails: ['code-execution/cmdline', 'diagnostic-interfaces/cmdline']
  },
  {
    name: 'kernel command line: audit is never initialised',
    class: 'cmdline',
    change: word('initcall_blacklist=audit_init'),
    fails: ['audit-events/cmdline', 'code-execution/cmdline']
  },
  {
    name: 'kernel command line: AppArmor is never initialised',
    class: 'cmdline',
    change: word('initcall_blacklist=apparmor_init'),
    fails: ['code-execution/cmdline', 'mandatory-access-control/cmdline']
  },
  {
    name: 'kernel command line: another large security module',
    class: 'cmdline',
    change: word('security=tomoyo'),
    fails: ['mandatory-access-control/cmdline']
  },
  {
    name: 'kernel command line: a list of security modules without Yama',
    class: 'cmdline',
    change: word('lsm=apparmor'),
    fails: ['diagnostic-interfaces/sysrq']
  },
  {
    name: 'kernel command line: the root is left with /usr only',
    class: 'cmdline',
    change: word('systemd.volatile=yes'),
    fails: ['code-execution/cmdline']
  },
  {
    name: 'kernel command line: a library in the first program',
    class: 'cmdline',
    change: word('LD_PRELOAD=/opt/vendor/lib.so'),
    fails: ['code-execution/cmdline', 'diagnostic-interfaces/cmdline']
  },
  {
    name: 'kernel command line: the rescue shell asks for nothing',
    class: 'cmdline',
    change: word('systemd.setenv=SYSTEMD_SULOGIN_FORCE=1'),
    fails: ['diagnostic-interfaces/cmdline']
  },
  {
    name: 'kernel command line: a credential for root',
    class: 'cmdline',
    change: word('systemd.set_credential=passwd.hashed-password.root:x'),
    fails: ['diagnostic-interfaces/cmdline']
  },
  {
    name: 'kernel command line: the same machine id for all',
    class: 'cmdline',
    change: word('systemd.machine_id=0123456789abcdef0123456789abcdef'),
    fails: ['host-identity/machine-id']
  },
  {
    name: 'identity: every device has the same key of credentials',
    class: 'account',
    change: (tree) => {
      tree.write('/var/lib/systemd/credential.secret', 'x'.repeat(4096), { mode: 0o400 })
    },
    fails: ['host-identity/machine-id']
  }
]

/** What products do to units of the system every day. */
export const unitWorkHarmless: readonly Harmless[] = [
  {
    name: 'units: ssh waits for the network and starts again',
    change: (tree) => {
      const unit = '[Unit]\nAfter=network-online.target\nWants=network-online.target\n'
      tree.write(
        '/etc/systemd/system/ssh.service.d/override.conf',
        `${unit}[Service]\nRestart=always\nRestartSec=5\nNice=5\nProtectHome=read-only\nTimeoutStartSec=2min\n`
      )
    }
  },
  {
    name: 'units: bounds in which a service runs well',
    change: dropIn('chrony.service', 'MemoryMax=64M\nTasksMax=32\nLimitNOFILE=65536\nCPUWeight=20')
  },
  {
    name: 'units: an order and a variable',
    change: dropIn('auditd.service', 'Environment=LANG=C.UTF-8\nOOMScoreAdjust=-1000')
  },
  {
    name: 'units: a limit taken back',
    change: dropIn(firewall, 'RuntimeMaxSec=infinity\nPrivateNetwork=no\nUser=root')
  },
  { name: 'kernel command line: a quoted argument of a driver', change: word('vendor.name="two words"') },
  { name: 'kernel command line: quotes round a value', change: word('audit_backlog_limit="8192"') }
]
