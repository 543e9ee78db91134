import type { FileHandle } from 'node:fs/promises'

/** An inode of an erofs, as far as names and attributes need it. */
export interface ErofsInode {
  /** All 16 bits of i_mode. */
  mode: number
  /** Bytes. */
  size: number
  layout: number
  /** First block of its content. */
  block: number
  /** Where its extended attributes begin, and how many bytes they have. */
  attributesAt: number
  attributesSize: number
}

/** One name in a directory. */
export interface ErofsRow {
  /** Bytes, one character each (latin1). */
  name: string
  nid: bigint
}

/** The tables of an erofs; every number in it is checked where it is used. */
export interface ErofsTables {
  root: bigint
  inodeAt(nid: bigint): Promise<ErofsInode>
  /** The names of a directory, without `.` and `..`. */
  rowsOf(directory: ErofsInode): Promise<readonly ErofsRow[]>
  /** Bytes of the file system. @throws RangeError outside of it. */
  bytesAt(position: number, length: number): Promise<Buffer>
  /** Where shared attributes lie. */
  sharedAt: number
}

/** Incompatible features up to Linux 6.1; later ones change attributes (long prefixes) or addresses. */
const knownFeatures = 0x3f

/** Layouts of content: in blocks; the same with its tail behind the inode. Directories have no other. */
const plainLayout = 0
const inlineLayout = 2

const directorySize = 64 * 2 ** 20
const windowSize = 2 ** 18
const maximumWindows = 64

/** Reads pieces out of large windows that are kept. */
function createWindows(file: FileHandle, offset: number, room: number): ErofsTables['bytesAt'] {
  const windows = new Map<number, Buffer>()
  async function windowAt(start: number): Promise<Buffer> {
    const known = windows.get(start)
    if (known) return known
    const length = Math.min(windowSize, room - start)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset + start)
    if (windows.size >= maximumWindows) windows.clear()
    windows.set(start, buffer.subarray(0, bytesRead))
    return buffer.subarray(0, bytesRead)
  }
  return async (position, length) => {
    if (!Number.isSafeInteger(position) || position < 0 || length < 0 || position + length > room) {
      throw new RangeError('a place outside the file system')
    }
    const pieces: Buffer[] = []
    for (let at = position; at < position + length;) {
      const start = Math.floor(at / windowSize) * windowSize
      const piece = (await windowAt(start)).subarray(at - start, position + length - start)
      if (piece.length === 0) throw new RangeError('a file system that breaks off')
      pieces.push(piece)
      at += piece.length
    }
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
  }
}

/** The names in one block of a directory: places of all names first, then the names. */
function rowsIn(block: Buffer): ErofsRow[] {
  const first = block.readUInt16LE(8)
  if (first === 0 || first % 12 !== 0 || first > block.length)
    throw new RangeError('a directory that is none')
  const rows: ErofsRow[] = []
  for (let at = 0; at < first; at += 12) {
    const start = block.readUInt16LE(at + 8)
    const end = at + 12 < first ? block.readUInt16LE(at + 20) : block.length
    if (start < first || end < start) throw new RangeError('a name outside its directory')
    const [name = ''] = block.toString('latin1', start, end).split('\0', 1)
    if (name !== '.' && name !== '..') rows.push({ name, nid: block.readBigUInt64LE(at) })
  }
  return rows
}

/**
 * Reads the superblock of an erofs (Linux Documentation/filesystems/erofs.rst, fs/erofs/erofs_fs.h); undefined for one
 * with features that are newer than Linux 6.1.
 * @param room bytes from its start to its end
 * @throws RangeError for what is none.
 */
export async function readErofsTables(
  file: FileHandle,
  offset: number,
  room: number
): Promise<ErofsTables | undefined> {
  const bytesAt = createWindows(file, offset, room)
  const superblock = await bytesAt(1024, 128)
  if ((superblock.readUInt32LE(80) & ~knownFeatures) !== 0) return undefined
  const bits = superblock.readUInt8(12)
  if (bits < 9 || bits > 16) throw new RangeError('blocks of no size')
  const blockSize = 2 ** bits
  const inodesAt = superblock.readUInt32LE(40) * blockSize

  async function inodeAt(nid: bigint): Promise<ErofsInode> {
    const at = inodesAt + Number(nid) * 32
    const head = await bytesAt(at, 32)
    const format = head.readUInt16LE(0)
    const isLong = (format & 1) !== 0
    const count = head.readUInt16LE(2)
    return {
      mode: head.readUInt16LE(4),
      size: isLong ? Number(head.readBigUInt64LE(8)) : head.readUInt32LE(8),
      layout: (format >> 1) & 7,
      block: head.readUInt32LE(16),
      attributesAt: at + (isLong ? 64 : 32),
      attributesSize: count === 0 ? 0 : 12 + 4 * (count - 1)
    }
  }

  async function rowsOf(directory: ErofsInode): Promise<ErofsRow[]> {
    const { size, layout, block, attributesAt, attributesSize } = directory
    if ((layout !== plainLayout && layout !== inlineLayout) || size > directorySize) {
      throw new RangeError('a directory that is none')
    }
    const rows: ErofsRow[] = []
    const whole = layout === plainLayout ? Math.ceil(size / blockSize) : Math.ceil(size / blockSize) - 1
    for (let index = 0; index * blockSize < size; index += 1) {
      const length = Math.min(blockSize, size - index * blockSize)
      const at = index < whole ? (block + index) * blockSize : attributesAt + attributesSize
      rows.push(...rowsIn(await bytesAt(at, length)))
    }
    return rows
  }

  return {
    root: BigInt(superblock.readUInt16LE(14)),
    inodeAt,
    rowsOf,
    bytesAt,
    sharedAt: superblock.readUInt32LE(44) * blockSize
  }
}
