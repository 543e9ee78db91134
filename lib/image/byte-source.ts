import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { HardenError, messageOf } from '../base/errors.ts'
import type { ExecStream } from '../base/exec.ts'
import type { ImageFile } from './image-file.ts'
import type { ImageIo } from './limits.ts'
import { damaged, stopIfInterrupted } from './limits.ts'
import { toolPath } from './tool-path.ts'

/** How an archive is packed; `none` is a plain tar. */
export type Compression = 'none' | 'gzip' | 'zstd' | 'xz'

/** The file with the bytes, and what it is called in messages. */
export type PackedFile = Pick<ImageFile, 'path' | 'file'>

/** Bytes the decompressors may use: xz needs 65 MiB at level 9, zstd 128 MiB at its default limit. */
const decompressors: Readonly<Record<'zstd' | 'xz', readonly string[]>> = {
  zstd: ['-d', '-c', '-q', '--memory=512MB', '--'],
  xz: ['-d', '-c', '-q', '--memlimit-decompress=1GiB', '--']
}

async function* plainBytes(path: string): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) yield chunk as Buffer
}

async function* gunzippedBytes({ path, file }: PackedFile): AsyncGenerator<Buffer> {
  const packed = createReadStream(file, { highWaterMark: 2 ** 18 })
  const unpacked = createGunzip({ chunkSize: 2 ** 18 })
  packed.on('error', (error) => unpacked.destroy(error))
  try {
    for await (const chunk of packed.pipe(unpacked)) yield chunk as Buffer
  } catch (error) {
    throw damaged(path, `gzip says: ${messageOf(error)}`, error)
  } finally {
    packed.destroy()
    unpacked.destroy()
  }
}

async function* toolBytes(
  tool: 'zstd' | 'xz',
  { path, file }: PackedFile,
  io: ImageIo
): AsyncGenerator<Buffer> {
  const running: ExecStream = io.exec.stream(tool, [...decompressors[tool], toolPath(file)], {
    signal: io.signal
  })
  let ended = false
  try {
    const stdout: Readable = running.stdout
    try {
      for await (const chunk of stdout) yield chunk as Buffer
    } catch (error) {
      await running.done // a missing tool and an interrupt have their own errors
      throw error
    }
    const done = await running.done
    ended = true
    if (done.exitCode !== 0) {
      const last = done.stderr.trim().split('\n').at(-1) ?? ''
      throw damaged(path, last === '' ? `${tool} ended with exit code ${done.exitCode}` : last)
    }
  } finally {
    if (!ended) running.kill()
  }
}

/**
 * The bytes of a file, decompressed. Leaving the loop early ends the decompressor.
 * @throws HardenError `IMAGE_DAMAGED` when the packed data break off, `IMAGE_TOO_LARGE` above
 *   `maximum` bytes (a decompression bomb), `TOOL_MISSING`, `INTERRUPTED`.
 */
export async function* readBytes(
  packed: PackedFile,
  compression: Compression,
  io: ImageIo,
  maximum: number
): AsyncGenerator<Buffer> {
  const { path } = packed
  const source =
    compression === 'none'
      ? plainBytes(packed.file)
      : compression === 'gzip'
        ? gunzippedBytes(packed)
        : toolBytes(compression, packed, io)
  let total = 0
  for await (const chunk of source) {
    stopIfInterrupted(io.signal)
    total += chunk.length
    if (total > maximum) {
      throw new HardenError('usage', 'IMAGE_TOO_LARGE', `${path} unpacks to more than ${maximum} bytes.`, {
        path,
        hint: 'Raise maximumDecompressedBytes if this image is really that large.'
      })
    }
    yield chunk
  }
}
