import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { HardenError, messageOf } from '../base/errors.ts'
import type { Compression, PackedFile } from './byte-source.ts'
import { readBytes } from './byte-source.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { defaultDecompressedBytes } from './limits.ts'
import { headSize } from './recognise.ts'
import { privateDirectory } from './tool-path.ts'

/** Holes are kept in pieces of this size: the block of the file systems a temporary directory lies on. */
const block = 4096
const zeros = Buffer.alloc(2 ** 20)

/** A file that was unpacked; `remove` takes it away. */
export interface UnpackedFile {
  file: string
  size: number
  remove: () => Promise<void>
}

/** The first bytes of what a compressed file holds. */
export async function unpackedHead(
  packed: PackedFile,
  compression: Compression,
  io: ImageIo
): Promise<Buffer> {
  let head = Buffer.alloc(0)
  for await (const chunk of readBytes(packed, compression, io, Number.MAX_SAFE_INTEGER)) {
    head = Buffer.concat([head, chunk.subarray(0, headSize)])
    if (head.length >= headSize) break
  }
  return head.subarray(0, headSize)
}

/** The pieces of a chunk that are not nothing but zeros, with their place in it. */
function* written(chunk: Buffer): Generator<readonly [start: number, end: number]> {
  let from: number | undefined
  for (let start = 0; start < chunk.length; start += block) {
    const end = Math.min(start + block, chunk.length)
    const isHole = chunk.compare(zeros, 0, end - start, start, end) === 0
    if (!isHole) from ??= start
    else if (from !== undefined) {
      yield [from, start]
      from = undefined
    }
  }
  if (from !== undefined) yield [from, chunk.length]
}

/**
 * Writes bytes into a file in a private directory; what is zero stays a hole, so that a disk image takes
 * no more room than its data.
 * @throws HardenError `TEMPORARY_FULL` (environment) when there is no room; whatever the source throws.
 */
export async function unpackInto(
  source: AsyncIterable<Buffer>,
  io: ImageIo,
  options: OpenImageOptions
): Promise<UnpackedFile> {
  const directory = await privateDirectory(io, options)
  const file = join(directory.path, 'image')
  try {
    const handle = await open(file, 'wx', 0o600)
    let size = 0
    try {
      for await (const chunk of source) {
        for (const [start, end] of written(chunk)) {
          await writeAll(handle, chunk.subarray(start, end), size + start).catch((error: unknown) => {
            throw noRoom(directory.path, error)
          })
        }
        size += chunk.length
      }
      await handle.truncate(size)
    } finally {
      await handle.close()
    }
    return { file, size, remove: directory.remove }
  } catch (error) {
    await directory.remove()
    throw error
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten
  }
}

function noRoom(path: string, cause: unknown): HardenError {
  const message = `The image can't be unpacked into ${path}: ${messageOf(cause)}`
  return new HardenError('environment', 'TEMPORARY_FULL', message, {
    path,
    hint: 'Set TMPDIR to a directory with more room.',
    cause
  })
}

/** Unpacks a compressed disk or file system. Errors as `readBytes` and `unpackInto`. */
export function unpackImage(
  packed: PackedFile,
  compression: Compression,
  io: ImageIo,
  options: OpenImageOptions
): Promise<UnpackedFile> {
  const maximum = options.maximumDecompressedBytes ?? defaultDecompressedBytes
  return unpackInto(readBytes(packed, compression, io, maximum), io, options)
}
