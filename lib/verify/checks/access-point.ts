import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { absent, combined, failed, passed, undecided } from '../check-context.ts'
import type { Bss, Hostapd } from '../readers/hostapd.ts'
import { readHostapd } from '../readers/hostapd.ts'
import { seen, type Setting } from '../readers/lines.ts'

/** Of EAP: everybody has an identity of their own. */
const individual = /^(?:FT-EAP(?:-SHA384)?|WPA-EAP(?:-SHA256|-SUITE-B(?:-192)?)?)$/
/** Of SAE: who listens can't try passwords. */
const password = /^(?:FT-SAE|SAE)$/
/** Secrets several stations share, or that a file of them holds. */
const shared = [
  'wpa_passphrase',
  'wpa_psk',
  'wpa_psk_file',
  'wpa_psk_radius',
  'sae_password',
  'sae_password_file'
]

/**
 * hostapd.conf(5) of every network the device may offer. Not applicable where nothing in the image is told to be an
 * access point, unless the product is one.
 */
export async function checkAccessPoint(
  check: CheckOf<'access-point'>,
  context: CheckContext
): Promise<Outcome> {
  const hostapd = await context.read(readHostapd)
  const { files, missing, others } = hostapd
  if (files.length + missing.length + others.length === 0) {
    return (check.expected ?? []).includes('access-point')
      ? failed(
          'The product is an access point (board.options), and hostapd has no configuration in the image'
        )
      : absent('Nothing in the image is told to be an access point')
  }
  const judge = check.rule === 'authenticated' ? authenticated : individually
  const networks = files.flatMap((file) => file.networks)
  const parts = [
    ...unread(hostapd),
    ...files.flatMap((file) =>
      file.refused ? [failed(`${file.path}: hostapd ends at this line`, [seen(file.refused)])] : []
    ),
    ...files.flatMap(({ path }) => closed(context, path)),
    ...networks.flatMap(judge)
  ]
  return combined(parts, `${networks.length} wireless networks are as wanted`)
}

function unread({ missing, others }: Hostapd): Outcome[] {
  return [
    ...missing.map((path) => undecided(`hostapd is started with ${path}, which is not in the image`)),
    ...others.map((path) => undecided(`${path} makes another program an access point`, [{ path }]))
  ]
}

/** Keys and secrets of the server of identities stand in it. */
function closed({ image }: CheckContext, path: string): Outcome[] {
  const entry = image.stat(path)
  if (!entry || (entry.uid === 0 && (entry.mode & 0o027) === 0)) return []
  return [failed(`${path} can be read or changed by others than root and its group`, [{ path }])]
}

function authenticated(bss: Bss): Outcome[] {
  const methods = methodsOf(bss)
  return [
    answer(bss, 'wpa', (value) => numberOf(value) === 2, '2 (RSN only)'),
    methods.length > 0 && methods.every((one) => password.test(one) || individual.test(one))
      ? passed(`${bss.name}: ${methods.join(', ')}`)
      : wrong(bss, 'wpa_key_mgmt', 'SAE or WPA-EAP and nothing else'),
    answer(bss, 'ieee80211w', (value) => numberOf(value) === 2, '2 (management frames protected)'),
    strongCiphers(bss),
    answer(bss, 'wps_state', (value) => numberOf(value) === 0, '0 (no WPS)', '0')
  ]
}

function individually(bss: Bss): Outcome[] {
  const methods = methodsOf(bss)
  const secrets = bss.settings.filter(({ key }) => shared.includes(key))
  return [
    methods.length > 0 && methods.every((one) => individual.test(one))
      ? passed(`${bss.name}: ${methods.join(', ')}`)
      : wrong(bss, 'wpa_key_mgmt', 'WPA-EAP and nothing else'),
    answer(bss, 'ieee8021x', (value) => numberOf(value) === 1, '1'),
    secrets.length === 0
      ? passed(`${bss.name} has no shared secret`)
      : failed(
          `${bss.name} has a secret that stations share`,
          secrets.map(({ path, line, key }) => ({ path, line, value: key }))
        ),
    last(bss, 'auth_server_addr') || numberOf(last(bss, 'eap_server')?.value ?? '0') === 1
      ? passed(`${bss.name} has a server of identities`)
      : failed(`${bss.name} names no server of identities (auth_server_addr, eap_server)`, [seen(bss.place)])
  ]
}

/** Ciphers of RSN; without a line of their own those of WPA, whose default is TKIP. */
function strongCiphers(bss: Bss): Outcome {
  const ciphers = (last(bss, 'rsn_pairwise') ?? last(bss, 'wpa_pairwise'))?.value.split(/[ \t]+/) ?? ['TKIP']
  return ciphers.every((one) => /^(?:CCMP|GCMP)(?:-256)?$/.test(one))
    ? passed(`${bss.name}: ${ciphers.join(', ')}`)
    : wrong(bss, 'rsn_pairwise', 'CCMP or GCMP')
}

function answer(
  bss: Bss,
  key: string,
  good: (value: string) => boolean,
  wanted: string,
  unset = ''
): Outcome {
  const setting = last(bss, key)
  return good(setting?.value ?? unset) ? passed(`${bss.name}: ${key}`) : wrong(bss, key, wanted)
}

function wrong(bss: Bss, key: string, wanted: string): Outcome {
  const setting = last(bss, key)
  const is = setting ? `is ${setting.value}` : 'is not set'
  return failed(`${bss.name}: ${key} ${is}; it must be ${wanted}`, [seen(setting ?? bss.place)])
}

function methodsOf(bss: Bss): string[] {
  return (last(bss, 'wpa_key_mgmt')?.value ?? 'WPA-PSK').split(/[ \t]+/).filter(Boolean)
}

function last(bss: Bss, key: string): Setting | undefined {
  return bss.settings.findLast((one) => one.key === key)
}

/** As atoi(3): digits at the start, else 0. */
function numberOf(value: string): number {
  return Number(/^\s*([+-]?\d+)/.exec(value)?.[1] ?? (value === '' ? NaN : 0))
}
