import type { CheckContext } from '../check-context.ts'
import { mergedDropIns } from '../readers/glob.ts'
import { readPackageFiles, realPath } from '../readers/package-files.ts'
import { parseIni } from '../readers/ini.ts'
import { lastOf, parseKeyValue } from '../readers/key-value.ts'
import { readLines, seen } from '../readers/lines.ts'
import { readSystemdConf } from '../readers/systemd-conf.ts'
import type { Unit } from '../readers/unit-file.ts'
import type { Listener, Listening } from './listener.ts'
import { listenerOf } from './listener.ts'

const yes = /^(?:1|yes|y|true|t|on)$/i
const no = /^(?:0|no|n|false|f|off)$/i

/** auditd listens to other machines where it is given a port (auditd.conf(5), tcp_listen_port). */
export async function auditdPorts({ image }: CheckContext, unit: Unit): Promise<Listening> {
  const lines = (await readLines(image, '/etc/audit/auditd.conf')) ?? []
  const [port] = lastOf(parseKeyValue(lines, { ignoreCase: true }), 'tcp_listen_port')
  return { listeners: port ? listenerOf(unit.name, 'tcp', port.value, '*', port) : [], undecided: [] }
}

/** A DHCP client has the ports of its protocol (RFC 2131, RFC 8415). */
export function dhcpPorts(_: CheckContext, unit: Unit): Promise<Listening> {
  const evidence = { path: unit.fragment ?? '' }
  const listeners = ['68', '546'].flatMap((port) => listenerOf(unit.name, 'udp', port, '*', evidence))
  return Promise.resolve({ listeners, undecided: [] })
}

/** systemd-networkd: a DHCP client; a server where a .network file asks for one (systemd.network(5)). */
export async function networkdPorts(context: CheckContext, unit: Unit): Promise<Listening> {
  const { image } = context
  const { listeners } = await dhcpPorts(context, unit)
  const directories = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'].map(
    (one) => `${one}/systemd/network`
  )
  const files = mergedDropIns(image, directories, (name) => name.endsWith('.network'))
  const dropIns = directories.flatMap((one) =>
    image
      .list(one)
      .filter((name) => name.endsWith('.network.d'))
      .flatMap((name) => mergedDropIns(image, [`${one}/${name}`], (file) => file.endsWith('.conf')))
  )
  const packages = await context.read(readPackageFiles)
  const servers: Listener[] = []
  for (const path of [...files, ...dropIns]) {
    // Debian's own serve the other end of a virtual link, which is inside the device, and only where one is made.
    const isVirtual = /\/80-(?:container|vm)-[^/]*\.network$/.test(path)
    if (isVirtual && (await packages.intactFrom(realPath(image, path))) !== undefined) continue
    for (const one of parseIni((await readLines(image, path)) ?? [])) {
      if (one.section === 'Network' && one.key === 'DHCPServer' && yes.test(one.value))
        servers.push(...listenerOf(unit.name, 'udp', '67', '*', one))
    }
  }
  return { listeners: [...listeners, ...servers], undecided: [] }
}

/**
 * systemd-resolved (resolved.conf(5)): LLMNR and multicast DNS unless they are off, and stubs beside the one on
 * loopback. What holds where nobody says anything is a matter of the build; Debian's file names it in a comment.
 */
export async function resolvedPorts(context: CheckContext, unit: Unit): Promise<Listening> {
  const { image } = context
  const paths = ['/etc/systemd/resolved.conf', '/usr/lib/systemd/resolved.conf', '/lib/systemd/resolved.conf']
  const comments = (await Promise.all(paths.map((path) => readLines(image, path)))).flatMap(
    (lines) => lines ?? []
  )
  const protocols = [
    ['LLMNR', ['udp/5355', 'tcp/5355']],
    ['MulticastDNS', ['udp/5353']]
  ] as const
  const listeners: Listener[] = []
  for (const [key, ports] of protocols) {
    const [set] = await readSystemdConf(context, 'resolved.conf', 'Resolve', key)
    const standard = comments.find(({ text }) => text.startsWith(`#${key}=`))
    const value = set?.value ?? standard?.text.slice(key.length + 2) ?? 'yes'
    if (no.test(value.trim())) continue
    const evidence = set ? seen(set) : standard ? seen(standard) : { path: unit.fragment ?? '' }
    for (const one of ports) {
      const [protocol = '', port = ''] = one.split('/')
      listeners.push(...listenerOf(unit.name, protocol, port, '*', evidence))
    }
  }
  for (const extra of await readSystemdConf(context, 'resolved.conf', 'Resolve', 'DNSStubListenerExtra')) {
    const match = /^(?:(udp|tcp):)?(.*?)(?::(\d+))?$/.exec(
      extra.value.replace(/^((?:udp|tcp):)?([0-9A-Fa-f]*:[0-9A-Fa-f:]*)$/, '$1[$2]')
    )
    for (const protocol of match?.[1] === undefined ? ['udp', 'tcp'] : [match[1]])
      listeners.push(...listenerOf(unit.name, protocol, match?.[3] ?? '53', match?.[2] ?? '*', extra))
  }
  return { listeners, undecided: [] }
}
