import type { Image, ImageEntry } from './image.ts'

/** The file systems we read out of a file or a partition. */
export type FileSystemForm = 'ext4' | 'squashfs' | 'erofs'

/** A file system inside a file. */
export interface FileSystemSource {
  /** The image as the user named it, for messages. */
  imagePath: string
  /** The file with the bytes, under a path every tool takes literally. */
  toolPath: string
  /** Bytes before the file system; 0 for a bare one. */
  offset: number
}

/** What reading a file system gives: its inodes, and the content of those that are regular files. */
export interface FileSystem {
  entries: ReadonlyMap<string, ImageEntry>
  readFile: (entry: ImageEntry) => Promise<Buffer>
  /** As `Image.unread`. */
  unread?: Image['unread']
  /** As `Image.look`. */
  look?: Image['look']
  /** As `Image.capabilities`; absent where nobody can tell. */
  capabilities?: Image['capabilities']
  /** Removes what reading it needed on this machine. */
  close?: () => Promise<void>
}
