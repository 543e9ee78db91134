/** What the administrator wants (dpkg-query(1) "desired action"). */
export type DpkgWant = 'unknown' | 'install' | 'hold' | 'deinstall' | 'purge'

/** `reinstreq`: broken, needs a new installation. */
export type DpkgFlag = 'ok' | 'reinstreq'

/** How far the package is (dpkg(1) "package states"); `unknown` when the Status field makes no sense. */
export type DpkgState =
  | 'not-installed'
  | 'config-files'
  | 'half-installed'
  | 'unpacked'
  | 'half-configured'
  | 'triggers-awaited'
  | 'triggers-pending'
  | 'installed'
  | 'unknown'

/** The three words of a Status field. */
export interface DpkgStatus {
  want: DpkgWant
  flag: DpkgFlag
  state: DpkgState
}

/** Relation fields of a binary package we keep, as text for `parseRelations`. */
export const relationFields = [
  'Pre-Depends',
  'Depends',
  'Recommends',
  'Suggests',
  'Provides',
  'Conflicts',
  'Breaks',
  'Replaces',
  'Built-Using',
  'Static-Built-Using',
  'X-Cargo-Built-Using'
] as const

/** Name of a relation field. */
export type RelationField = (typeof relationFields)[number]

/** A configuration file as dpkg knows it. */
export interface Conffile {
  path: string
  /** MD5 of the packaged file, hex; `newconffile` while unpacked. */
  md5: string
  /** No longer shipped by the installed version. */
  obsolete: boolean
}

/** One package of dpkg's database. */
export interface DpkgPackage {
  name: string
  version: string
  /** `amd64`, `all`, … */
  architecture: string
  multiArch: 'no' | 'same' | 'foreign' | 'allowed'
  status: DpkgStatus
  /** True for `install ok installed` and `hold ok installed` only. */
  installed: boolean
  /** Its files lie on the disk, wholly or in part, whether or not it counts as installed. */
  unpacked: boolean
  essential: boolean
  priority?: string
  section?: string
  /** Source package and its version; they differ from the binary's where the Source field says so. */
  source: { name: string; version: string }
  /** `Name <mail>` as written. */
  maintainer?: string
  homepage?: string
  /** First line of the description. */
  synopsis?: string
  relations: Readonly<Partial<Record<RelationField, string>>>
  conffiles: readonly Conffile[]
  /** KiB, as the package declares it. */
  installedSize?: number
  /** 1-based line of its stanza. */
  line: number
}
