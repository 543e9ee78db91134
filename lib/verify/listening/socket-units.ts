import type { CheckContext } from '../check-context.ts'
import { readBootOrders } from '../readers/command-lines.ts'
import { seen } from '../readers/lines.ts'
import type { IniSetting } from '../readers/ini.ts'
import { conditionsOf } from '../readers/unit-conditions.ts'
import type { Unit } from '../readers/unit-file.ts'
import { readUnits } from '../readers/units.ts'
import type { Listener, Listening, Undecided } from './listener.ts'
import { joined, listenerOf, nothing } from './listener.ts'

/** Listen… directives with an address of a network; the others open queues, pipes, links to the kernel, or USB functions. */
const networked: Readonly<Record<string, string>> = { ListenStream: 'tcp', ListenDatagram: 'udp' }

/**
 * What sockets of systemd listen on that a boot starts (systemd.socket(5)): drop-ins counted, an empty value of any
 * Listen… directive resets all of them, specifiers of instances put in.
 */
export async function socketUnits(context: CheckContext): Promise<Listening> {
  const units = await context.read(readUnits)
  const found: Listening[] = []
  for (const name of new Set([...units.started.keys(), ...units.triggered.keys()])) {
    const unit = name.endsWith('.socket') ? await units.load(name) : undefined
    if (unit) found.push(await socketOf(context, unit))
  }
  return joined(found)
}

async function socketOf(context: CheckContext, unit: Unit): Promise<Listening> {
  // A socket whose condition fails is never opened.
  const { words } = await context.read(readBootOrders)
  if (conditionsOf(context.image, unit, words).failing.length > 0) return nothing
  const all = unit.settings.filter(({ section, key }) => section === 'Socket' && key.startsWith('Listen'))
  const asked = all.slice(all.findLastIndex(({ value }) => value === '') + 1)
  const protocol = unit.values('Socket', 'SocketProtocol').at(-1)?.value
  const listeners: Listener[] = []
  const undecided: Undecided[] = []
  for (const setting of asked) {
    const plain = networked[setting.key]
    if (plain === undefined || /^[/@]/.test(setting.value)) continue
    const value = withSpecifiers(setting.value, unit.name)
    const address = value === undefined ? undefined : parseAddress(value)
    if (address === undefined) undecided.push(strange(unit, setting))
    else {
      const kind = address.vsock ? 'vsock' : protocol === 'sctp' || protocol === 'udplite' ? protocol : plain
      listeners.push(...listenerOf(unit.name, kind, address.port, address.address, setting))
    }
  }
  return { listeners, undecided }
}

function strange(unit: Unit, setting: IniSetting): Undecided {
  return { by: unit.name, why: `${setting.key}=${setting.value} is not understood`, evidence: seen(setting) }
}

/** `22`, `192.0.2.1:22`, `[::]:22`, `[fe80::1]:22%eth0`, `vsock:CID:22`. */
function parseAddress(text: string): { address: string; port: string; vsock?: true } | undefined {
  const vsock = /^vsock(?:-(?:stream|dgram|seqpacket))?:(\d*):(\d+)$/.exec(text)
  if (vsock) return { address: `vsock ${vsock[1] ?? ''}`, port: vsock[2] ?? '', vsock: true }
  const match = /^(?:(\d+(?:\.\d+){3}):|(\[[0-9A-Fa-f:.]+\]):)?(\d{1,5})(?:%[\w.-]+)?$/.exec(text)
  return match ? { address: match[1] ?? match[2] ?? '*', port: match[3] ?? '' } : undefined
}

/** The specifiers a unit's name decides (systemd.unit(5)); undefined where another one stands. */
function withSpecifiers(text: string, name: string): string | undefined {
  const stem = name.slice(0, name.lastIndexOf('.'))
  const [prefix = '', instance = ''] = stem.split(/@(.*)/s)
  let known = true
  const filled = text.replace(/%(.)/g, (_, one: string) => {
    const value = { '%': '%', i: instance, I: instance, p: prefix, P: prefix, n: name, N: stem }[one]
    known &&= value !== undefined
    return value ?? ''
  })
  return known ? filled : undefined
}
