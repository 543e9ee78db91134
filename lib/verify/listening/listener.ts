import type { Evidence } from '../../controls/result.ts'
import { isGlob } from '../readers/glob.ts'
import type { Line } from '../readers/lines.ts'
import { seen } from '../readers/lines.ts'

/** A socket that waits for others on a network, or on a bus to a hypervisor. */
export interface Listener {
  /** As it is allowed: `tcp/22`. */
  port: string
  /** The address it is bound to; `*` is every one. */
  address: string
  /** The unit that opens it. */
  by: string
  evidence: Evidence
}

/** Something that may listen, of which nobody can tell where. */
export interface Undecided {
  /** The unit. */
  by: string
  why: string
  evidence: Evidence
}

/** What was found in one place. */
export interface Listening {
  listeners: readonly Listener[]
  undecided: readonly Undecided[]
}

/** Nothing at all. */
export const nothing: Listening = { listeners: [], undecided: [] }

/** Several findings as one. */
export function joined(parts: readonly Listening[]): Listening {
  return {
    listeners: parts.flatMap(({ listeners }) => listeners),
    undecided: parts.flatMap(({ undecided }) => undecided)
  }
}

/** A listener that a line of a file asks for; none when it is bound to loopback or its port is 0. */
export function listenerOf(
  by: string,
  protocol: string,
  port: string,
  address: string,
  line: Line | Evidence
): readonly Listener[] {
  if (isLoopback(address) || /^0+$/.test(port)) return []
  const evidence = 'text' in line ? seen(line) : line
  return [{ port: `${protocol}/${/^\d+$/.test(port) ? Number(port) : port}`, address, by, evidence }]
}

/** 127.0.0.0/8, ::1 and the IPv4 ones written as IPv6. */
export function isLoopback(address: string): boolean {
  const bare = address.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '')
  return /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/i.test(bare) || /^(?:0{0,4}:){2,7}0{0,3}1$/.test(bare)
}

/** Whether `ports.allowed` names a listener: `tcp/22`, `udp/*`, or the unit that opens it. */
export function isAllowed({ port, by }: Pick<Listener, 'port' | 'by'>, allowed: readonly string[]): boolean {
  return allowed.some(
    (one) =>
      one === by ||
      one === port ||
      (isGlob(one) && one.endsWith('/*') && port.startsWith(one.slice(0, -1))) ||
      isInRange(port, one)
  )
}

/** `tcp/5000` in `tcp/4000-6000`. */
function isInRange(port: string, range: string): boolean {
  const match = /^([a-z-]+)\/(\d+)-(\d+)$/.exec(range)
  const number = Number(port.slice(port.indexOf('/') + 1))
  return (
    match !== null &&
    port.startsWith(`${match[1] ?? ''}/`) &&
    number >= Number(match[2]) &&
    number <= Number(match[3])
  )
}
