/** A file we read an image from. */
export interface ImageFile {
  /** What the user named; stands in messages, and its bytes make the digest. */
  path: string
  /** Where the bytes lie: another file than `path` when that one had to be unpacked first. */
  file: string
  /** Bytes of `file`. */
  size: number
  /** How `path` is packed, for the description: `zstd-compressed`. */
  packed?: string
}

/** `an ext4 file system, zstd-compressed`. */
export function describePacked(what: string, { packed }: ImageFile): string {
  return packed === undefined ? what : `${what}, ${packed}`
}
