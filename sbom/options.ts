import type { Finding } from '../lib/base/finding.ts'

/** Versions of CycloneDX we write. */
export type SpecVersion = '1.6' | '1.7'

/** Who makes or supplies something. */
export interface Organization {
  name: string
  /** Absolute http or https address. */
  url?: string
  email?: string
}

/** What the image cannot tell about itself. */
export interface SbomOptions {
  /** Default `1.7`. */
  spec?: SpecVersion
  /**
   * Creation time of the document; callers pass SOURCE_DATE_EPOCH. Without it the document has
   * no timestamp, which NTIA and BSI TR-03183-2 require, and a finding says so.
   */
  timestamp?: Date
  /** Name of the image; default its file name. */
  name?: string
  /** Version of the image; default `IMAGE_VERSION` or `BUILD_ID` of its os-release, else `timestamp`. */
  version?: string
  /** Who made the image and this document (BSI TR-03183-2 5.2.1: with url or e-mail). */
  manufacturer?: Organization
  /** Who delivers the image. */
  supplier?: Organization
  /**
   * Distribution the packages come from, for an image without os-release: `debian-12`, `debian-bookworm`
   * or a distro name of isar such as `cip-core-bookworm`. What the image says itself goes first.
   */
  distro?: string
  /** Directories with the .deb files the image was made from: their SHA-512 and SHA-256 are computed. */
  debDirectory?: string | readonly string[]
  /** Texts of `Packages` indexes of the archive: SHA-256 and path of a .deb. */
  packagesIndexes?: readonly string[]
  /** Hashes known otherwise, as a lock file of the embedded engine holds them. */
  debs?: readonly DebRecord[]
  /** Address the paths of `packagesIndexes` start at; without it they stay relative to the archive. */
  archiveUrl?: string
  /** False leaves out the SHA-512 of the image, for which the whole file is read. Default true. */
  imageHash?: boolean
  /** True draws an edge to every installed package that Recommends names, too. Default false: Depends and Pre-Depends. */
  recommends?: boolean
  /** False leaves licences and copyright out and reads no copyright file. Default true. */
  licenses?: boolean
}

/** What is known of one .deb beside the image. */
export interface DebRecord {
  name: string
  version: string
  architecture: string
  /** Hex. */
  sha256?: string
  /** Path inside the archive: `pool/main/o/openssl/openssl_3.0.17-1_amd64.deb`. */
  filename?: string
}

/** A finished SBOM. */
export interface Sbom {
  /** CycloneDX JSON, two blanks of indent, a newline at the end. */
  json: string
  /** Components beside the image itself: packages, source packages, operating system. */
  componentCount: number
  /** Edges between installed packages. */
  dependencyCount: number
  findings: readonly Finding[]
}
