import { createHash } from 'node:crypto'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { Check } from '../../lib/controls/check.ts'
import { isLoopback } from '../../lib/verify/listening/listener.ts'
import { readListening } from '../../lib/verify/listening/read-listening.ts'
import { inDirectory, output } from './oracle.ts'
import { contextOf, runChecks } from './run-tree.ts'
import { goodTree } from './good-tree.ts'
import { treeImage, type Tree } from './tree-image.ts'

const check = v.parse(Check, {
  id: 'ports',
  title: 'ports',
  type: 'listening',
  allow: [
    'tcp/22',
    'udp/4000-4010',
    'sctp/*',
    'udp/68',
    'udp/546',
    'known.service',
    'nftables.service',
    'systemd-sysctl.service',
    'dailyaidecheck.service'
  ],
  silent: ['silent*']
})
const program = { content: 'ELF', mode: 0o755 }

const started = (name: string, text: string, by = 'multi-user'): Tree => ({
  [`/etc/systemd/system/${name}`]: text,
  [`/etc/systemd/system/${by}.target.wants/${name}`]: { link: `/etc/systemd/system/${name}` }
})
const socket = (text: string): Tree => started('x.socket', `[Socket]\n${text}\n`, 'sockets')
const service = (text: string, name = 'x.service'): Tree => ({
  ...started(name, `[Service]\n${text}\n`),
  '/usr/sbin/x': program,
  '/usr/sbin/rsyslogd': program,
  '/usr/sbin/chronyd': program,
  '/usr/lib/systemd/systemd-resolved': program,
  '/usr/lib/systemd/systemd-networkd': program
})
const sshd = (text: string): Tree => ({ '/etc/ssh/sshd_config.d/10.conf': text })
const rsyslog = (text: string, more: Tree = {}): Tree => ({
  ...service('ExecStart=/usr/sbin/rsyslogd -n', 'rsyslog.service'),
  '/etc/rsyslog.conf': text,
  ...more
})
const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
/** Debian's own configuration for the virtual links of containers. */
const containers = (text: string): Tree => ({
  ...service('ExecStart=/usr/lib/systemd/systemd-networkd', 'systemd-networkd.service'),
  '/var/lib/dpkg/info/auditd.md5sums': `${md5('[Network]\nDHCPServer=yes\n')}  usr/lib/systemd/network/80-container-ve.network\n`,
  '/usr/lib/systemd/network/80-container-ve.network': text
})
const chrony = (text: string): Tree => ({
  ...service('ExecStart=!/usr/sbin/chronyd $DAEMON_OPTS', 'chrony.service'),
  '/etc/chrony/chrony.conf': text
})

// sshd -T needs /run/sshd; a private tmpfs gives it one.
const sshdTest =
  'd=$1; shift; mount -t tmpfs none /run && mkdir /run/sshd && exec /usr/sbin/sshd -T -h $d/key -f $d/main $*'

async function judged(change: Tree): Promise<string> {
  const [result] = await runChecks(change, [check])
  return `${result?.status ?? ''}: ${result?.message ?? ''}`
}

describe('what an image will listen on', () => {
  it.each<[string, Tree]>([
    ['ssh', {}],
    [
      'a socket of files, of the kernel, and a queue',
      socket('ListenStream=/run/x\nListenDatagram=@x\nListenNetlink=audit 1\nListenMessageQueue=/x')
    ],
    [
      'a socket on loopback',
      socket('ListenStream=127.0.0.1:80\nListenStream=[::1]:80\nListenDatagram=127.1.2.3:80')
    ],
    ['a socket that was taken back', socket('ListenStream=80\nListenDatagram=\nListenStream=22')],
    [
      'a socket whose condition fails',
      started('x.socket', '[Unit]\nConditionPathExists=/etc/nothing\n[Socket]\nListenStream=80\n', 'sockets')
    ],
    ['a range of ports', socket('ListenDatagram=4007')],
    ['every port of a protocol', socket('ListenStream=80\nSocketProtocol=sctp')],
    ['a service that ends', service('Type=oneshot\nExecStart=/usr/sbin/x')],
    ['a service whose program is not there', started('x.service', '[Service]\nExecStart=/opt/x\n')],
    ['a service that is named', service('ExecStart=/usr/sbin/x', 'known.service')],
    ['a service without a network', service('ExecStart=/usr/sbin/x\nPrivateNetwork=yes')],
    [
      'a service of local sockets',
      service('ExecStart=/usr/sbin/x\nRestrictAddressFamilies=AF_UNIX AF_NETLINK')
    ],
    ['a service that may bind nothing', service('ExecStart=/usr/sbin/x\nSocketBindDeny=any')],
    [
      'rsyslog that only sends',
      rsyslog(
        '# input(type="imtcp" port="1")\n/* $UDPServerRun 9 */\ninput(type="imuxsock")\naction(type="omfwd" port="514")\n'
      )
    ],
    ['rsyslog on loopback', rsyslog('input(type="imudp" address="127.0.0.1" port="514")\n')],
    ['chrony that serves nobody', chrony('port 123\nserver 192.0.2.1\nbindcmdaddress /run/x\n')],
    ['chrony that serves this device', chrony('allow\nbindaddress 127.0.0.1\nbindaddress ::1\n')],
    ['chrony without a port', chrony('port 0\nallow all\n')],
    [
      'a resolver without neighbours',
      {
        ...service('ExecStart=/usr/lib/systemd/systemd-resolved', 'systemd-resolved.service'),
        '/usr/lib/systemd/resolved.conf':
          '[Resolve]\n#LLMNR=no\n#MulticastDNS=no\nDNSStubListenerExtra=127.0.0.2\n'
      }
    ],
    ['the other end of a virtual link, as Debian has it', containers('[Network]\nDHCPServer=yes\n')]
  ])('passes: %s', async (_, change) => {
    expect(await judged(change)).toMatch(/^pass: /)
  })

  it.each<[string, Tree, RegExp]>([
    ['another port of ssh', sshd('Port 2222\n'), /ssh\.service listens on tcp\/2222/],
    [
      'another port in a file of a file',
      { ...sshd('Include more\n'), '/etc/ssh/more': 'port = 22\nport 23\n' },
      /tcp\/23/
    ],
    [
      'another port by an address',
      sshd('ListenAddress [2001:db8::1]:2222 rdomain x\n'),
      /tcp\/2222 at 2001:db8::1/
    ],
    ['another port by an option', { '/etc/default/ssh': 'SSHD_OPTS="-o Port=2222"\n' }, /tcp\/2222/],
    [
      'an option before the file',
      { '/etc/default/ssh': 'SSHD_OPTS="-p 2222"\n', ...sshd('Port 22\n') },
      /^fail: ssh\.service listens on tcp\/2222, which is on no list$/
    ],
    [
      'another server',
      service('ExecStart=/usr/sbin/sshd -D -p 2222', 'other.service'),
      /other\.service listens on tcp\/2222/
    ],
    [
      'another server with its own file',
      { ...service('ExecStart=/usr/sbin/sshd -D -f /etc/x', 'other.service'), '/etc/x': 'Port 2022\n' },
      /tcp\/2022/
    ],
    ['a socket', socket('ListenStream=8080'), /x\.socket listens on tcp\/8080/],
    ['a socket on all IPv6 addresses', socket('ListenDatagram=[::]:161'), /udp\/161/],
    [
      'a socket in a drop-in',
      {
        ...socket('ListenStream=/run/x'),
        '/etc/systemd/system/x.socket.d/y.conf': '[Socket]\nListenStream=8080\n'
      },
      /tcp\/8080/
    ],
    [
      'an instance',
      {
        '/etc/systemd/system/x@.socket': '[Socket]\nListenStream=%i\n',
        '/etc/systemd/system/sockets.target.wants/x@80.socket': { link: '../x@.socket' }
      },
      /x@80\.socket listens on tcp\/80/
    ],
    ['a socket to the hypervisor', socket('ListenStream=vsock::22'), /vsock\/22/],
    [
      'rsyslog by TCP',
      rsyslog('module(load="imtcp")\ninput(type="imtcp"\n  # why\n  port=["514", "601"])\n'),
      /tcp\/514.*tcp\/601/
    ],
    [
      'rsyslog by what it includes',
      rsyslog('include(file="/etc/r.d/*.conf")\n', { '/etc/r.d/a.conf': '$UDPServerRun 514\n' }),
      /udp\/514/
    ],
    [
      'rsyslog with another file',
      {
        ...rsyslog(''),
        ...service('ExecStart=/usr/sbin/rsyslogd -n -f /etc/r', 'rsyslog.service'),
        '/etc/r': 'input(type="imudp")\n'
      },
      /udp\/514/
    ],
    ['chrony that serves time', chrony('allow 192.0.2.0/24\n'), /udp\/123/],
    ['chrony that serves time on another port', chrony('allow\nport 11123\n'), /udp\/11123/],
    ['chrony that takes commands', chrony('bindcmdaddress 0.0.0.0\n'), /udp\/323/],
    ['chrony with NTS', chrony('ntsserverkey /k\nntsservercert /c\n'), /tcp\/4460/],
    ['auditd', { '/etc/audit/auditd.conf': 'tcp_listen_port = 60\n' }, /tcp\/60/],
    [
      'a resolver',
      service('ExecStart=/usr/lib/systemd/systemd-resolved', 'systemd-resolved.service'),
      /udp\/5353/
    ],
    [
      'a resolver for others',
      {
        ...service('ExecStart=/usr/lib/systemd/systemd-resolved', 'systemd-resolved.service'),
        '/etc/systemd/resolved.conf':
          '[Resolve]\nLLMNR=no\nMulticastDNS=no\nDNSStubListenerExtra=udp:192.0.2.1:9953\n'
      },
      /udp\/9953/
    ],
    [
      'a server of addresses',
      {
        ...service('ExecStart=/usr/lib/systemd/systemd-networkd', 'systemd-networkd.service'),
        '/etc/systemd/network/x.network': '[Network]\nDHCPServer=yes\n'
      },
      /udp\/67/
    ],
    [
      'a server of addresses in the place of what Debian has',
      containers('[Network]\nDHCPServer=yes\nAddress=192.0.2.1/24\n'),
      /udp\/67/
    ]
  ])('fails: %s', async (_, change, message) => {
    const said = await judged(change)
    expect(said).toMatch(/^fail: /)
    expect(said).toMatch(message)
  })

  it.each<[string, Tree, RegExp]>([
    [
      'a service nobody knows',
      service('ExecStart=/usr/sbin/x'),
      /what x\.service \(of no package, or changed\)/
    ],
    [
      'families that are only denied',
      service('ExecStart=/usr/sbin/x\nRestrictAddressFamilies=~AF_PACKET'),
      /x\.service/
    ],
    ['a specifier only the device knows', socket('ListenStream=%H:22'), /is not understood/],
    ['a Port that sshd refuses', sshd('Match user x\nPort 22\n'), /refuses port/],
    [
      'a port of rsyslog that is no number',
      rsyslog('input(type="imtcp" port=`echo $PORT`)\n'),
      /imtcp is not a number/
    ],
    ['a chronyd beside chrony', service('ExecStart=/usr/sbin/chronyd -f /etc/x'), /which configuration/]
  ])('is not known: %s', async (_, change, message) => {
    const said = await judged(change)
    expect(said).toMatch(/^unknown: /)
    expect(said).toMatch(message)
  })

  it('is, of a server of ssh, what sshd itself says', async () => {
    const line = fc.oneof(
      fc.constantFrom('Port 22', 'port=2222', ' Port "443" # why', 'Include @/a.conf', 'LogLevel INFO'),
      fc.constantFrom(
        'ListenAddress 0.0.0.0',
        'listenaddress 192.0.2.1:24',
        'ListenAddress [2001:db8::1]:25',
        'ListenAddress ::',
        'ListenAddress [::1]'
      ),
      fc.constantFrom('ListenAddress 127.0.0.1:26', '# Port 9')
    )
    const file = fc.array(line, { maxLength: 4 }).map((lines) => `${lines.join('\n')}\n`)
    const options = fc.constantFrom(
      '',
      '-p 2201',
      '-o Port=2202',
      '-p 2203 -p 2204',
      '-oListenAddress=192.0.2.7'
    )
    await fc.assert(
      fc.asyncProperty(
        file,
        file.map((text) => text.replaceAll('Include', '#')),
        options,
        async (main, other, option) => {
          const said = inDirectory(
            (directory) => ({ main: main.replaceAll('@', directory), 'a.conf': other }),
            (directory) => {
              output('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${directory}/key`])
              return output('unshare', ['-rm', 'sh', '-c', sshdTest, 'sh', directory, ...option.split(' ')])
            }
          )
          const wanted = [...said.matchAll(/^listenaddress (.*):(\d+)$/gm)]
            .filter(([, address = '']) => !isLoopback(address))
            .map(([, , port = '']) => `tcp/${port}`)
          const image = treeImage(goodTree, {
            '/etc/ssh/sshd_config': main.replaceAll('@', '/etc/ssh'),
            '/etc/ssh/a.conf': other,
            '/etc/default/ssh': `SSHD_OPTS="${option}"\n`
          })
          const { listeners } = await (await contextOf(image)).read(readListening)
          const ssh = listeners.filter(({ by }) => by === 'ssh.service').map(({ port }) => port)
          expect([...new Set(ssh)].sort()).toEqual([...new Set(wanted)].sort())
        }
      ),
      { numRuns: 25 }
    )
  })
})
