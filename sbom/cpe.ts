import { parseVersion } from '../lib/debian/version.ts'

/**
 * Debian source packages whose vendor and product in NVD's dictionary are known; others have no CPE.
 * One line per source: `source vendor product`, the product left out where it is the source's name.
 */
const known = `
acl acl_project
apparmor canonical
apt debian advanced_package_tool
bash gnu
bind9 isc bind
busybox busybox
bzip2 bzip
chrony tuxfamily
coreutils gnu
cpio gnu
cryptsetup cryptsetup_project
curl haxx
dbus freedesktop
dnsmasq thekelleys
dpkg debian
e2fsprogs e2fsprogs_project
elfutils elfutils_project
expat libexpat_project libexpat
fail2ban fail2ban
file file_project
gcc-12 gnu gcc
gcc-14 gnu gcc
glib2.0 gnome glib
glibc gnu
gmp gmplib gmp
gnupg2 gnupg gnupg
gnutls28 gnu gnutls
grep gnu
grub2 gnu
gzip gnu
iproute2 iproute2_project
iptables netfilter
krb5 mit kerberos_5
libcap2 libcap_project libcap
libffi libffi_project
libgcrypt20 gnupg libgcrypt
libgpg-error gnupg
libidn2 gnu
libpcap tcpdump
libseccomp libseccomp_project
libssh2 libssh2
libtasn1-6 gnu libtasn1
libtirpc libtirpc_project
libxml2 xmlsoft
libzstd facebook zstandard
linux linux linux_kernel
lz4 lz4_project
mosquitto eclipse
ncurses gnu
nettle nettle_project
nghttp2 nghttp2
nginx f5
openldap openldap
openssh openbsd
openssl openssl
openvpn openvpn
p11-kit p11-kit_project
pam linux-pam linux-pam
pcre2 pcre
pcre3 pcre pcre
perl perl
procps procps-ng_project procps-ng
python3.11 python python
python3.13 python python
rsyslog rsyslog
sqlite3 sqlite sqlite
sudo sudo_project
syslog-ng oneidentity
systemd systemd_project
tar gnu
tpm2-tools tpm2-tools_project
tpm2-tss tpm2_software_stack_project tpm2_software_stack
u-boot denx
util-linux kernel
wget gnu
wpa w1.fi wpa_supplicant
xz-utils tukaani xz
zlib zlib
`

const products: ReadonlyMap<string, { vendor: string; product: string }> = new Map(
  known
    .trim()
    .split('\n')
    .map((line) => {
      const [source = '', vendor = '', product = source] = line.split(' ')
      return [source, { vendor, product }]
    })
)

/**
 * CPE 2.3 of a source package: vendor and product from our table, the version upstream's own. Undefined where the
 * table has no line or the version is no plain release of upstream (snapshots, pre-releases): never a guess.
 * A CPE knows nothing of Debian's own fixes, so the package URL goes first wherever both can be used.
 */
export function cpeOfSource(source: string, version: string): string | undefined {
  const found = products.get(source)
  const upstream = upstreamVersion(version)
  if (!found || upstream === undefined) return undefined
  // NVD keeps the p-level of OpenSSH, sudo and others in the update component.
  const [, release = upstream, update = '*'] = /^([0-9.]+)(p\d+)$/.exec(upstream) ?? []
  const part = found.product === 'linux_kernel' ? 'o' : 'a'
  return `cpe:2.3:${part}:${found.vendor}:${found.product}:${release}:${update}:*:*:*:*:*:*`
}

/**
 * Whether a binary package is the product its source's CPE names: headers and tools of the kernel are not the kernel,
 * nor is the package without a version in its name that only depends on it.
 */
export function carriesProduct(binary: string, source: string): boolean {
  return source === 'linux' || source.startsWith('linux-signed-') ? /^linux-image-\d/.test(binary) : true
}

/** `1:9.2p1-2+deb12u3` -> `9.2p1`; repacked sources (`+dfsg`, `+ds`) are upstream's release without some files. */
function upstreamVersion(version: string): string | undefined {
  const upstream = parseVersion(version).upstream.replace(/[+.~](?:dfsg|ds|repack)[0-9.]*$/, '')
  return /^[0-9]+(?:\.[0-9]+)*(?:[a-z]|p\d+)?$/.test(upstream) ? upstream : undefined
}
