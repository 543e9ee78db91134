import type { CheckContext } from '../check-context.ts'
import { readLines, seen } from '../readers/lines.ts'
import type { SshdSetting } from '../readers/sshd.ts'
import { readSshd } from '../readers/sshd.ts'
import { otherServers } from '../readers/sshd-command-line.ts'
import { splitCommand } from '../readers/unit-commands.ts'
import type { Unit } from '../readers/unit-file.ts'
import { readUnits } from '../readers/units.ts'
import type { Listening } from './listener.ts'
import { joined, listenerOf, nothing } from './listener.ts'

/**
 * Where a server of ssh listens (sshd_config(5), Port and ListenAddress; sshd(8), -p): every Port counts, those of
 * the file not beside `-p`; an address without a port has all of them. With `-i` it takes what another one opened.
 */
export async function sshdPorts(context: CheckContext, unit: Unit): Promise<Listening> {
  const units = await context.read(readUnits)
  const start = unit.values('Service', 'ExecStart').at(-1)
  if (
    !start ||
    splitCommand(start.value)
      .slice(1)
      .some((word) => /^-[46dDeqG]*[itTG]/.test(word))
  )
    return nothing
  const { settings } = await context.read(readSshd)
  const main = settings.filter(({ match }) => match === undefined)
  if (unit.name === units.mainName('ssh.service')) {
    const inMatch = settings.filter(
      ({ key, match }) => match !== undefined && !match.startsWith('the server of ') && isAddress(key)
    )
    const refused = inMatch.map((one) => ({
      by: unit.name,
      why: `sshd refuses ${one.key} inside of a Match block and does not start`,
      evidence: seen(one)
    }))
    return joined([await listen(context, unit, main), { listeners: [], undecided: refused }])
  }
  const server = (await otherServers(context)).get(unit.name)
  const own = settings.filter(({ match }) => match === `the server of ${unit.name}`)
  // Where it names no other file, it reads the same one; that is in the settings only once.
  const shared =
    own.length > (server?.settings.length ?? 0) ? [] : main.filter(({ option }) => option === undefined)
  return listen(context, unit, [...own, ...shared])
}

function isAddress(key: string): boolean {
  return key === 'port' || key === 'listenaddress'
}

async function listen(
  context: CheckContext,
  unit: Unit,
  settings: readonly SshdSetting[]
): Promise<Listening> {
  const given = settings.filter(({ key, option }) => key === 'port' && option === 'p')
  const written = given.length > 0 ? given : settings.filter(({ key }) => key === 'port')
  const standard: SshdSetting = {
    path: unit.fragment ?? '',
    line: 1,
    text: 'Port 22, the default',
    key: 'port',
    value: '22'
  }
  const ports = written.length > 0 ? written : [standard]
  const addresses = settings.filter(({ key }) => key === 'listenaddress')
  if (addresses.length === 0) {
    return {
      listeners: ports.flatMap((one) => listenerOf(unit.name, 'tcp', one.value, '*', one)),
      undecided: []
    }
  }
  const localhost = await localhostIsLoopback(context)
  const listeners = addresses.flatMap((one) => {
    const { host, port } = hostAndPort(one.value)
    const address = host.toLowerCase() === 'localhost' && localhost ? '127.0.0.1' : host
    return (port === undefined ? ports.map(({ value }) => value) : [port]).flatMap((number) =>
      listenerOf(unit.name, 'tcp', number, address, one)
    )
  })
  return { listeners, undecided: [] }
}

/** `host`, `host:port`, `[v6]:port`, a bare IPv6 address, each with `rdomain NAME`. */
function hostAndPort(text: string): { host: string; port?: string } {
  const bare = text.split(' ')[0] ?? ''
  const match = /^\[(.*)\](?::(\d+))?$/.exec(bare) ?? /^([^:]*):(\d+)$/.exec(bare)
  if (!match) return { host: bare }
  return { host: match[1] ?? '', ...(match[2] === undefined ? {} : { port: match[2] }) }
}

/** Whether every address /etc/hosts gives the name is a loopback one. */
async function localhostIsLoopback({ image }: CheckContext): Promise<boolean> {
  const lines = (await readLines(image, '/etc/hosts')) ?? []
  const named = lines
    .map(({ text }) => text.replace(/#.*/, '').trim().split(/\s+/))
    .filter(([, ...names]) => names.some((name) => name.toLowerCase() === 'localhost'))
  return named.every(([address = '']) => address.startsWith('127.') || address === '::1')
}
