import type { MetadataTable } from './squashfs-metadata.ts'

/** A regular file with extended attributes. */
export interface MarkedFile {
  /** Path below the root, bytes, one character each (latin1). */
  path: string
  /** Index into the table of attributes. */
  attributes: number
}

/** What walking the directories of a squashfs found. */
export interface MarkedFiles {
  files: readonly MarkedFile[]
  /** Names that were seen, the root included. */
  names: number
}

/** Inode types, Linux Documentation/filesystems/squashfs.rst, 3.3: plain and extended. */
const directoryType = 1
const longDirectoryType = 8
const longFileType = 9

/** "no extended attributes". */
const none = 0xffff_ffff

/** Where a directory's rows stand. */
function rowsOf(inode: Buffer): { block: number; offset: number; size: number } | undefined {
  const type = inode.readUInt16LE(0)
  if (type === directoryType) {
    return { block: inode.readUInt32LE(16), offset: inode.readUInt16LE(26), size: inode.readUInt16LE(24) }
  }
  if (type !== longDirectoryType) return undefined
  return { block: inode.readUInt32LE(24), offset: inode.readUInt16LE(34), size: inode.readUInt32LE(20) }
}

/** One name of a directory and where its inode stands. */
interface Row {
  name: string
  block: number
  offset: number
}

/** The rows of a directory: groups of up to 256 with a header; `size` counts three bytes for `.` and `..`. */
function* readRows(table: MetadataTable, inode: Buffer): Generator<Row> {
  const place = rowsOf(inode)
  if (!place || place.size <= 3) return
  const rows = table.from(place.block, place.offset).subarray(0, place.size - 3)
  if (rows.length !== place.size - 3) throw new RangeError('a directory that breaks off')
  for (let at = 0; at < rows.length;) {
    const count = rows.readUInt32LE(at) + 1
    const block = rows.readUInt32LE(at + 4)
    at += 12
    for (let index = 0; index < count; index += 1) {
      const length = rows.readUInt16LE(at + 6) + 1
      if (at + 8 + length > rows.length) throw new RangeError('a name that breaks off')
      const name = rows.toString('latin1', at + 8, at + 8 + length)
      yield { name, block, offset: rows.readUInt16LE(at) }
      at += 8 + length
    }
  }
}

/**
 * Walks the directories from the root and collects the files that have attributes.
 * @param root place of the root's inode
 * @param maximum names that may be there
 * @throws RangeError for what is no directory tree.
 */
export function findMarkedFiles(
  inodes: MetadataTable,
  directories: MetadataTable,
  root: Pick<Row, 'block' | 'offset'>,
  maximum: number
): MarkedFiles {
  const files: MarkedFile[] = []
  const waiting = [{ path: '', ...root }]
  const seen = new Set<string>()
  let names = 1
  for (let directory = waiting.pop(); directory; directory = waiting.pop()) {
    const key = `${directory.block}:${directory.offset}`
    if (seen.has(key)) throw new RangeError('a directory in itself')
    seen.add(key)
    for (const { name, block, offset } of readRows(
      directories,
      inodes.from(directory.block, directory.offset)
    )) {
      names += 1
      if (names > maximum) throw new RangeError('more names than were listed')
      const path = `${directory.path}/${name}`
      const inode = inodes.from(block, offset)
      const type = inode.readUInt16LE(0)
      if (type === directoryType || type === longDirectoryType) waiting.push({ path, block, offset })
      const attributes = type === longFileType ? inode.readUInt32LE(52) : none
      if (attributes !== none) files.push({ path, attributes })
    }
  }
  return { files, names }
}
