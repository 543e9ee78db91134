import { HardenError } from '../base/errors.ts'
import type { Content } from './content-reader.ts'
import { contentsOf, createContentReader } from './content-reader.ts'
import type { FileSystem, FileSystemSource } from './file-system.ts'
import type { ImageIo } from './limits.ts'
import { damaged } from './limits.ts'
import { runUnsquashfs } from './unsquashfs.ts'

/** Bytes of names one command line may carry; Linux allows 2 MiB with the environment. */
const nameBytesPerRun = 512 * 2 ** 10

/** Runs that may fail while one group is fetched: a damaged image must not cost one process per file. */
const maximumFailures = 64

/** Cuts a run where its names would make a command line too long. */
function* byNameLength(run: readonly Content[]): Generator<Content[]> {
  let part: Content[] = []
  let bytes = 0
  for (const content of run) {
    const more = Buffer.byteLength(content.path) + 9
    if (part.length > 0 && bytes + more > nameBytesPerRun) {
      yield part
      part = []
      bytes = 0
    }
    part.push(content)
    bytes += more
  }
  if (part.length > 0) yield part
}

/**
 * Reads files of a squashfs on demand, many in one `unsquashfs -cat`.
 * @param reachable files whose names unsquashfs can be given (UTF-8), numbered
 * The reader throws `IMAGE_DAMAGED` for a file that can't be read, `FILE_UNREADABLE` for a name that is
 * not UTF-8.
 */
export function createSquashfsReader(
  source: FileSystemSource,
  entries: FileSystem['entries'],
  reachable: ReadonlyMap<string, number>,
  io: ImageIo
): FileSystem['readFile'] {
  /** The files one after the other; sizes are known, so the sum says whether all came whole. */
  async function fetchTogether(run: readonly Content[]): Promise<Map<number, Buffer>> {
    const bytes = run.reduce((sum, { size }) => sum + size, 0)
    const names = run.map(({ path }) => path)
    const done = await runUnsquashfs(source, ['-cat'], names, io, bytes + 2 ** 16)
    const found = new Map<number, Buffer>()
    if (done.exitCode !== 0 || done.stdout.length !== bytes) return found
    let start = 0
    for (const { number, size } of run) {
      // Copied: a piece of the output would keep all of it in memory.
      found.set(number, Buffer.from(done.stdout.subarray(start, start + size)))
      start += size
    }
    return found
  }

  const read = createContentReader(
    () => contentsOf(entries, (path) => reachable.get(path)),
    async (run) => {
      const found = new Map<number, Buffer>()
      const parts = [...byNameLength(run)]
      let failures = 0
      for (let part = parts.pop(); part && failures < maximumFailures; part = parts.pop()) {
        const together = await fetchTogether(part)
        for (const [number, data] of together) found.set(number, data)
        if (together.size > 0) continue
        failures += 1
        // One damaged file must not take the others with it: halves until it stands alone.
        const middle = part.length >> 1
        if (middle > 0) parts.push(part.slice(0, middle), part.slice(middle))
      }
      return found
    }
  )

  return async (entry) => {
    if (entry.size === 0) return Buffer.alloc(0)
    const number = reachable.get(entry.path)
    if (number === undefined) {
      const message = `The name of ${entry.path} in ${source.imagePath} is not UTF-8; unsquashfs can't be asked for it.`
      throw new HardenError('usage', 'FILE_UNREADABLE', message, { path: entry.path })
    }
    const data = await read(number)
    if (!data) throw damaged(source.imagePath, `the content of ${entry.path} can't be read.`)
    return data
  }
}
