import { HardenError } from '../base/errors.ts'
import type { FindingLog } from './finding-log.ts'
import type { Image, ImageEntry } from './image.ts'
import { defaultReadLimit } from './limits.ts'
import { createLookup } from './lookup.ts'

/** What a format has to bring; everything else about an `Image` is the same for all. */
export interface ImageParts extends Pick<
  Image,
  'path' | 'format' | 'description' | 'esp' | 'bootPartitions' | 'partitions' | 'look' | 'unread'
> {
  /** Undefined when the image is no file. */
  sha512: (() => Promise<string>) | undefined
  entries: ReadonlyMap<string, ImageEntry>
  findings: FindingLog
  /** Content of a regular file of `entries`. */
  readFile(entry: ImageEntry): Promise<Buffer>
  /** As `Image.capabilities`; absent where nobody can tell. */
  capabilities?: Image['capabilities']
  close?(): Promise<void>
}

/** The error of a file larger than the caller is ready to take. */
export function fileTooLarge(path: string, size: number, limit: number): HardenError {
  return new HardenError(
    'usage',
    'FILE_TOO_LARGE',
    `${path} in the image has ${size} bytes, more than the ${limit} we read.`,
    { path }
  )
}

/** Works out something at the first call and remembers it; the work is not done for nobody. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  return () => (answer ??= work())
}

/** Puts look-up, limits and decoding around a table of inodes and a reader. */
export function composeImage(parts: ImageParts): Image {
  const { lstat, stat, list } = createLookup(parts.entries)

  async function read(path: string, limit = defaultReadLimit): Promise<Buffer | undefined> {
    await parts.look?.([path])
    const entry = stat(path)
    if (entry?.type !== 'file') return undefined
    if (entry.size > limit) throw fileTooLarge(entry.path, entry.size, limit)
    const data = await parts.readFile(entry)
    // A directory can change under us.
    if (data.length > limit) throw fileTooLarge(entry.path, data.length, limit)
    return data
  }

  return {
    path: parts.path,
    format: parts.format,
    description: parts.description,
    sha512: once(parts.sha512 ?? (() => Promise.resolve(undefined))),
    hasFiles: true,
    entries: parts.entries,
    ...(parts.unread && { unread: parts.unread }),
    esp: parts.esp,
    ...(parts.bootPartitions && { bootPartitions: parts.bootPartitions }),
    ...(parts.partitions && { partitions: parts.partitions }),
    get findings() {
      return parts.findings.all()
    },
    lstat,
    stat,
    list,
    ...(parts.look && { look: parts.look }),
    read,
    async readText(path, limit) {
      return (await read(path, limit))?.toString('utf8')
    },
    capabilities: once(parts.capabilities ?? (() => Promise.resolve(undefined))),
    async close() {
      await parts.close?.()
    }
  }
}
