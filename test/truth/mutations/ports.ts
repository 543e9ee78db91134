import type { Harmless, Mutation } from '../mutation.ts'
import { all, appended, dropIn, masked, replaced, started, written } from './system-edits.ts'
import type { Change } from './system-edits.ts'

const ports = ['least-functionality/ports']
const startedToo = [...ports, 'least-functionality/started']
const sshd = (name: string, text: string): Change => written(`/etc/ssh/sshd_config.d/${name}`, text)
const chrony = (text: string): Change => written('/etc/chrony/conf.d/zz-local.conf', text)
const socket = (text: string, name = 'local.socket'): Change =>
  all(
    written('/etc/systemd/system/local@.service', '[Service]\nExecStart=/opt/x\n'),
    written('/etc/systemd/system/local.service', '[Service]\nExecStart=/opt/x\n'),
    started(name, `[Socket]\n${text}`, 'sockets.target')
  )

/** Something listens that nobody allowed. */
const listening: readonly Mutation[] = [
  {
    name: 'ports: a second Port of sshd in a drop-in',
    class: 'drop-in',
    change: sshd('99-local.conf', 'Port 22\nPort 2222\n'),
    fails: ports
  },
  {
    name: 'ports: an address of sshd with a port of its own',
    class: 'drop-in',
    change: sshd('99-local.conf', 'ListenAddress 0.0.0.0\nListenAddress [::]:2022\n'),
    fails: ports
  },
  {
    name: 'ports: sshd reads another file',
    class: 'include',
    change: all(
      written('/etc/ssh/more', 'Port=4711\n'),
      appended('/etc/ssh/sshd_config', '\nInclude /etc/ssh/mor[e]\n')
    ),
    fails: ports
  },
  {
    name: 'ports: an option for sshd in its environment',
    class: 'edit',
    change: replaced('/etc/default/ssh', /^SSHD_OPTS=.*$/m, 'SSHD_OPTS="-p 443"'),
    fails: ports
  },
  {
    name: 'ports: a socket enabled by a link',
    class: 'service',
    change: socket('ListenStream=4711\nAccept=yes\n'),
    fails: startedToo
  },
  {
    name: 'ports: a socket for datagrams on every IPv6 address',
    class: 'service',
    change: socket('ListenDatagram=[::]:161\n'),
    fails: startedToo
  },
  {
    name: 'ports: a socket of a template whose instance is the port',
    class: 'generator',
    change: all(
      written('/etc/systemd/system/local@.service', '[Service]\nExecStart=/opt/x\n'),
      written('/etc/systemd/system/local@.socket', '[Socket]\nListenStream=%i\nAccept=no\n'),
      (tree) => {
        tree.link('/etc/systemd/system/sockets.target.wants/local@8080.socket', '../local@.socket')
      }
    ),
    fails: startedToo
  },
  {
    name: 'ports: a socket of systemd gets an address more',
    class: 'drop-in',
    change: dropIn('systemd-initctl.socket', '[Socket]\nListenStream=192.0.2.1:4711\n'),
    fails: startedToo
  },
  {
    name: 'ports: a socket to the hypervisor',
    class: 'service',
    change: socket('ListenStream=vsock::22\n'),
    fails: startedToo
  },
  {
    name: 'ports: ssh by its socket, on another port',
    class: 'drop-in',
    releases: ['bookworm', 'trixie'],
    change: all(dropIn('ssh.socket', '[Socket]\nListenStream=\nListenStream=2222\n'), (tree) => {
      tree.link('/etc/systemd/system/sockets.target.wants/ssh.socket', '/usr/lib/systemd/system/ssh.socket')
    }),
    fails: startedToo
  },
  {
    name: 'ports: chrony takes commands from the network',
    class: 'drop-in',
    change: chrony('cmdport 323\nbindcmdaddress 0.0.0.0\ncmdallow all\n'),
    fails: ports
  },
  {
    name: 'ports: rsyslog takes records by TCP',
    class: 'edit',
    change: appended(
      '/etc/rsyslog.conf',
      'module(load="imtcp")\ninput(\n  type="imtcp"\n  port="514" # all\n)\n'
    ),
    fails: [...ports, 'log-forwarding/forwarding']
  },
  {
    name: 'ports: rsyslog takes records by UDP, by the directives of old',
    class: 'include',
    change: all(
      written('/etc/rsyslog.d/x.conf', '$ModLoad imudp\n$UDPServerRun 514\n'),
      appended('/etc/rsyslog.conf', '$IncludeConfig /etc/rsyslog.d/*.conf\n')
    ),
    fails: [...ports, 'log-forwarding/forwarding']
  },
  {
    name: 'ports: auditd takes records of others',
    class: 'edit',
    change: appended('/etc/audit/auditd.conf', 'TCP_LISTEN_PORT = 60\n'),
    fails: ports
  },
  {
    name: 'ports: a resolver that answers its neighbours',
    class: 'service',
    change: all(
      written('/lib/systemd/systemd-resolved', 'ELF', 0o755),
      written('/etc/systemd/resolved.conf', '[Resolve]\nLLMNR=yes\n'),
      started('systemd-resolved.service', '[Service]\nExecStart=/lib/systemd/systemd-resolved\n')
    ),
    fails: startedToo
  }
]

/** Nobody can tell what listens. */
const unclear: readonly Mutation[] = [
  {
    name: 'ports: a server nobody knows',
    class: 'binary',
    change: all(
      written('/usr/sbin/server', 'ELF', 0o755),
      started('server.service', '[Service]\nExecStart=/usr/sbin/server\n')
    ),
    fails: ['least-functionality/started'],
    unknown: ports
  },
  {
    name: 'ports: the bus runs another program',
    class: 'binary',
    change: all(
      written('/usr/sbin/server', 'ELF', 0o755),
      dropIn('dbus.service', '[Service]\nExecStart=\nExecStart=/usr/sbin/server\n')
    ),
    fails: ['least-functionality/started'],
    unknown: ports
  }
]

export const portMutations: readonly Mutation[] = [...listening, ...unclear]

export const portHarmless: readonly Harmless[] = [
  { name: 'ports: sshd says what holds anyway', change: sshd('99-local.conf', 'port=22\nListenAddress *\n') },
  {
    name: 'ports: sshd on loopback as well',
    change: sshd('99-local.conf', 'ListenAddress 127.0.0.1:2222\nListenAddress 192.0.2.1\n')
  },
  {
    name: 'ports: a socket nobody starts',
    change: written('/etc/systemd/system/x.socket', '[Socket]\nListenStream=1\n')
  },
  {
    name: 'ports: a socket that is masked',
    change: all(masked('x.socket'), (tree) => {
      tree.link('/etc/systemd/system/sockets.target.wants/x.socket', '/usr/lib/systemd/system/x.socket')
    })
  },
  {
    name: 'ports: a bind address of chrony without a server',
    change: chrony('bindaddress 192.0.2.1\nbindcmdaddress ::1\n')
  }
]
