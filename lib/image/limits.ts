import { HardenError } from '../base/errors.ts'
import type { Exec } from '../base/exec.ts'

/** What `openImage` needs of the world. */
export interface ImageIo {
  exec: Exec
  env?: Readonly<Record<string, string | undefined>>
  /** Ends the reading with `INTERRUPTED`. */
  signal?: AbortSignal
}

/** Where temporary files go and how much an image may make us read. */
export interface OpenImageOptions {
  /** Parent of our private temporary directory; default `TMPDIR` of the environment, else /tmp. */
  temporaryDirectory?: string
  /** Bytes a compressed archive may grow to. Default 64 GiB. */
  maximumDecompressedBytes?: number
  /** Inodes in one image. Default 2,000,000. */
  maximumEntries?: number
  /**
   * `on-demand` reads only those inodes of a directory, ext4 or disk that are asked for with `look`: for whoever
   * needs a few directories, as the SBOM does. Forms that are read as a whole anyway ignore it. Default `whole`.
   */
  walk?: 'whole' | 'on-demand'
}

/** Default of `maximumDecompressedBytes`: 64 GiB. */
export const defaultDecompressedBytes = 64 * 2 ** 30

/** Default of `maximumEntries`. */
export const defaultEntries = 2_000_000

/** PATH_MAX of Linux: a longer path can't be opened on the device either. */
export const maximumPathLength = 4096

/** MAXSYMLINKS of Linux, path_resolution(7): the 41st link of one look-up is ELOOP. */
export const maximumLinks = 40

/** Default limit of `read`: 16 MiB. */
export const defaultReadLimit = 16 * 2 ** 20

/** Milliseconds one run of an outside tool may take. */
export const toolTimeout = 300_000

/** The error of an image that breaks off or contradicts itself. */
export function damaged(path: string, what: string, cause?: unknown): HardenError {
  return new HardenError('usage', 'IMAGE_DAMAGED', `The image ${path} is damaged: ${what}`, {
    path,
    hint: 'Build or copy the image again and compare its checksum.',
    cause
  })
}

/** The error of an image with more inodes than we are ready to hold. */
export function tooManyEntries(path: string, maximum: number): HardenError {
  return new HardenError(
    'usage',
    'IMAGE_TOO_LARGE_TABLE',
    `The image ${path} has more than ${maximum} files and directories.`,
    { path, hint: 'Raise maximumEntries if this image is really that large.' }
  )
}

/** @throws HardenError `INTERRUPTED` when the caller's signal has fired. */
export function stopIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new HardenError('interrupted', 'INTERRUPTED', 'Reading the image was interrupted')
}
