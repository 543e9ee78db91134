import type { Stats } from 'node:fs'
import { constants } from 'node:fs'
import { lstat, open, readdir, readlink, realpath } from 'node:fs/promises'
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

/** `lstat` calls under way at once. */
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

  async function describe(place: Buffer, imagePath: string, stats: Stats): Promise<ImageEntry> {
    const inode = truthOf(stats)
    if (!inode) throw new Error('nothing says whose it is and who may use it')
    return {
      path: imagePath,
      ...inode,
      size: inode.type === 'file' ? stats.size : 0,
      ...(inode.type === 'symlink' && {
        target: (await readlink(place, { encoding: 'buffer' })).toString()
      })
    }
  }

  async function namesIn(directory: ImageEntry): Promise<Buffer[]> {
    try {
      return await readdir(places.get(directory.path) ?? root, { encoding: 'buffer' })
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
  async function addOne(
    directory: ImageEntry,
    bytes: Buffer,
    isThere = true
  ): Promise<ImageEntry | undefined> {
    const name = bytes.toString()
    const imagePath = below(directory.path, name)
    if (isBadName(name) || imagePath.length > maximumPathLength || entries.has(imagePath)) {
      findings.add('IMAGE_NAME_REJECTED', 'error', `The name ${quoted(name)} can't be used.`, directory.path)
      return undefined
    }
    const place = Buffer.concat([places.get(directory.path) ?? Buffer.from(root), slash, bytes])
    try {
      const stats = await lstat(place)
      const entry = await describe(place, imagePath, stats)
      places.set(imagePath, place)
      entries.set(imagePath, entry)
      if (entry.type !== 'directory') return undefined
      if (stats.dev === rootStats.dev || !mountPoints.has(imagePath)) return entry
      mounted.add(imagePath)
      findings.add('IMAGE_MOUNT_SKIPPED', 'info', 'Something is mounted here; it was not read.', imagePath)
    } catch (error) {
      const isAbsent = !isThere && (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (!isAbsent) {
        unread.add(imagePath)
        findings.add('IMAGE_UNREADABLE', 'error', `Can't be read: ${messageOf(error)}`, imagePath)
      }
    }
    return undefined
  }

  const rootStats = await lstat(root)
  const rootEntry = await describe(Buffer.from(root), '/', rootStats)
  entries.set('/', rootEntry)

  async function list(directory: ImageEntry): Promise<ImageEntry[]> {
    stopIfInterrupted(io.signal)
    const all = await namesIn(directory)
    // Some may have been looked at by their own paths.
    const names = isOnDemand
      ? all.filter((name) => !entries.has(below(directory.path, name.toString())))
      : all
    if (entries.size + names.length > maximum) throw tooManyEntries(path, maximum)
    const deeper: ImageEntry[] = []
    for (let start = 0; start < names.length; start += batchSize) {
      const batch = names.slice(start, start + batchSize)
      const found = await Promise.all(batch.map((name) => addOne(directory, name)))
      for (const entry of found) if (entry) deeper.push(entry)
    }
    listed.add(directory.path)
    return deeper
  }

  async function load(keys: readonly string[]): Promise<void> {
    if (entries.size + keys.length > maximum) throw tooManyEntries(path, maximum)
    for (let start = 0; start < keys.length; start += batchSize) {
      stopIfInterrupted(io.signal)
      await Promise.all(keys.slice(start, start + batchSize).map(loadOne))
    }
  }

  async function loadOne(key: string): Promise<void> {
    const directory = entries.get(key.endsWith('/') ? key.slice(0, -1) || '/' : parentOf(key))
    if (!directory || mounted.has(directory.path)) return
    if (key.endsWith('/')) await list(directory)
    else await addOne(directory, Buffer.from(key.slice(key.lastIndexOf('/') + 1)), false)
  }

  const queue = isOnDemand ? [] : [rootEntry]
  for (let directory = queue.pop(); directory; directory = queue.pop()) queue.push(...(await list(directory)))

  async function readFile(entry: ImageEntry): Promise<Buffer> {
    try {
      // O_NOFOLLOW and O_NONBLOCK: the directory may have changed since we walked it.
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
      const file = await open(places.get(entry.path) ?? '', flags)
      try {
        if (!(await file.stat()).isFile()) throw new Error('it is no regular file any more')
        return await file.readFile()
      } finally {
        await file.close()
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
    readFile,
    unread,
    ...(!isOnDemand && truthOf === inodeOf && { capabilities }),
    ...(isOnDemand && { look: createLook(entries, { isListed: (one) => listed.has(one), load }) })
  }
}
