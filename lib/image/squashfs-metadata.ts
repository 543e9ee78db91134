import { randomBytes } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { inflateSync } from 'node:zlib'
import { HardenError } from '../base/errors.ts'
import type { ImageIo } from './limits.ts'
import { toolTimeout } from './limits.ts'

/** A metadata block unpacks to no more, Linux Documentation/filesystems/squashfs.rst, 3. */
const blockSize = 8192

/** Bytes of metadata unpacked; two million inodes have some 200 MiB. */
const maximumBytes = 512 * 2 ** 20

/** Metadata of one table. A place in it is a block, as its distance from the table's start, and an offset in that. */
export interface MetadataTable {
  /** All from this place to the table's end. @throws RangeError for a place that is not in the table. */
  from(block: number, offset: number): Buffer
}

/** A block as it lies in the file. */
interface PackedBlock {
  /** Distance from the table's start. */
  at: number
  bytes: Buffer
  isPacked: boolean
}

type Unpack = (blocks: readonly Buffer[]) => Promise<readonly Buffer[]>

function inflate(blocks: readonly Buffer[]): Promise<readonly Buffer[]> {
  try {
    return Promise.resolve(blocks.map((block) => inflateSync(block, { maxOutputLength: blockSize })))
  } catch (error) {
    throw new RangeError('a block that is no zlib stream', { cause: error })
  }
}

/** Unpacks many blocks in one process; a random mark behind each, packed too, tells them apart. */
function unpackWith(tool: 'zstd' | 'xz', io: ImageIo): Unpack {
  const run = async (args: readonly string[], input: Buffer, maxBuffer: number) => {
    const options = { input, maxBuffer, timeout: toolTimeout, signal: io.signal }
    const done = await io.exec.run(tool, args, options).catch((error: unknown) => {
      const isBomb = error instanceof HardenError && error.code === 'OUTPUT_TOO_LARGE'
      throw isBomb ? new RangeError('blocks larger than any can be', { cause: error }) : error
    })
    if (done.exitCode !== 0) throw new RangeError(`${tool} can't read its metadata: ${done.stderr.trim()}`)
    return done.stdout
  }
  return async (blocks) => {
    const mark = randomBytes(32)
    const packedMark = await run(['-c', '-q'], mark, 2 ** 16)
    const room = blocks.length * (blockSize + mark.length) + 2 ** 16
    const all = await run(['-d', '-c', '-q'], Buffer.concat(blocks.flatMap((one) => [one, packedMark])), room)
    const pieces: Buffer[] = []
    for (let at = 0, end = all.indexOf(mark); end >= 0; end = all.indexOf(mark, at)) {
      pieces.push(all.subarray(at, end))
      at = end + mark.length
    }
    return pieces
  }
}

/** By `compression` of the superblock; lzma, lzo and lz4 have no program everybody has. */
const unpackers = new Map<number, (io: ImageIo) => Unpack>([
  [1, () => inflate],
  [4, (io) => unpackWith('xz', io)],
  [6, (io) => unpackWith('zstd', io)]
])

/** The chain of blocks from `start` to `end`, bytes from the start of the file. */
function blocksOf(bytes: Buffer): PackedBlock[] {
  const blocks: PackedBlock[] = []
  for (let at = 0; at < bytes.length;) {
    const header = bytes.readUInt16LE(at)
    const size = header & 0x7fff
    if (size === 0 || size > blockSize || at + 2 + size > bytes.length)
      throw new RangeError('a block of no size')
    const isPacked = (header & 0x8000) === 0
    blocks.push({ at, bytes: bytes.subarray(at + 2, at + 2 + size), isPacked })
    at += 2 + size
  }
  return blocks
}

function tableOf(blocks: readonly PackedBlock[], contents: readonly Buffer[]): MetadataTable {
  const starts = new Map<number, number>()
  let length = 0
  for (const [index, { at }] of blocks.entries()) {
    starts.set(at, length)
    length += contents[index]!.length
  }
  const all = Buffer.concat(contents)
  return {
    from(block, offset) {
      const start = starts.get(block)
      if (start === undefined || start + offset > all.length)
        throw new RangeError('a place outside its table')
      return all.subarray(start + offset)
    }
  }
}

/**
 * Reads metadata tables of a squashfs. Undefined when it is packed in a way we can't unpack.
 * @param ranges where the tables begin and end, bytes from the start of the file
 * @throws RangeError when a table is none; HardenError `TOOL_MISSING`.
 */
export async function readMetadataTables(
  file: FileHandle,
  compression: number,
  ranges: readonly (readonly [start: number, end: number])[],
  io: ImageIo
): Promise<readonly MetadataTable[] | undefined> {
  const unpack = unpackers.get(compression)?.(io)
  const { size } = await file.stat()
  if (ranges.some(([start, end]) => start < 0 || end < start || end > size)) {
    throw new RangeError('a table that ends before it begins, or behind the end of the file')
  }
  if (!unpack || ranges.reduce((sum, [start, end]) => sum + end - start, 0) > maximumBytes) return undefined
  const tables: PackedBlock[][] = []
  for (const [start, end] of ranges) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start)
    if (bytesRead !== end - start) throw new RangeError('a table that breaks off')
    tables.push(blocksOf(buffer))
  }
  const packed = tables.flat().filter(({ isPacked }) => isPacked)
  if (packed.length * blockSize > maximumBytes) return undefined
  const unpacked = packed.length === 0 ? [] : await unpack(packed.map(({ bytes }) => bytes))
  if (unpacked.length !== packed.length) throw new RangeError('metadata that knows our mark')
  const contents = new Map(packed.map((block, index) => [block, unpacked[index]!]))
  return tables.map((blocks) =>
    tableOf(
      blocks,
      blocks.map((block) => contents.get(block) ?? block.bytes)
    )
  )
}
