import type { TreeEdit } from '../changed-image.ts'
import type { Harmless, Mutation } from '../mutation.ts'
import type { Change } from './system-edits.ts'
import {
  all,
  appended,
  argument,
  dropIn,
  installed,
  masked,
  nulled,
  removed,
  replaced,
  withoutArgument,
  written
} from './system-edits.ts'

/** Ours sorts behind the last of Debian's, which on Debian 11 begins with a letter. */
const ours = ({ release }: TreeEdit) =>
  release === 'bullseye' ? 'zz-kas-harden.conf' : '99-zz-kas-harden.conf'
const last = '/etc/sysctl.d/zzz-local.conf'
const modules = '/usr/lib/modprobe.d/60-kas-harden.conf'
const first = '/etc/modprobe.d/00-local.conf'

const information = ['kernel-settings/information']
const network = ['kernel-settings/network']
const links = ['kernel-settings/links']
const kexec = ['code-execution/aslr', 'diagnostic-interfaces/sysrq']
const dumps = ['memory-erasure/suid-dumpable', 'error-handling/dmesg']
const cookies = ['kernel-settings/floods', 'traffic-limits/syn-cookies']
const debugShell = [
  'diagnostic-interfaces/debug-shell',
  'error-handling/debug-shell',
  'least-functionality/debug-shell',
  'no-default-credentials/debug-shell'
]
const autologin = ['diagnostic-interfaces/autologin', 'no-default-credentials/autologin']
/** A kernel that panics is started again. */
const panic = ['kernel-settings/restart']
const forwarding = ['firewall/no-forwarding', 'zone-boundary/start', 'fail-close/start']
/** Modules of the image that two controls or one block. */
const common = ['code-execution/modules', 'least-functionality/modules']
const everySysctl = [
  ...kexec,
  ...network,
  ...cookies,
  ...information,
  ...links,
  ...dumps,
  ...forwarding,
  ...panic
]

/** Lines of a later file of sysctl.d (sysctl.d(5)). */
const settings: readonly (readonly [line: string, fails: readonly string[]])[] = [
  ['kernel.kptr_restrict = 0', information],
  ['kernel/kptr_restrict=1', information],
  ['-kernel.kptr_restrict = 0', information],
  ['-kernel.kptr_restrict', information],
  ['kernel.dmesg_restrict=0', [...information, 'error-handling/dmesg']],
  ['kernel.randomize_va_space = 0', ['code-execution/aslr']],
  ['kernel.randomize_va_space = 1', ['code-execution/aslr']],
  ['kernel.unprivileged_bpf_disabled = 0', ['code-execution/aslr']],
  ['net.core.bpf_jit_harden = 0', ['code-execution/aslr']],
  ['kernel.kexec_load_disabled = 0', kexec],
  ['kernel.sysrq = 1', ['diagnostic-interfaces/sysrq']],
  ['kernel.sysrq = 438', ['diagnostic-interfaces/sysrq']],
  ['kernel.yama.ptrace_scope = 0', ['diagnostic-interfaces/sysrq']],
  ['kernel.perf_event_paranoid = -1', ['diagnostic-interfaces/sysrq']],
  ['net.ipv4.conf.all.rp_filter = 0', network],
  ['net.ipv4.conf.default.accept_redirects = 1', network],
  ['net.ipv4.conf.*.accept_redirects = 1', network],
  ['net.ipv4.conf.eth0.accept_redirects = 1', network],
  ['net.ipv6.conf.eth0/1.accept_redirects = 1', network],
  ['net.ipv4.conf.*.send_redirects = 1', network],
  ['net.ipv4.conf.eth*.rp_filter = 2', network],
  ['net.ipv4.conf.all.log_martians = 0', network],
  ['net.ipv4.conf.all.accept_source_route = 1', network],
  ['net.ipv4.tcp_syncookies = 0', cookies],
  ['net.ipv4.icmp_echo_ignore_broadcasts = 0', ['kernel-settings/floods']],
  ['fs.protected_symlinks = 0', links],
  ['fs.protected_regular = 0', links],
  ['fs.suid_dumpable = 2', dumps],
  ['net.ipv4.ip_forward = 1', forwarding],
  ['net.ipv4.conf.all.forwarding = 1', forwarding],
  ['net.ipv6.conf.all.forwarding = 1', forwarding],
  ['net.ipv4.conf.eth0.forwarding = 1', forwarding]
]

const bothCommandLines = ['code-execution/cmdline', 'diagnostic-interfaces/cmdline']
const arguments_: readonly (readonly [text: string, fails: readonly string[]])[] = [
  ['nokaslr', bothCommandLines],
  ['init=/bin/sh', bothCommandLines],
  ['rdinit=/bin/sh', bothCommandLines],
  ['mitigations=off', ['code-execution/cmdline']],
  ['noexec=off', ['code-execution/cmdline']],
  ['noexec32=off', ['code-execution/cmdline']],
  ['nosmep', ['code-execution/cmdline']],
  ['nosmap', ['code-execution/cmdline']],
  ['nospectre_v2', ['code-execution/cmdline']],
  ['spectre_v2=off', ['code-execution/cmdline']],
  ['spec_store_bypass_disable=off', ['code-execution/cmdline']],
  ['nopti', ['code-execution/cmdline']],
  ['pti=off', ['code-execution/cmdline']],
  ['mds=off', ['code-execution/cmdline']],
  ['retbleed=off', ['code-execution/cmdline']],
  ['clearcpuid=smap', ['code-execution/cmdline']],
  ['randomize-kstack-offset=off', ['code-execution/cmdline']],
  ['kgdboc=ttyS0,115200', ['diagnostic-interfaces/cmdline']],
  ['kgdbwait', ['diagnostic-interfaces/cmdline']],
  ['kgdbdbgp=0', ['diagnostic-interfaces/cmdline']],
  ['systemd.debug_shell', ['diagnostic-interfaces/cmdline']],
  ['systemd.debug-shell=1', ['diagnostic-interfaces/cmdline']],
  ['systemd.debug_shell=ttyS1', ['diagnostic-interfaces/cmdline']],
  ['sysrq_always_enabled', ['diagnostic-interfaces/cmdline']],
  ['break=premount', ['diagnostic-interfaces/cmdline']],
  ['rd.break', ['diagnostic-interfaces/cmdline']],
  ['systemd.run=/bin/sh', ['diagnostic-interfaces/cmdline']],
  ['no_hash_pointers', ['diagnostic-interfaces/cmdline']],
  ['init_on_alloc=0', ['memory-erasure/cmdline']],
  ['init_on_free=0', ['memory-erasure/cmdline']],
  ['init-on-free=off', ['memory-erasure/cmdline']]
]

const oneModule = (line: string): Change => written(first, `${line}\n`)

export const kernelMutations: readonly Mutation[] = [
  ...settings.map(([line, fails]): Mutation => ({
    name: `sysctl.d, later: ${line}`,
    class: 'drop-in',
    change: written(last, `${line}\n`),
    fails
  })),
  ...arguments_.map(([text, fails]): Mutation => ({
    name: `kernel command line: ${text}`,
    class: 'cmdline',
    change: argument(text),
    fails
  })),
  {
    name: 'kernel command line: memory not cleared when freed',
    class: 'cmdline',
    change: withoutArgument('init_on_free=1'),
    fails: ['memory-erasure/cmdline']
  },
  {
    name: 'sysctl.d: our file masked by a link to /dev/null',
    class: 'diversion',
    change: (tree) => nulled(`/etc/sysctl.d/${ours(tree)}`)(tree),
    fails: everySysctl
  },
  {
    name: 'sysctl.d: a file of the same name in /etc',
    class: 'diversion',
    change: async (tree) => {
      const text = await tree.read(`/usr/lib/sysctl.d/${ours(tree)}`)
      tree.write(`/etc/sysctl.d/${ours(tree)}`, text.replace(/^kernel\.sysrq.*$/m, ''))
    },
    fails: ['diagnostic-interfaces/sysrq']
  },
  {
    name: 'sysctl.d: a file of the same name in /usr/local',
    class: 'diversion',
    change: async (tree) => {
      const text = await tree.read(`/usr/lib/sysctl.d/${ours(tree)}`)
      tree.write(`/usr/local/lib/sysctl.d/${ours(tree)}`, text.replace(/^kernel\.yama.*$/m, ''))
    },
    fails: ['diagnostic-interfaces/sysrq']
  },
  {
    name: 'sysctl.d: our file removed',
    class: 'edit',
    change: (tree) => {
      tree.remove(`/usr/lib/sysctl.d/${ours(tree)}`)
    },
    fails: everySysctl
  },
  {
    name: 'systemd-sysctl masked',
    class: 'mask',
    change: masked('systemd-sysctl.service'),
    fails: everySysctl
  },
  {
    name: 'systemd-sysctl masked on the kernel command line',
    class: 'cmdline',
    change: argument('systemd.mask=systemd-sysctl.service'),
    fails: everySysctl
  },
  {
    name: 'systemd-sysctl not started',
    class: 'mask',
    change: removed('/usr/lib/systemd/system/sysinit.target.wants/systemd-sysctl.service'),
    fails: everySysctl
  },
  {
    name: 'systemd-sysctl: a condition that never holds',
    class: 'generator',
    change: dropIn('systemd-sysctl.service', '[Unit]\nConditionPathExists=!/usr\n'),
    fails: everySysctl
  },
  {
    name: 'systemd-sysctl: a command that does nothing',
    class: 'mask',
    change: dropIn('systemd-sysctl.service', '[Service]\nExecStart=\nExecStart=/bin/true\n'),
    fails: [...everySysctl, 'least-functionality/started']
  },
  {
    name: 'systemd-sysctl replaced',
    class: 'binary',
    change: written('/usr/lib/systemd/systemd-sysctl', '#!/bin/sh\n', 0o755),
    fails: ['package-authenticity/programs']
  },
  {
    // Blocked all the same, but not on the project's closed list.
    name: 'modules-load.d: a module that is blocked',
    class: 'drop-in',
    change: written('/etc/modules-load.d/local.conf', 'sctp\n'),
    fails: ['module-allow-list/list']
  },
  {
    name: 'modprobe.d: our file masked',
    class: 'diversion',
    change: nulled('/etc/modprobe.d/60-kas-harden.conf'),
    releases: ['bookworm', 'trixie'],
    fails: [...common, 'no-wireless/modules']
  },
  {
    name: 'modprobe.d: our file empty',
    class: 'edit',
    change: written(modules, ''),
    releases: ['bookworm', 'trixie'],
    fails: [...common, 'no-wireless/modules']
  },
  {
    name: 'modprobe.d: blacklist alone',
    class: 'edit',
    change: replaced(modules, /^install .*$/gm, ''),
    releases: ['bookworm', 'trixie'],
    fails: [...common, 'no-wireless/modules']
  },
  ...[
    'install sctp /sbin/modprobe --ignore-install sctp',
    'install sct* /sbin/modprobe -i sctp',
    'install tipc /bin/true; /sbin/insmod /opt/tipc.ko',
    'install rds /usr/local/bin/load-rds'
  ].map((line): Mutation => ({
    name: `modprobe.d, earlier: ${line}`,
    class: 'drop-in',
    change: oneModule(line),
    fails: common
  })),
  {
    name: 'modprobe.d, earlier: wwan',
    class: 'drop-in',
    releases: ['bookworm', 'trixie'], // its kernel is the first that has it
    change: oneModule('install wwan /sbin/modprobe --ignore-install wwan $CMDLINE_OPTS'),
    fails: ['no-wireless/modules']
  },
  {
    name: 'a wireless module that comes with a package',
    class: 'package',
    change: async (tree) => {
      const [version = ''] = tree.list('/usr/lib/modules')
      tree.write(`/usr/lib/modules/${version}/updates/bluetooth.ko`, 'module')
      await tree.edit(modules, (text) => text.replace(/^install bluetooth.*$/m, ''))
    },
    fails: ['no-wireless/modules']
  },
  {
    name: 'a module built into the kernel',
    class: 'binary',
    change: async (tree) => {
      const [version = ''] = tree.list('/usr/lib/modules')
      await tree.append(`/usr/lib/modules/${version}/modules.builtin`, 'kernel/fs/cramfs/cramfs.ko\n')
    },
    fails: common
  },
  {
    name: 'FireWire and Thunderbolt open',
    class: 'edit',
    change: async (tree) => {
      const [version = ''] = tree.list('/usr/lib/modules')
      tree.write(`/usr/lib/modules/${version}/updates/thunderbolt.ko.xz`, 'module')
      tree.write(`/usr/lib/modules/${version}/updates/firewire-core.ko`, 'module')
      await tree.edit(modules, (text) => text.replace(/^install (firewire|thunderbolt).*$/gm, ''))
    },
    fails: ['diagnostic-interfaces/modules', 'code-execution/modules']
  },
  {
    name: 'modprobe is a script',
    class: 'binary',
    change: written('/usr/bin/kmod', '#!/bin/sh\nexec /sbin/insmod "$@"\n', 0o755),
    fails: ['package-authenticity/programs']
  },
  ...['gcc', 'g++', 'clang', 'tcc', 'golang-go', 'rustc', 'gcc-12', 'clang-16', 'g++-14'].map(
    (name): Mutation => ({
      name: `installed: ${name}`,
      class: 'package',
      change: installed(name),
      fails: ['code-execution/compilers']
    })
  ),
  ...['nodejs', 'python3-pip', 'default-jre-headless', 'openjdk-17-jre-headless'].map((name): Mutation => ({
    name: `installed: ${name}`,
    class: 'package',
    change: installed(name),
    fails: ['code-execution/engines'],
    unknown: ['mobile-code-authenticity/engines']
  })),
  ...['gdb', 'gdbserver', 'strace', 'ltrace', 'openocd', 'tcf-agent'].map((name): Mutation => ({
    name: `installed: ${name}`,
    class: 'package',
    change: installed(name),
    fails: ['diagnostic-interfaces/packages', 'least-functionality/tools']
  })),
  {
    name: 'programs run from shared memory: masked',
    class: 'mask',
    change: masked('kas-harden-noexec.service'),
    fails: ['code-execution/shared-memory']
  },
  {
    name: 'programs run from shared memory: not started',
    class: 'mask',
    change: removed('/etc/systemd/system/sysinit.target.wants/kas-harden-noexec.service'),
    fails: ['code-execution/shared-memory']
  },
  {
    name: 'programs run from shared memory: a condition',
    class: 'generator',
    change: dropIn('kas-harden-noexec.service', '[Unit]\nAssertPathExists=/opt/never\n'),
    fails: ['code-execution/shared-memory']
  },
  {
    name: 'programs run from shared memory: mounted again',
    class: 'mask',
    change: dropIn('kas-harden-noexec.service', '[Service]\nExecStart=/bin/mount -o remount,exec /dev/shm\n'),
    fails: ['least-functionality/started']
  },
  {
    name: 'a root shell on a console',
    class: 'service',
    change: (tree) => {
      tree.remove('/etc/systemd/system/debug-shell.service')
      tree.link(
        '/etc/systemd/system/sysinit.target.wants/debug-shell.service',
        '/usr/lib/systemd/system/debug-shell.service'
      )
    },
    fails: [...debugShell, ...autologin]
  },
  {
    name: 'a console that logs in by itself',
    class: 'service',
    change: dropIn(
      'getty@tty1.service',
      '[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin op - linux\n'
    ),
    fails: [...autologin, 'least-functionality/started']
  },
  {
    name: 'shared memory stays',
    class: 'drop-in',
    change: written('/etc/systemd/logind.conf.d/99-local.conf', '[Login]\nRemoveIPC=no\n'),
    fails: ['memory-erasure/ipc']
  },
  {
    name: 'logind masked',
    class: 'mask',
    releases: ['bookworm', 'trixie'],
    change: masked('systemd-logind.service'),
    fails: ['memory-erasure/ipc', 'session-lock/logind', 'session-lock/leftovers']
  },
  {
    name: 'memory of crashed programs kept',
    class: 'drop-in',
    change: written('/etc/systemd/coredump.conf.d/99-local.conf', '[Coredump]\nStorage=external\n'),
    fails: ['memory-erasure/coredump', 'error-handling/coredump']
  }
]

export const kernelHarmless: readonly Harmless[] = [
  {
    name: 'sysctl.d: an earlier file',
    change: written('/etc/sysctl.d/10-local.conf', 'kernel.kptr_restrict = 0\nkernel.sysrq=1\n')
  },
  {
    name: 'sysctl.d: a later pattern over named keys',
    change: written(last, 'net.ipv4.conf.*.accept_source_route = 1\nfs.protected_* = 0\n')
  },
  { name: 'sysctl.d: comments', change: written(last, '# kernel.sysrq = 1\n; kernel.sysrq = 1\n\n') },
  {
    name: 'sysctl.d: other spellings',
    change: written(last, '  kernel/kptr_restrict=2\nnet/ipv4/tcp_syncookies   =  1  \n')
  },
  {
    name: 'sysctl.d: a file of another suffix',
    change: written('/etc/sysctl.d/99-zzz.conf.save', 'kernel.sysrq = 1\n')
  },
  { name: 'sysctl.d: a key of a product', change: written(last, 'net.core.rmem_max = 4194304\n') },
  {
    name: 'sysctl.d: another interface by the same value',
    change: written(last, 'net.ipv4.conf.eth0.accept_redirects = 0\n')
  },
  {
    name: '/etc/sysctl.conf, which 99-sysctl.conf leads to',
    releases: ['bullseye', 'bookworm'],
    change: appended('/etc/sysctl.conf', 'kernel.kptr_restrict = 0\n')
  },
  {
    name: 'kernel command line: a setting systemd-sysctl replaces',
    change: argument('sysctl.kernel.kptr_restrict=0')
  },
  { name: 'kernel command line: quiet', change: argument('quiet loglevel=3 panic=10') },
  { name: 'kernel command line: the same again', change: argument('init_on_free=1') },
  {
    name: 'modprobe.d: a later install',
    change: written('/etc/modprobe.d/zz-local.conf', 'install sctp /sbin/modprobe -i sctp\n')
  },
  {
    name: 'modprobe.d: softdep, alias, options',
    change: written(first, 'softdep ext4 pre: sctp\nalias net-pf-21 rds\noptions sctp no_checksums=1\n')
  },
  { name: 'modprobe.d: true instead of false', change: written(first, 'install sctp /bin/true\n') },
  {
    name: 'modprobe.d: comments and continued lines',
    change: written(first, '# install sctp /sbin/modprobe -i sctp\ninstall sctp \\\n  /usr/bin/false\n')
  },
  {
    name: 'coredump: an earlier file',
    change: written('/etc/systemd/coredump.conf.d/00-local.conf', '[Coredump]\nStorage=journal\n')
  },
  { name: 'a package of compilers that holds no compiler', change: installed('gcc-12-base') },
  {
    name: 'gcc known to dpkg and not installed',
    change: all(
      installed('gcc'),
      replaced(
        '/var/lib/dpkg/status',
        /(Package: gcc\nStatus: )install ok installed/,
        '$1purge ok not-installed'
      )
    )
  }
]
