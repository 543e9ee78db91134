import type { Finding } from '../base/finding.ts'
import type { Esp } from './esp.ts'

/** The forms of an image we can open; recognised by content, not by name. */
export type ImageFormat =
  'directory' | 'tar' | 'ext4' | 'squashfs' | 'erofs' | 'wic' | 'swu' | 'oci' | 'dpkg-status' | 'manifest'

/** What an inode is. */
export type EntryType = 'file' | 'directory' | 'symlink' | 'block' | 'character' | 'fifo' | 'socket'

/** One inode as the running system would see it. */
export interface ImageEntry {
  /** Absolute path inside the image, normalised: `/etc/passwd`. */
  path: string
  type: EntryType
  /** Permission bits including setuid, setgid and sticky (07777). */
  mode: number
  uid: number
  gid: number
  /** Bytes; 0 for anything but a file. */
  size: number
  /** Target of a symlink, as written. */
  target?: string
}

/** Where a partition lies in a disk image. */
export interface ImagePartition {
  number: number
  name: string
  /** A path of the disk that every tool reads literally. */
  disk: string
  /** Bytes from the start of the disk. */
  start: number
  /** Bytes. */
  size: number
  /** True for the partition the root is read from. */
  root: boolean
  /** True for one that begins with a superblock of dm-verity. */
  verity: boolean
}

/** A file system somebody gave us. Hostile input: limits everywhere, nothing executed, links resolved inside. */
export interface Image {
  /** Path on this machine. */
  path: string
  format: ImageFormat
  /** How the format was recognised and, for a disk, which partition is the root and why. */
  description: string
  /**
   * SHA-512 of the file as given (packed, if it is), hex, lower case; undefined for a directory. Reads the
   * whole file at the first call, so that opening an image costs nothing by its size.
   */
  sha512(): Promise<string | undefined>
  /** True when paths, modes and contents can be read; false for a bare dpkg status or a manifest. */
  hasFiles: boolean
  /**
   * Every inode, keyed by absolute path. Empty when `hasFiles` is false; of an image opened on demand (`look`)
   * what was looked at so far.
   */
  entries: ReadonlyMap<string, ImageEntry>
  /**
   * Paths this user may not look at: a directory that can't be listed, an inode that can't be described. What lies
   * there is not in `entries`, and that says nothing. Absent where everything can be read.
   */
  unread?: ReadonlySet<string>
  /** The EFI system partition of a disk; undefined for every other form and for a disk without one. */
  esp?: Esp
  /** Other FAT partitions of a disk, where EFI Boot Guard keeps its configuration and kernels; absent without any. */
  bootPartitions?: readonly Esp[]
  /** Partitions of a disk by number, for tools that read them in place; absent for every other form. */
  partitions?: readonly ImagePartition[]
  /** What was odd about the image: skipped rows, unreadable parts. */
  findings: readonly Finding[]
  /**
   * Only of an image opened on demand: brings the inodes these paths lead over into `entries`, links followed,
   * many at once; of a path that ends with a slash everything in that directory too. `lstat`, `stat` and `list`
   * know nothing else; `read` looks by itself. For `lstat` alone `followLast: false` is enough.
   */
  look?: (paths: readonly string[], options?: { followLast?: boolean }) => Promise<void>
  /** The entry itself, a last symlink is not followed (but those on the way are). */
  lstat(path: string): ImageEntry | undefined
  /** The entry after following symlinks inside the image; undefined when missing, looping or leading out. */
  stat(path: string): ImageEntry | undefined
  /** Names directly below a directory (links followed), sorted by code unit; [] when it is not there. */
  list(path: string): readonly string[]
  /**
   * Content of a regular file, links followed inside the image; undefined when it is not there.
   * @throws HardenError `FILE_TOO_LARGE` above `limit` bytes (default 16 MiB).
   */
  read(path: string, limit?: number): Promise<Buffer | undefined>
  /** As `read`, as UTF-8. */
  readText(path: string, limit?: number): Promise<string | undefined>
  /**
   * Files with capabilities (capabilities(7), "File capabilities") by path, as getcap(8) prints them. Undefined
   * where the form or this machine can't tell, or the image was opened on demand.
   */
  capabilities(): Promise<ReadonlyMap<string, string> | undefined>
  /** Releases temporary files and processes. */
  close(): Promise<void>
}
