import type { Range } from '../base/finding.ts'
import type { ConfigFile } from './schema.ts'

/** A person's account on the device. */
export interface Account {
  name: string
  role: 'admin' | 'maintainer' | 'operator' | 'auditor'
  /** Public keys in OpenSSH form, those of `sshKey` and `sshKeys`. */
  sshKeys: readonly string[]
  /** crypt(5) hash of a first password that must be changed at the first login. */
  passwordHash?: string
  shell?: string
}

/** A finding that may stay for a while: it changes the exit code, never a verdict. */
export interface Waiver {
  requirement?: string
  check?: string
  reason: string
  owner: string
  /** ISO date; the waiver holds until the end of that day (UTC). */
  expires: string
}

/** What the supplier declares about a requirement. */
export interface Statement {
  requirement: string
  /** `compensation`: an outside measure covers the gap (CCSC 2); `declaration`: the supplier answers for it. */
  kind: 'compensation' | 'declaration'
  text: string
  who: string
  /** ISO date. */
  date: string
  evidence?: string
}

/** Where the entries stand that can only be judged beside the standard and the controls. */
export interface ConfigPlaces {
  /** By name of the parameter. */
  parameters: Readonly<Record<string, Range>>
  /** In the order of `waivers` and `statements`. */
  waivers: readonly Range[]
  statements: readonly Range[]
}

/** kas-harden.yml as the rest of the program reads it. */
export interface ProjectConfig {
  /** Absolute path of the file; undefined when there is none and all is default. */
  path: string | undefined
  /** Directory relative paths count from. */
  directory: string
  target?: NonNullable<ConfigFile['target']>
  accounts: readonly Account[]
  parameters: Readonly<Record<string, string | number | readonly string[]>>
  /** Absolute paths of folders with controls. */
  controls: readonly string[]
  waivers: readonly Waiver[]
  statements: readonly Statement[]
  context: ConfigFile['context']
  /** The git repository our isar layer comes from, instead of a copy inside the project. */
  layer?: ConfigFile['layer']
  /** Boards of the fleet, each name once, no circle among their needs. */
  boards: ConfigFile['boards']
  ci?: ConfigFile['ci']
  engine?: 'kas' | 'kas-container' | 'mmdebstrap'
  /** Verdicts that make the gate fail. */
  failOn: ConfigFile['failOn']
  /** Lines of the file, for findings; undefined where nobody read one. */
  places?: ConfigPlaces
}
