import type { CheckContext } from '../check-context.ts'
import { readPackageFiles, realPath } from '../readers/package-files.ts'
import { splitCommand } from '../readers/unit-commands.ts'
import type { Unit } from '../readers/unit-file.ts'
import { obstaclesOf } from '../readers/unit-obstacles.ts'
import { readUnits } from '../readers/units.ts'
import { chronyPorts } from './chrony-ports.ts'
import type { Listening } from './listener.ts'
import { joined, nothing } from './listener.ts'
import { auditdPorts, dhcpPorts, networkdPorts, resolvedPorts } from './other-ports.ts'
import { rsyslogPorts } from './rsyslog-ports.ts'
import { socketUnits } from './socket-units.ts'
import { sshdPorts } from './sshd-ports.ts'

/** A service that runs on and of which we read no configuration. */
export interface OtherService {
  name: string
  path: string
  /** The package that brought its unit, where neither that nor its command was changed. */
  from: string | undefined
}

/** What an image will listen on. */
export interface ImageListening extends Listening {
  others: readonly OtherService[]
}

type PortReader = (context: CheckContext, unit: Unit) => Promise<Listening>

/** Programs whose configuration says where they listen, by name. */
const daemons: ReadonlyMap<string, PortReader> = new Map([
  ['sshd', sshdPorts],
  ['chronyd', chronyPorts],
  ['rsyslogd', rsyslogPorts],
  ['auditd', auditdPorts],
  ['dhcpcd', dhcpPorts],
  ['dhclient', dhcpPorts],
  ['agetty', () => Promise.resolve(nothing)], // asks on a terminal
  ['systemd-networkd', networkdPorts],
  ['systemd-resolved', resolvedPorts]
])

/**
 * What the image will listen on after a boot: sockets of systemd that are started, and services whose
 * configuration we read. Services that end by themselves, that can't start, or that have no network by their unit
 * are left out; all others are named.
 */
export async function readListening(context: CheckContext): Promise<ImageListening> {
  const units = await context.read(readUnits)
  const found: Listening[] = [await socketUnits(context)]
  const others: OtherService[] = []
  for (const name of new Set([...units.started.keys(), ...units.triggered.keys()])) {
    const unit = name.endsWith('.service') ? await units.load(name) : undefined
    if (!unit || unit.masked || isShort(unit) || isIsolated(unit)) continue
    if ((await obstaclesOf(context, unit)).some(({ status }) => status === 'fail')) continue
    const start = unit.values('Service', 'ExecStart').at(-1)
    const program = splitCommand(start?.value ?? '')[0] ?? ''
    const reader = daemons.get(program.slice(program.lastIndexOf('/') + 1))
    if (reader) found.push(await reader(context, unit))
    else others.push(await otherOf(context, unit))
  }
  return { ...joined(found), others }
}

/** What a oneshot leaves behind is its own matter: a person reviews it (docs/limits.md). */
function isShort(unit: Unit): boolean {
  return unit.values('Service', 'Type').at(-1)?.value === 'oneshot'
}

/** Whether the unit itself keeps its processes from opening sockets of a network (systemd.exec(5)). */
function isIsolated(unit: Unit): boolean {
  const last = (key: string): string => unit.values('Service', key).at(-1)?.value ?? ''
  if (/^(?:1|yes|y|true|t|on)$/i.test(last('PrivateNetwork'))) return true
  const denied = unit.values('Service', 'SocketBindDeny').some(({ value }) => value === 'any')
  if (denied && unit.values('Service', 'SocketBindAllow').length === 0) return true
  const families = unit
    .values('Service', 'RestrictAddressFamilies')
    .flatMap(({ value }) => value.split(/\s+/))
  return (
    families.length > 0 &&
    families.every((one) => ['none', 'AF_UNIX', 'AF_LOCAL', 'AF_NETLINK'].includes(one))
  )
}

async function otherOf(context: CheckContext, unit: Unit): Promise<OtherService> {
  const files = await context.read(readPackageFiles)
  const path = unit.fragment ?? ''
  const changed = unit.settings.find(
    (one) => one.path !== path && /^(?:ExecStart|EnvironmentFile)$/.test(one.key) && one.value !== ''
  )
  const from = changed ? undefined : await files.intactFrom(realPath(context.image, path))
  return { name: unit.name, path: changed?.path ?? path, from }
}
