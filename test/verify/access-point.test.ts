import { describe, expect, it } from 'vitest'
import type { Check } from '../../lib/controls/check.ts'
import { runChecks } from './run-tree.ts'
import type { Tree } from './tree-image.ts'

const check = (rule: 'authenticated' | 'individual', expected?: string[]): Check => ({
  id: rule,
  title: rule,
  type: 'access-point',
  rule,
  ...(expected ? { expected } : {})
})

const eap = `interface=wlan0
ssid=plant
wpa=2
wpa_key_mgmt=WPA-EAP
rsn_pairwise=CCMP
ieee80211w=2
ieee8021x=1
auth_server_addr=192.0.2.9
auth_server_shared_secret=secret
`
const sae = eap.replace('WPA-EAP', 'SAE').replace(/^ieee8021x.*|^auth.*/gm, '') + 'sae_password=together\n'

async function judged(text: string | undefined, more: Tree = {}, expected?: string[]) {
  const tree: Tree = text === undefined ? {} : { '/etc/hostapd/hostapd.conf': { content: text, mode: 0o600 } }
  const results = await runChecks({ ...tree, ...more }, [
    check('authenticated', expected),
    check('individual', expected)
  ])
  return results.map(({ status }) => status)
}

describe('an access point', () => {
  it('lets each station in by its own identity, or by a password that is not given away', async () => {
    expect(await judged(eap)).toEqual(['pass', 'pass'])
    expect(await judged(sae)).toEqual(['pass', 'fail'])
  })

  it('is none where nothing is told to be one, and must be one where the product is', async () => {
    expect(await judged(undefined)).toEqual(['not-applicable', 'not-applicable'])
    expect(await judged(undefined, {}, ['access-point'])).toEqual(['fail', 'fail'])
  })

  // What hostapd 2.10 of Debian 12 does with each was seen with driver=none and hostapd_cli get_config.
  it.each([
    ['a later line that allows WPA', 'wpa=3\n', ['fail', 'pass']],
    ['a later line in other digits', 'wpa=02x\n', ['pass', 'pass']],
    ['a method more', 'wpa_key_mgmt=WPA-EAP WPA-PSK\n', ['fail', 'fail']],
    ['frames protected for those who want', 'ieee80211w=1\n', ['fail', 'pass']],
    ['TKIP', 'rsn_pairwise=CCMP TKIP\n', ['fail', 'pass']],
    ['a button for everybody', 'wps_state=2\n', ['fail', 'pass']],
    ['a password beside', 'wpa_passphrase=together\n', ['pass', 'fail']],
    ['no 802.1X', 'ieee8021x=0\n', ['pass', 'fail']],
    ['a second network with its defaults', 'bss=wlan0_1\nssid=guests\n', ['fail', 'fail']],
    ['a second network as good', `bss=wlan0_1\n${eap.replace(/^interface.*\n/, '')}`, ['pass', 'pass']],
    ['a line hostapd ends at', 'wpa = 2\n', ['fail', 'fail']],
    ['a comment', '# wpa=1\n\n', ['pass', 'pass']]
  ])('with %s', async (_what, more, expected) => {
    expect(await judged(eap + more)).toEqual(expected)
  })

  it.each([
    ['rsn_pairwise', ['fail', 'pass']],
    ['wpa', ['fail', 'pass']],
    ['wpa_key_mgmt', ['fail', 'fail']],
    ['ieee80211w', ['fail', 'pass']],
    ['auth_server_addr', ['pass', 'fail']]
  ])('without %s has the default of hostapd', async (key, expected) => {
    expect(await judged(eap.replace(new RegExp(`^${key}=.*\n`, 'm'), ''))).toEqual(expected)
  })

  const open = { content: 'interface=wlan1\nssid=open\n', mode: 0o600 }
  const unit = (exec: string) => `[Service]\nEnvironmentFile=-/etc/default/hostapd\nExecStart=${exec}\n`

  it.each<[string, Tree]>([
    ['the instance of an interface', { '/etc/hostapd/wlan1.conf': open }],
    [
      'a unit of the product',
      { '/etc/systemd/system/ap.service': unit('/usr/sbin/hostapd -B /opt/ap.conf'), '/opt/ap.conf': open }
    ],
    [
      'the variable of its unit',
      {
        '/usr/lib/systemd/system/hostapd.service': unit(
          '/usr/sbin/hostapd -B -P /run/hostapd.pid ${DAEMON_CONF}'
        ),
        '/etc/default/hostapd': 'DAEMON_CONF=/opt/ap.conf\n',
        '/opt/ap.conf': open
      }
    ],
    [
      'a radio by option',
      {
        '/etc/systemd/system/ap.service': unit('/usr/sbin/hostapd -b phy1:/opt/ap.conf'),
        '/opt/ap.conf': open
      }
    ],
    [
      'the interface',
      { '/etc/network/interfaces': 'iface wlan1 inet dhcp\n  hostapd /opt/ap.conf\n', '/opt/ap.conf': open }
    ]
  ])('is found by the configuration of %s', async (_where, tree) => {
    expect(await judged(eap, tree)).toEqual(['fail', 'fail'])
    expect(await judged(undefined, tree)).toEqual(['fail', 'fail'])
  })

  it('is not told where its configuration is made on the device, or by another program', async () => {
    const made = { '/etc/systemd/system/ap.service': unit('/usr/sbin/hostapd /run/ap.conf') }
    expect(await judged(eap, made)).toEqual(['unknown', 'unknown'])
    const hotspot = { '/etc/NetworkManager/system-connections/x.nmconnection': '[wifi]\nmode=ap\n' }
    expect(await judged(undefined, hotspot)).toEqual(['unknown', 'unknown'])
  })

  it('keeps its secrets', async () => {
    expect(await judged(undefined, { '/etc/hostapd/hostapd.conf': { content: eap, mode: 0o644 } })).toEqual([
      'fail',
      'fail'
    ])
  })
})
