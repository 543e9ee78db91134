import { HardenError } from '../base/errors.ts'
import { defaultReadLimit, toolTimeout } from './limits.ts'
import type { ImageIo } from './limits.ts'

/** The EFI system partition of a disk image, read-only. Paths are absolute, letters' case does not matter. */
export interface Esp {
  /** Which partition it is, for messages: `partition 1`. */
  description: string
  /**
   * Names in a directory, directories with a `/` at the end; [] when it is not there.
   * @throws HardenError `ESP_UNREADABLE` when the FAT can't be read.
   */
  list(path: string): Promise<readonly string[]>
  /**
   * Content of a file; undefined when it is not there.
   * @throws HardenError `FILE_TOO_LARGE` above `limit` bytes (default 16 MiB), `ESP_UNREADABLE`.
   */
  read(path: string, limit?: number): Promise<Buffer | undefined>
}

/** A FAT file system inside a disk image. */
export interface FatSource {
  imagePath: string
  /** A path without `@@` and spaces. */
  toolPath: string
  /** Bytes before the file system. */
  offset: number
  description: string
}

/** mtools matches these as patterns; no file we look for has them. */
const patternCharacters = /[*?[\]\\]/

/** Reads a FAT file system with mtools (mdir, mcopy); nothing is mounted. */
export function openEsp(source: FatSource, io: ImageIo): Esp {
  const drive = `${source.toolPath}@@${source.offset}`
  const env = { MTOOLS_SKIP_CHECK: '1', MTOOLSRC: '/dev/null' }

  function unreadable(complaint: string): HardenError {
    const message = `The EFI system partition of ${source.imagePath} (${source.description}) can't be read: ${complaint}`
    return new HardenError('usage', 'ESP_UNREADABLE', message, {
      path: source.imagePath,
      hint: 'Check its FAT with fsck.vfat.'
    })
  }

  async function run(
    tool: 'mdir' | 'mcopy',
    args: readonly string[],
    maxBuffer: number
  ): Promise<Buffer | undefined> {
    const options = { env, maxBuffer, timeout: toolTimeout, signal: io.signal }
    const done = await io.exec.run(tool, ['-i', drive, ...args], options)
    const complaint = done.stderr.trim().split('\n').at(-1) ?? ''
    if (done.exitCode === 0 && !done.timedOut) return done.stdout
    if (/not found|No such file|does not exist/i.test(complaint)) return undefined
    throw unreadable(done.timedOut ? `${tool} did not come to an end` : complaint)
  }

  async function namesIn(directory: string): Promise<readonly string[] | undefined> {
    // With the slash a file of that name is not taken for a directory.
    const output = await run('mdir', ['-b', `::${directory}/`], defaultReadLimit)
    return output
      ?.toString('utf8')
      .split('\n')
      .map((line) => /^::\/(?:.*\/)?([^/]+\/?)$/.exec(line)?.[1])
      .filter((name) => name !== undefined)
  }

  // Every look costs a process, and who looks for boot loaders asks for the same few directories again and again.
  const listed = new Map<string, Promise<readonly string[] | undefined>>()
  function list(path: string): Promise<readonly string[] | undefined> {
    const directory = path.replace(/\/+$/, '')
    const key = directory.toLowerCase()
    const names = listed.get(key) ?? namesIn(directory)
    listed.set(key, names)
    return names
  }

  /** Whether it is a directory. Of what is not there mcopy says so. */
  async function isDirectory(path: string): Promise<boolean> {
    const cut = path.lastIndexOf('/')
    const name = path.slice(cut + 1).toLowerCase()
    const above = (await list(path.slice(0, cut))) ?? []
    if (above.some((one) => one.toLowerCase() === name)) return false
    // Short names (BOOTX6~1.EFI) are in no list.
    return (await list(path)) !== undefined
  }

  return {
    description: source.description,
    async list(path) {
      return patternCharacters.test(path) ? [] : ((await list(path)) ?? [])
    },
    async read(path, limit = defaultReadLimit) {
      // Of a directory mcopy would write all files one after the other.
      if (patternCharacters.test(path) || (await isDirectory(path))) return undefined
      try {
        return await run('mcopy', ['-n', `::${path}`, '-'], limit)
      } catch (error) {
        if (!(error instanceof HardenError) || error.code !== 'OUTPUT_TOO_LARGE') throw error
        throw new HardenError(
          'usage',
          'FILE_TOO_LARGE',
          `${path} in the EFI system partition has more than ${limit} bytes.`,
          {
            path,
            cause: error
          }
        )
      }
    }
  }
}
