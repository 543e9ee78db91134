import type { Harmless, Mutation } from '../mutation.ts'
import { all, started, written, type Change } from './system-edits.ts'

const authenticated = 'wireless-access-point/authenticated'
const individual = 'wireless-access-point/individual'

const good =
  'interface=wlan0\nssid=plant\nwpa=2\nwpa_key_mgmt=WPA-EAP\nrsn_pairwise=CCMP\nieee80211w=2\nieee8021x=1\n' +
  'auth_server_addr=192.0.2.9\nauth_server_shared_secret=secret\n'
const configured = (more: string, path = '/etc/hostapd/hostapd.conf'): Change =>
  written(path, good + more, 0o600)

/** Both checks: one that passes where the reference has nothing to look at would be a change nobody asked for. */
const both = [authenticated, individual]
const password = 'wpa_passphrase=together\n'

/** An access point that lets in whom it should not; the reference has none. */
export const wirelessMutations: readonly Mutation[] = [
  ...(
    [
      ['WPA of the first kind, later', `${password}wpa=3\n`],
      ['a password of all beside EAP', `${password}wpa_key_mgmt=WPA-EAP WPA-PSK\n`],
      [
        'SAE with a password of all and no protected frames',
        'wpa_key_mgmt=SAE\nsae_password=x\nieee80211w=1\n'
      ],
      ['no 802.1X, and management frames not protected', 'ieee8021x=0\nieee80211w=0\n'],
      ['a button that lets in', `${password}wps_state=2\n`],
      ['TKIP', `${password}rsn_pairwise=CCMP TKIP\n`],
      ['a second network that is open', 'bss=wlan0_1\nssid=guests\n']
    ] as const
  ).map(([what, more]): Mutation => ({
    name: `access point: ${what}`,
    class: 'edit',
    change: configured(more),
    fails: both
  })),
  {
    name: 'access point: an instance of an interface that is open',
    class: 'diversion',
    change: all(configured(''), written('/etc/hostapd/wlan1.conf', 'interface=wlan1\nssid=open\n', 0o600)),
    fails: both
  },
  {
    name: 'access point: everybody reads its secrets',
    class: 'permission',
    change: written('/etc/hostapd/hostapd.conf', good, 0o644),
    fails: both
  },
  {
    name: 'access point: a service of the product that starts it with a file of its own',
    class: 'service',
    change: all(
      started('ap.service', '[Service]\nExecStart=/usr/sbin/hostapd /opt/ap.conf\n'),
      written('/opt/ap.conf', 'interface=wlan1\nssid=open\n', 0o600)
    ),
    fails: [...both, 'least-functionality/started']
  },
  {
    name: 'access point: by NetworkManager, whose profile nobody reads here',
    class: 'diversion',
    change: written('/etc/NetworkManager/system-connections/ap.nmconnection', '[wifi]\nmode=ap\n', 0o600),
    fails: [],
    unknown: both
  }
]

/** No access point, or one that asks. */
export const wirelessHarmless: readonly Harmless[] = [
  {
    name: 'access point: an empty configuration, which starts nothing',
    change: written('/etc/hostapd/hostapd.conf', '', 0o600)
  }
]
