import type { Release } from './control.ts'

/**
 * The Debian packages CIP's own security image carries for IEC 62443-4-2:
 * `IMAGE_PREINSTALL` of cip-core-image-security.bb and the dependencies of
 * security-customizations and fail2ban-config (isar-cip-core v1.8 and the
 * newest published recipes, 2025-2026), without the Python libraries fail2ban
 * takes along. A reference set for comparison, not
 * what we install.
 */
const common = [
  'acl',
  'aide',
  'aide-common',
  'audispd-plugins',
  'auditd',
  'chrony',
  'fail2ban',
  'libpam-google-authenticator',
  'libpam-modules',
  'libpam-pkcs11',
  'libpam-runtime',
  'login',
  'nftables',
  'openssh-client',
  'openssh-server',
  'openssh-sftp-server',
  'openssl',
  'passwd',
  'sudo',
  'tpm2-tools',
  'util-linux',
  'uuid-runtime'
]

const added: Readonly<Record<Release, readonly string[]>> = {
  bullseye: ['libpam-cracklib'],
  bookworm: ['libpam-passwdqc'],
  trixie: ['libpam-passwdqc', 'libpam-systemd', 'systemd-cryptsetup']
}

/** CIP's package names for a release, sorted. */
export function cipPackages(release: Release): readonly string[] {
  return [...common, ...added[release]].sort()
}
