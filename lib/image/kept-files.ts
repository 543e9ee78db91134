/**
 * Groups of small files that checks and the SBOM are sure to ask for. A tar keeps
 * them during its one pass; a file system reads a whole group at the first request.
 */
const groups: readonly (readonly [group: string, pattern: RegExp])[] = [
  ['status', /^\/var\/lib\/dpkg\/status$/],
  ['status.d', /^\/var\/lib\/dpkg\/status\.d\//],
  ['lists', /^\/var\/lib\/dpkg\/info\/[^/]+\.(?:list|conffiles)$/],
  ['copyright', /^\/usr\/share\/doc\/[^/]+\/copyright$/],
  ['os-release', /^\/usr\/lib\/os-release$/],
  ['etc', /^\/etc\//],
  ['vendor', /^(?:\/usr)?\/lib\/(?:sysctl\.d|tmpfiles\.d|modprobe\.d|sysusers\.d|pam\.d|udev\/rules\.d)\//],
  ['vendor', /^(?:\/usr)?\/lib\/systemd\/(?:[^/]+\.d|system|user|system-preset|user-preset|network)\//],
  ['vendor', /^\/usr\/share\/pam-configs\//],
  ['boot', /^\/boot\/(?:grub\/|loader\/|config-)/],
  ['boot', /^(?:\/boot)?\/efi\//],
  ['home', /^\/root\//],
  ['home', /^\/home\/[^/]+\/\.ssh\//]
]

/** All of them in one pattern: most files of an image are in none. */
const anyGroup = new RegExp(groups.map(([, pattern]) => pattern.source).join('|'))

const mebibyte = 2 ** 20

/** Bytes kept of all groups together; what comes later is read on demand. */
export const maximumKeptBytes = 256 * mebibyte

/** The group a file belongs to; undefined when it is not kept. dpkg's status may be 64 MiB, all others 1 MiB. */
export function keptGroup(path: string, size: number): string | undefined {
  if (!anyGroup.test(path)) return undefined
  const group = groups.find(([, pattern]) => pattern.test(path))?.[0]
  return size <= (group === 'status' ? 64 : 1) * mebibyte ? group : undefined
}
