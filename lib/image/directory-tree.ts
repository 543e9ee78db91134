import type { Stats } from 'node:fs'
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync
} from 'node:fs'
import { realpath } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { HardenError, messageOf } from '../base/errors.ts'
import { readGetcap } from './capabilities.ts'
import type { FileSystem } from './file-system.ts'
import type { FindingLog } from './finding-log.ts'
import type { EntryType, ImageEntry } from './image.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import {
  defaultEntries,
  maximumPathLength,
  stopIfInterrupted,
  toolTimeout,
  tooManyEntries
} from './limits.ts'
import { createLook } from './look.ts'
import { below, isBadName, parentOf, quoted } from './names.ts'

/** Mount points of a running system; what is mounted there belongs to no image. */
const mountPoints = new Set(['/proc', '/sys', '/dev', '/run', '/tmp'])

/**
 * System calls in one turn of the event loop. They are made directly: handing one over to a thread of the pool and
 * back costs ten times what an inode costs, and there are tens of thousands.
 */
const batchSize = 256

const slash = Buffer.from('/')

/** What an inode is and whose, where the directory itself does not say it. */
export type Inode = Pick<ImageEntry, 'type' | 'mode' | 'uid' | 'gid'>

function typeOf(stats: Stats): EntryType {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  if (stats.isSymbolicLink()) return 'symlink'
  if (stats.isBlockDevice()) return 'block'
  if (stats.isCharacterDevice()) return 'character'
  return stats.isFIFO() ? 'fifo' : 'socket'
}

function inodeOf(stats: Stats): Inode {
  return { type: typeOf(stats), mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid }
}

/**
 * Reads a directory of this machine as a root file system; links are never followed out of it.
 * @param path what the image is called in messages
 * @param directory where it lies
 * @param truthOf says what an inode really is when the directory holds it in another guise; undefined for one
 *   nobody knows, which is left out with a finding
 * @throws HardenError `IMAGE_TOO_LARGE_TABLE`; `readFile` throws `FILE_UNREADABLE` (environment).
 */
export async function readDirectoryTree(
  path: string,
  directory: string,
  io: ImageIo,
  findings: FindingLog,
  options: OpenImageOptions,
  truthOf: (stats: Stats) => Inode | undefined = inodeOf
): Promise<FileSystem> {
  const maximum = options.maximumEntries ?? defaultEntries
  const root = await realpath(directory)
  const entries = new Map<string, ImageEntry>()
  // Names are bytes: a name that is not UTF-8 has to be opened by its bytes.
  const places = new Map<string, Buffer>()
  const isOnDemand = options.walk === 'on-demand'
  const listed = new Set<string>()
  const mounted = new Set<string>()
  const unread = new Set<string>()

  function describe(place: Buffer, imagePath: string, stats: Stats): ImageEntry {
    const inode = truthOf(stats)
    if (!inode) throw new Error('nothing says whose it is and who may use it')
    return {
      path: imagePath,
      ...inode,
      size: inode.type === 'file' ? stats.size : 0,
      ...(inode.type === 'symlink' && {
        target: readlinkSync(place, { encoding: 'buffer' }).toString()
      })
    }
  }

  function namesIn(directory: ImageEntry): Buffer[] {
    try {
      return readdirSync(places.get(directory.path) ?? root, { encoding: 'buffer' })
    } catch (error) {
      unread.add(directory.path)
      findings.add(
        'IMAGE_UNREADABLE',
        'error',
        `The directory can't be listed (${messageOf(error)}); what lies in it was not looked at.`,
        directory.path
      )
      return []
    }
  }

  /** @param isThere false when nobody said that there is such a name */
  function addOne(directory: ImageEntry, bytes: Buffer, isThere = true): ImageEntry | undefined {
    const name = bytes.toString()
    const imagePath = below(directory.path, name)
    if (isBadName(name) || imagePath.length > maximumPathLength || entries.has(imagePath)) {
      findings.add('IMAGE_NAME_REJECTED', 'error', `The name ${quoted(name)} can't be used.`, directory.path)
      return undefined
    }
    const place = Buffer.concat([places.get(directory.path) ?? Buffer.from(root), slash, bytes])
    try {
      const stats = lstatSync(place, { throwIfNoEntry: isThere })
      if (!stats) return undefined
      const entry = describe(place, imagePath, stats)
      places.set(imagePath, place)
      entries.set(imagePath, entry)
      if (entry.type !== 'directory') return undefined
      if (stats.dev === rootStats.dev || !mountPoints.has(imagePath)) return entry
      mounted.add(imagePath)
      findings.add('IMAGE_MOUNT_SKIPPED', 'info', 'Something is mounted here; it was not read.', imagePath)
    } catch (error) {
      unread.add(imagePath)
      findings.add('IMAGE_UNREADABLE', 'error', `Can't be read: ${messageOf(error)}`, imagePath)
    }
    return undefined
  }

  const rootStats = lstatSync(root)
  const rootEntry = describe(Buffer.from(root), '/', rootStats)
  entries.set('/', rootEntry)

  let calls = 0

  /** Lets timers and signals have their turn when enough was done since the last time. */
  async function othersTurn(count: number): Promise<void> {
    calls += count
    if (calls < batchSize) return
    calls = 0
    await setImmediate()
  }

  async function list(directory: ImageEntry): Promise<ImageEntry[]> {
    stopIfInterrupted(io.signal)
    const all = namesIn(directory)
    // Some may have been looked at by their own paths.
    const names = isOnDemand
      ? all.filter((name) => !entries.has(below(directory.path, name.toString())))
      : all
    if (entries.size + names.length > maximum) throw tooManyEntries(path, maximum)
    const deeper: ImageEntry[] = []
    for (let start = 0; start < names.length; start += batchSize) {
      const batch = names.slice(start, start + batchSize)
      for (const name of batch) {
        const entry = addOne(directory, name)
        if (entry) deeper.push(entry)
      }
      await othersTurn(batch.length)
    }
    listed.add(directory.path)
    return deeper
  }

  async function load(keys: readonly string[]): Promise<void> {
    if (entries.size + keys.length > maximum) throw tooManyEntries(path, maximum)
    for (let start = 0; start < keys.length; start += batchSize) {
      stopIfInterrupted(io.signal)
      const batch = keys.slice(start, start + batchSize)
      for (const key of batch) await loadOne(key)
      await othersTurn(batch.length)
    }
  }

  async function loadOne(key: string): Promise<void> {
    const directory = entries.get(key.endsWith('/') ? key.slice(0, -1) || '/' : parentOf(key))
    if (!directory || mounted.has(directory.path)) return
    if (key.endsWith('/')) await list(directory)
    else addOne(directory, Buffer.from(key.slice(key.lastIndexOf('/') + 1)), false)
  }

  const queue = isOnDemand ? [] : [rootEntry]
  for (let directory = queue.pop(); directory; directory = queue.pop()) queue.push(...(await list(directory)))

  function readFile(entry: ImageEntry): Buffer {
    try {
      // O_NOFOLLOW and O_NONBLOCK: the directory may have changed since we walked it.
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
      const file = openSync(places.get(entry.path) ?? '', flags)
      try {
        if (!fstatSync(file).isFile()) throw new Error('it is no regular file any more')
        return readFileSync(file)
      } finally {
        closeSync(file)
      }
    } catch (error) {
      throw new HardenError(
        'environment',
        'FILE_UNREADABLE',
        `${entry.path} in ${path} can't be read: ${messageOf(error)}`,
        { path: entry.path, hint: 'Run as a user who may read every file of the image (root).', cause: error }
      )
    }
  }

  async function capabilities(): Promise<ReadonlyMap<string, string> | undefined> {
    const all = [...entries.values()].filter(({ path }) => path !== '/' && parentOf(path) === '/')
    const roots = all.filter((entry) => !mounted.has(entry.path)).map((entry) => `${root}${entry.path}`)
    // What is mounted belongs to no image; else one path is shorter than all that may stand in the root.
    const args = ['-r', ...(mounted.size > 0 ? roots : [root])]
    try {
      const done = await io.exec.run('getcap', args, { timeout: toolTimeout, signal: io.signal })
      const isWhole = done.exitCode === 0 && !done.timedOut && done.stderr === ''
      return isWhole ? readGetcap(done.stdout.toString(), root === '/' ? '' : root) : undefined
    } catch (error) {
      if (error instanceof HardenError && error.code === 'TOOL_MISSING') return undefined
      throw error
    }
  }

  return {
    entries,
    readFile: (entry) => Promise.resolve(entry).then(readFile),
    unread,
    ...(!isOnDemand && truthOf === inodeOf && { capabilities }),
    ...(isOnDemand && { look: createLook(entries, { isListed: (one) => listed.has(one), load }) })
  }
}
