import type { CheckContext } from '../check-context.ts'
import { readChrony } from '../readers/chrony.ts'
import type { Setting } from '../readers/lines.ts'
import type { Unit } from '../readers/unit-file.ts'
import { readUnits } from '../readers/units.ts'
import type { Listener, Listening } from './listener.ts'
import { listenerOf } from './listener.ts'

/**
 * Where chronyd listens (chrony.conf(5)): the server's port only where it serves somebody (`allow`, a peer, a
 * broadcast), the command port on loopback unless `bindcmdaddress` says otherwise, NTS-KE with its certificate,
 * PTP and one port for all requests where they are asked for.
 */
export async function chronyPorts(context: CheckContext, unit: Unit): Promise<Listening> {
  const units = await context.read(readUnits)
  const chrony = unit.name === units.mainName('chrony.service') ? await context.read(readChrony) : undefined
  if (chrony === undefined || 'absent' in chrony) {
    const why = chrony?.absent ?? 'which configuration this chronyd reads is not known'
    return { listeners: [], undecided: [{ by: unit.name, why, evidence: { path: unit.fragment ?? '' } }] }
  }
  const all = (key: string): readonly Setting[] => chrony.settings.filter((one) => one.key === key)
  const last = (key: string): Setting | undefined => all(key).at(-1)
  const at = (key: string, byDefault: string): readonly string[] => {
    const addresses = all(key)
      .map(({ value }) => value)
      .filter((value) => !value.startsWith('/'))
    const four = addresses.findLast((one) => !one.includes(':'))
    const six = addresses.findLast((one) => one.includes(':'))
    return [four ?? (byDefault === '' ? '*' : '127.0.0.1'), six ?? (byDefault === '' ? '*' : '::1')]
  }
  const listen = (
    protocol: string,
    port: string,
    addresses: readonly string[],
    why: Setting
  ): readonly Listener[] =>
    [...new Set(addresses)].flatMap((address) => listenerOf(unit.name, protocol, port, address, why))
  const serves = ['allow', 'peer', 'broadcast'].flatMap((key) => all(key)).at(0)
  const command = all('bindcmdaddress').findLast(({ value }) => !value.startsWith('/'))
  const certificate = last('ntsserverkey') && last('ntsservercert')
  const ptp = last('ptpport')
  const one = last('acquisitionport')
  const listeners = [
    ...(serves
      ? listen('udp', last('port')?.value ?? '123', at('bindaddress', ''), last('port') ?? serves)
      : []),
    ...(command
      ? listen('udp', last('cmdport')?.value ?? '323', at('bindcmdaddress', 'loopback'), command)
      : []),
    ...(certificate
      ? listen('tcp', last('ntsport')?.value ?? '4460', at('bindaddress', ''), last('ntsport') ?? certificate)
      : []),
    ...(ptp ? listen('udp', ptp.value, at('bindaddress', ''), ptp) : []),
    ...(one ? listen('udp', one.value, ['*'], one) : [])
  ]
  return { listeners, undecided: [] }
}
