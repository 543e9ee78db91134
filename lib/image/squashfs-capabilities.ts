import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { HardenError } from '../base/errors.ts'
import { formatCapabilities } from './capabilities.ts'
import type { FileSystemSource } from './file-system.ts'
import type { ImageEntry } from './image.ts'
import type { ImageIo } from './limits.ts'
import { findMarkedFiles } from './squashfs-inodes.ts'
import type { MetadataTable } from './squashfs-metadata.ts'
import { readMetadataTables } from './squashfs-metadata.ts'

/** What the superblock has instead of the address of a table that is not there. */
const noTable = 2n ** 64n - 1n

/** Places of 64-bit addresses in the superblock. */
const places = {
  root: 32,
  ids: 48,
  attributes: 56,
  inodes: 64,
  directories: 72,
  fragments: 80,
  exports: 88
} as const

/** Type of an attribute's name: `security.`; with this flag its value stands elsewhere. */
const security = 2
const elsewhere = 0x100

const idSize = 16

/** The value of `security.capability` among the attributes a file's index leads to; undefined when it is not there. */
function capabilityOf(values: MetadataTable, ids: Buffer, index: number): Buffer | undefined {
  const id = ids.subarray(index * idSize, (index + 1) * idSize)
  const at = id.readBigUInt64LE(0)
  let rest = placed(values, at)
  for (let count = id.readUInt32LE(8); count > 0; count -= 1) {
    const type = rest.readUInt16LE(0)
    const length = rest.readUInt16LE(2)
    const name = rest.toString('latin1', 4, 4 + length)
    rest = rest.subarray(4 + length)
    const size = rest.readUInt32LE(0)
    if (size > rest.length - 4) throw new RangeError('an attribute that breaks off')
    const value = rest.subarray(4, 4 + size)
    if ((type & 0xff) === security && name === 'capability') {
      if ((type & elsewhere) === 0) return value
      const there = placed(values, value.readBigUInt64LE(0))
      return there.subarray(4, 4 + there.readUInt32LE(0))
    }
    rest = rest.subarray(4 + size)
  }
  return undefined
}

/** Metadata at a reference: the block in the upper bits, the offset in the lower 16. */
function placed(table: MetadataTable, reference: bigint): Buffer {
  return table.from(Number(reference >> 16n), Number(reference & 0xffffn))
}

/** Reads what the file system says of its attributes; undefined when we can't unpack it. */
async function read(
  file: FileHandle,
  offset: number,
  entries: ReadonlyMap<string, ImageEntry>,
  io: ImageIo
): Promise<ReadonlyMap<string, string> | undefined> {
  const bytesAt = async (position: number, length: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset + position)
    if (bytesRead !== length) throw new RangeError('a table that breaks off')
    return buffer
  }
  const superblock = await bytesAt(0, 96)
  const address = (name: keyof typeof places) => superblock.readBigUInt64LE(places[name])
  const first = async (name: keyof typeof places) =>
    (await bytesAt(Number(address(name)), 8)).readBigUInt64LE(0)
  const header = await bytesAt(Number(address('attributes')), 24)
  const count = header.readUInt32LE(8)
  const valuesStart = Number(header.readBigUInt64LE(0))
  const idsStart = Number(header.readBigUInt64LE(16))
  // Behind the directories comes what else there is: fragments, the export table, the owners.
  const ends = [await first('ids')]
  if (superblock.readUInt32LE(16) > 0) ends.push(await first('fragments'))
  if (address('exports') !== noTable) ends.push(await first('exports'))
  const directoriesEnd = Number(ends.reduce((least, end) => (end < least ? end : least)))
  const ranges = [
    [Number(address('inodes')), Number(address('directories'))],
    [Number(address('directories')), directoriesEnd],
    [valuesStart, idsStart],
    [idsStart, Number(address('attributes'))]
  ] as const
  const whole = ranges.map(([start, end]) => [offset + start, offset + end] as const)
  const tables = await readMetadataTables(file, superblock.readUInt16LE(20), whole, io)
  if (!tables) return undefined
  const [inodes, directories, values, ids] = tables as [
    MetadataTable,
    MetadataTable,
    MetadataTable,
    MetadataTable
  ]
  const all = ids.from(0, 0)
  if (all.length !== count * idSize) throw new RangeError('a table of attributes of another size')
  const root = { block: Number(address('root') >> 16n), offset: Number(address('root') & 0xffffn) }
  const { files, names } = findMarkedFiles(inodes, directories, root, entries.size)
  if (names !== entries.size) return undefined

  const known = new Map<number, string | undefined>()
  const found = new Map<string, string>()
  for (const { path: bytes, attributes } of files) {
    const path = Buffer.from(bytes, 'latin1').toString('utf8')
    // Not what unsquashfs has read: neither can be trusted then.
    if (entries.get(path)?.type !== 'file') return undefined
    if (!known.has(attributes)) {
      const value = capabilityOf(values, all, attributes)
      known.set(attributes, value && formatCapabilities(value))
    }
    const capabilities = known.get(attributes)
    if (capabilities !== undefined) found.set(path, capabilities)
  }
  return found
}

/**
 * Files with capabilities in a squashfs, from its own tables: Debian 12's unsquashfs (4.5.1) lists no extended
 * attributes. Undefined where they can't be told: packed with lzma, lzo or lz4, damaged, or at odds with `entries`.
 * @param entries all inodes as unsquashfs lists them
 */
export async function readSquashfsCapabilities(
  source: FileSystemSource,
  entries: ReadonlyMap<string, ImageEntry>,
  io: ImageIo
): Promise<ReadonlyMap<string, string> | undefined> {
  const file = await open(source.toolPath)
  try {
    return await read(file, source.offset, entries, io)
  } catch (error) {
    const isMissing = error instanceof HardenError && error.code === 'TOOL_MISSING'
    if (error instanceof RangeError || isMissing) return undefined
    throw error
  } finally {
    await file.close()
  }
}
