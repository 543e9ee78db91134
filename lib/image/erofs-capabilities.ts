import { open } from 'node:fs/promises'
import { formatCapabilities } from './capabilities.ts'
import type { ErofsInode, ErofsTables } from './erofs-inodes.ts'
import { readErofsTables } from './erofs-inodes.ts'
import type { FileSystemSource } from './file-system.ts'
import type { ImageEntry } from './image.ts'

/** `e_name_index` of attributes that begin with `security.`. */
const security = 6

/** i_mode of a directory and of a regular file, inode(7). */
const kindOf = (mode: number) => mode >> 12
const directory = 0o04
const regular = 0o10

/** An attribute with this name, and how many bytes it takes. */
function attributeIn(bytes: Buffer): { value: Buffer | undefined; size: number } {
  const length = bytes.readUInt8(0)
  const size = 4 + length + bytes.readUInt16LE(2)
  if (size > bytes.length) throw new RangeError('an attribute that breaks off')
  const isIt = bytes.readUInt8(1) === security && bytes.toString('latin1', 4, 4 + length) === 'capability'
  return { value: isIt ? bytes.subarray(4 + length, size) : undefined, size: Math.ceil(size / 4) * 4 }
}

/** An attribute has at most 4 bytes of head, a name of 255 and this much. */
const longest = 4 + 255 + 0xffff

async function capabilityOf(
  inode: ErofsInode,
  tables: ErofsTables,
  room: number
): Promise<Buffer | undefined> {
  if (inode.attributesSize === 0) return undefined
  const own = await tables.bytesAt(inode.attributesAt, inode.attributesSize)
  const shared = own.readUInt8(4)
  for (let index = 0; index < shared; index += 1) {
    const at = tables.sharedAt + 4 * own.readUInt32LE(12 + 4 * index)
    const { value } = attributeIn(await tables.bytesAt(at, Math.min(longest, room - at)))
    if (value) return value
  }
  for (let at = 12 + 4 * shared; at + 4 <= own.length;) {
    const { value, size } = attributeIn(own.subarray(at))
    if (value) return value
    at += size
  }
  return undefined
}

async function read(
  tables: ErofsTables,
  room: number,
  entries: ReadonlyMap<string, ImageEntry>
): Promise<ReadonlyMap<string, string> | undefined> {
  const found = new Map<string, string>()
  const waiting = [{ path: '', nid: tables.root }]
  const seen = new Set<bigint>()
  let names = 1
  for (let above = waiting.pop(); above; above = waiting.pop()) {
    if (seen.has(above.nid)) throw new RangeError('a directory in itself')
    seen.add(above.nid)
    for (const { name, nid } of await tables.rowsOf(await tables.inodeAt(above.nid))) {
      names += 1
      if (names > entries.size) return undefined
      const path = `${above.path}/${name}`
      const inode = await tables.inodeAt(nid)
      if (kindOf(inode.mode) === directory) waiting.push({ path, nid })
      const value = kindOf(inode.mode) === regular ? await capabilityOf(inode, tables, room) : undefined
      if (!value) continue
      const known = Buffer.from(path, 'latin1').toString('utf8')
      // Not what fsck.erofs has unpacked: neither can be trusted then.
      if (entries.get(known)?.type !== 'file') return undefined
      found.set(known, formatCapabilities(value))
    }
  }
  return names === entries.size ? found : undefined
}

/**
 * Files with capabilities in an erofs, from its own tables: Debian 12's erofs-utils (1.5) show and unpack no extended
 * attributes. Undefined where they can't be told: features newer than Linux 6.1, damaged, or at odds with `entries`.
 * @param entries all inodes as fsck.erofs unpacked them
 */
export async function readErofsCapabilities(
  source: FileSystemSource,
  room: number,
  entries: ReadonlyMap<string, ImageEntry>
): Promise<ReadonlyMap<string, string> | undefined> {
  const file = await open(source.toolPath)
  try {
    const tables = await readErofsTables(file, source.offset, room)
    return tables && (await read(tables, room, entries))
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  } finally {
    await file.close()
  }
}
