import { createReadStream } from 'node:fs'
import { lstat, open } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOf, digestOfFile } from '../base/digest.ts'
import type { Compression, PackedFile } from './byte-source.ts'
import { readBytes } from './byte-source.ts'
import { composeImage } from './compose-image.ts'
import { createFindingLog } from './finding-log.ts'
import type { Image, ImageEntry } from './image.ts'
import { keptGroup, maximumKeptBytes } from './kept-files.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { damaged, defaultDecompressedBytes, defaultEntries, tooManyEntries } from './limits.ts'
import { readOciManifest } from './oci-manifest.ts'
import { onDemand } from './on-demand.ts'
import { headSize, recognise } from './recognise.ts'
import { createTarTable } from './tar-table.ts'
import { passOverTar } from './tar-stream-pass.ts'
import { unpackInto } from './unpack-image.ts'
import { createLayerChanges } from './whiteouts.ts'

/** Where one file of a layout lies: a file of its own, or a piece of an archive. */
export interface BlobPlace {
  file: string
  start: number
  size: number
  /** True when it is the whole file. */
  isWhole: boolean
}

/** Finds the files of a layout by name (`index.json`, `blobs/sha256/...`); undefined when it is not there. */
export type FindBlob = (name: string) => Promise<BlobPlace | undefined>

const documentLimit = 4 * 2 ** 20

/** Members of one layer are numbered from its index times this. */
const perLayer = 2 ** 32

/** The files of an unpacked OCI layout; links are not followed. */
export function blobsOfDirectory(root: string): FindBlob {
  return async (name) => {
    const file = join(root, name)
    const stats = await lstat(file).catch(() => undefined)
    return stats?.isFile() ? { file, start: 0, size: stats.size, isWhole: true } : undefined
  }
}

async function* bytesOf({ file, start, size }: BlobPlace): AsyncGenerator<Buffer> {
  if (size === 0) return
  for await (const chunk of createReadStream(file, { start, end: start + size - 1 })) yield chunk as Buffer
}

async function compressionOf(file: string): Promise<Compression | undefined> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headSize), 0, headSize, 0)
    const form = recognise(buffer.subarray(0, bytesRead))[0]
    if (form === 'tar') return 'none'
    return form === 'gzip' || form === 'zstd' || form === 'xz' ? form : undefined
  } finally {
    await handle.close()
  }
}

/**
 * Opens a container image: its layers one over the other, whiteouts applied (OCI image specification), every
 * blob checked against its digest.
 * @throws HardenError `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE`, `IMAGE_TOO_LARGE_TABLE`, `TOOL_MISSING`,
 *   `TEMPORARY_FULL`.
 */
export async function openOciImage(
  path: string,
  find: FindBlob,
  sha512: (() => Promise<string>) | undefined,
  io: ImageIo,
  options: OpenImageOptions = {}
): Promise<Image> {
  const findings = createFindingLog()
  const table = createTarTable(findings)
  const kept = new Map<number, Buffer>()
  const layers: { packed: PackedFile; compression: Compression }[] = []
  const removals: (() => Promise<void>)[] = []
  const maximumEntries = options.maximumEntries ?? defaultEntries
  let room = options.maximumDecompressedBytes ?? defaultDecompressedBytes
  let keptRoom = maximumKeptBytes

  async function read(name: string): Promise<string | undefined> {
    const place = await find(name)
    if (!place) return undefined
    if (place.size > documentLimit) throw damaged(path, `${name} is too large for a description.`)
    const pieces: Buffer[] = []
    for await (const piece of bytesOf(place)) pieces.push(piece)
    const data = Buffer.concat(pieces)
    checkDigest(name, () => digestOf(data))
    return data.toString('utf8')
  }

  function checkDigest(name: string, digest: () => string): void {
    const wanted = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(name)?.[1]
    if (wanted !== undefined && wanted !== digest()) throw damaged(path, `the digest of ${name} is wrong.`)
  }

  /** A layer as a file of its own: the decompressors want one. */
  async function layerFile(name: string): Promise<PackedFile> {
    const place = await find(name)
    if (!place) throw damaged(path, `the layer ${name} is missing.`)
    let file = place.file
    if (!place.isWhole) {
      const copy = await unpackInto(bytesOf(place), io, options)
      removals.push(copy.remove)
      file = copy.file
    }
    const digest = await digestOfFile(file, 'sha256')
    checkDigest(name, () => digest)
    return { path, file }
  }

  async function* layerBytes(index: number): AsyncGenerator<Buffer> {
    const layer = layers[index]
    if (!layer) return
    for await (const chunk of readBytes(layer.packed, layer.compression, io, room)) yield chunk
  }

  async function addLayer(index: number): Promise<void> {
    const changes = createLayerChanges(table)
    const base = index * perLayer
    await passOverTar(path, layerBytes(index), {
      member({ ordinal, header, start, record }) {
        room = Math.max(0, room - (header.size ?? 0))
        if (table.entries.size > maximumEntries || ordinal > 2 * maximumEntries || start < 0) {
          throw tooManyEntries(path, maximumEntries)
        }
        if (changes.takes(header.name)) return false
        const entry = table.add({ ordinal: base + ordinal, header, record })
        if (!entry) return false
        changes.brought(entry)
        if (entry.type !== 'file' || table.memberOf(entry.path) !== base + ordinal) return false
        if (keptGroup(entry.path, entry.size) === undefined || entry.size > keptRoom) return false
        keptRoom -= entry.size
        return true
      },
      content({ ordinal }, data) {
        kept.set(base + ordinal, data)
        return true
      }
    })
    changes.apply()
  }

  const readMember = onDemand(async (wanted) => {
    const found = new Map<number, Buffer>()
    const indexes = new Set([...wanted].map((number) => Math.floor(number / perLayer)))
    for (const index of indexes) {
      const base = index * perLayer
      let left = [...wanted].filter((number) => Math.floor(number / perLayer) === index).length
      await passOverTar(path, layerBytes(index), {
        member: ({ ordinal }) => wanted.has(base + ordinal),
        content({ ordinal }, data) {
          found.set(base + ordinal, data)
          left -= 1
          return left > 0
        }
      })
    }
    return found
  })

  const close = async () => {
    for (const remove of removals) await remove()
  }
  try {
    const { layers: names, others } = await readOciManifest(path, read)
    for (const [index, name] of names.entries()) {
      const packed = await layerFile(name)
      const compression = await compressionOf(packed.file)
      if (compression === undefined) throw damaged(path, `the layer ${name} is no tar archive.`)
      layers.push({ packed, compression })
      await addLayer(index)
    }
    if (others > 0) {
      const message = `It holds ${others} more images (other platforms or tags); the first for Linux was read.`
      findings.add('IMAGE_SEVERAL_IMAGES', 'warning', message)
    }
    room = options.maximumDecompressedBytes ?? defaultDecompressedBytes
    return composeImage({
      path,
      format: 'oci',
      description: `a container image of ${names.length} layers`,
      sha512,
      entries: table.entries,
      capabilities: () => Promise.resolve(table.capabilities),
      findings,
      close,
      async readFile(entry: ImageEntry) {
        if (entry.size === 0) return Buffer.alloc(0)
        const member = table.memberOf(entry.path)
        const data = member === undefined ? undefined : (kept.get(member) ?? (await readMember(member)))
        if (data?.length !== entry.size) throw damaged(path, `${entry.path} is incomplete.`)
        return data
      }
    })
  } catch (error) {
    await close()
    throw error
  }
}
