import type { Release } from '../controls/control.ts'

/** An account as isar's image-account-extension describes it (USERS, USER_x[...]). */
export interface BuildAccount {
  name: string
  /** crypt(5) hash, or clear text with the flag `clear-text-password`; absent: locked. */
  password?: string
  flags: readonly string[]
  groups: readonly string[]
  shell?: string
  home?: string
  comment?: string
  uid?: string
  gid?: string
}

/** A group of GROUPS and GROUP_x[...]. */
export interface BuildGroup {
  name: string
  gid?: string
  system?: boolean
}

/** Something of the kas project that only isar can build. */
export interface NotBuilt {
  variable: string
  value: string
  /** `file:line` of the assignment. */
  origin: string
}

/** All that decides the image the embedded engine makes. */
export interface BuildRequest {
  /** Name of the image recipe: isar-image-base. */
  image: string
  distro: string
  machine: string
  release: Release
  architecture: 'amd64'
  hostname: string
  /** Debian packages by name (IMAGE_PREINSTALL). */
  packages: readonly string[]
  /** Flavour of the kernel package: `amd64` means linux-image-amd64. */
  kernel: string
  /** Kernel command line beside `root=`. */
  cmdline: readonly string[]
  /** Our static settings packages. */
  settings: readonly string[]
  /** Parts of kas-harden-site, and the values its templates get (`KAS_HARDEN_*`). */
  site: { parts: readonly string[]; variables: Readonly<Record<string, string>> }
  accounts: readonly BuildAccount[]
  groups: readonly BuildGroup[]
  notBuilt: readonly NotBuilt[]
  /** Why a package is wanted, for the error when it can't be had. */
  wantedBy: ReadonlyMap<string, string>
  /** A throw-away demonstration image; it says so inside and in every report. */
  example: boolean
}

/** Common beginning of all artefacts, as isar names them. */
export function fullName(request: Pick<BuildRequest, 'image' | 'distro' | 'machine'>): string {
  return `${request.image}-${request.distro}-${request.machine}`
}
