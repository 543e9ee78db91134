import type { Finding } from '../base/finding.ts'
import type { DebianRelease } from '../debian/releases.ts'
import type { KasFile } from './kas-file.ts'
import type { BuildSystem, Place } from './platform.ts'
import type { KasRepo } from './repos.ts'
import type { KasMapping, ValuePath } from './yaml.ts'

/** One block of `local_conf_header` as it wins the merge. */
export interface HeaderBlock extends Place {
  key: string
  text: string
  /** 1-based source line of line `index` (0-based) of `text`. */
  lineOf: (index: number) => number
}

/** Something the chain refers to that is not on this machine. */
export interface Unresolved {
  repo: string
  /** The file that is included from it. */
  file: string
  includedBy: string
  line: number
  /** Why we have it not, and what to do. */
  reason: string
  hint: string
}

/** A kas project as kas would see it, merged, with the place of every value. */
export interface KasProject {
  /** The chain as given: files joined by colons. */
  chain: string
  /** Absolute paths of the chain's own files. */
  chainFiles: readonly string[]
  /** All files in the order kas merges them. */
  files: readonly KasFile[]
  /** Top of the git work tree of the first file, else its directory. */
  root: string
  /** KAS_WORK_DIR, else the current directory. */
  workDir: string
  /** KAS_BUILD_DIR, else `build` below the work directory. */
  buildDir: string
  /** The merged configuration, without `header.includes`. */
  config: KasMapping
  /** `local_conf_header`, sorted by key as kas writes it. */
  headers: readonly HeaderBlock[]
  /** `env` of the configuration with the values of the environment over it. */
  env: Readonly<Record<string, string>>
  /** MACHINE as BitBake sees it: of a header block, else KAS_MACHINE or `machine`; undefined when none says it. */
  machine: string | undefined
  /** DISTRO likewise. */
  distro: string | undefined
  /** What kas writes behind the header blocks as weak defaults: KAS_MACHINE or `machine`, and so on. */
  defaults: { machine: string | undefined; distro: string | undefined }
  /** KAS_TARGET or `target`; empty when neither says it. */
  targets: readonly string[]
  task: string
  /** Undefined only while an include is unresolved. */
  buildSystem: BuildSystem | undefined
  /** The Debian release; undefined only while an include is unresolved. */
  release: DebianRelease | undefined
  repos: readonly KasRepo[]
  unresolved: readonly Unresolved[]
  findings: readonly Finding[]
  /** The file and line where the value at this path of `config` comes from. */
  placeOf: (path: ValuePath) => Place | undefined
}

/** What the caller may say better than the files. */
export interface ReadKasProjectOptions {
  /** Codename or version of the Debian release, where `distro` does not tell it. */
  release?: string
}
