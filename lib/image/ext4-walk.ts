import type { FileSystemSource } from './file-system.ts'
import type { Debugfs } from './debugfs.ts'
import type { DirectoryRow, DirectoryRows } from './ext4-rows.ts'
import { readDirectoryRows } from './ext4-rows.ts'
import { readLinkTargets } from './ext4-links.ts'
import type { FindingLog } from './finding-log.ts'
import type { EntryType, Image, ImageEntry } from './image.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { damaged, defaultEntries, maximumPathLength, stopIfInterrupted, tooManyEntries } from './limits.ts'
import { createLook, targetOf } from './look.ts'
import { below, isBadName, parentOf, quoted } from './names.ts'

/** The inodes of a file system and their numbers. */
export interface ExtTable {
  entries: ReadonlyMap<string, ImageEntry>
  inodeOf(path: string): number | undefined
  /** Only of a table read on demand. */
  look?: Image['look']
}

const rootInode = 2

/** Directories listed by one answer of debugfs. */
const directoriesPerRun = 2000

/** Constant paths, parents first, that need no quoting in a command. */
const usualDirectories = [
  ...['/etc', '/var', '/var/lib', '/var/lib/dpkg', '/var/lib/dpkg/info'],
  ...['/usr', '/usr/bin', '/usr/sbin', '/usr/lib', '/usr/share', '/usr/share/doc']
]

/** Bytes of listing one run may make: 2000 directories of a thousand names. */
const listingBytes = 512 * 2 ** 20

/** The type bits of i_mode, inode(7). */
const types = new Map<number, EntryType>([
  [0o10, 'file'],
  [0o04, 'directory'],
  [0o12, 'symlink'],
  [0o06, 'block'],
  [0o02, 'character'],
  [0o01, 'fifo'],
  [0o14, 'socket']
])

/** A symlink whose target stands elsewhere than its row. */
interface Link {
  entry: ImageEntry
  inode: number
  size: number
}

interface Directory {
  path: string
  inode: number
}

/**
 * Reads the inodes of a file system, all of them level by level or on demand, many directories by one answer of
 * debugfs, which lists them by inode number (`ls -p <12>`): no name from the image ever becomes part of a command.
 * @throws HardenError `IMAGE_DAMAGED` when a directory can't be read, `IMAGE_TOO_LARGE_TABLE`.
 */
export async function walkExt4(
  source: FileSystemSource,
  debugfs: Debugfs,
  io: ImageIo,
  findings: FindingLog,
  options: OpenImageOptions
): Promise<ExtTable> {
  const maximum = options.maximumEntries ?? defaultEntries
  const listed = new Set<string>()
  const entries = new Map<string, ImageEntry>()
  const inodes = new Map<string, number>()
  const seenDirectories = new Set([rootInode])
  const links = new Map<string, Link>()

  function put(path: string, type: EntryType, row: DirectoryRow): ImageEntry {
    const entry: ImageEntry = {
      path,
      type,
      mode: row.mode & 0o7777,
      uid: row.uid,
      gid: row.gid,
      size: type === 'file' ? row.size : 0
    }
    entries.set(path, entry)
    inodes.set(path, row.inode)
    if (entries.size > maximum) throw tooManyEntries(source.imagePath, maximum)
    return entry
  }

  function addRow(directory: Directory, row: DirectoryRow): Directory | undefined {
    const path = below(directory.path, row.name)
    if (isBadName(row.name) || path.length > maximumPathLength || entries.has(path)) {
      findings.add(
        'IMAGE_NAME_REJECTED',
        'error',
        `The name ${quoted(row.name)} can't be used.`,
        directory.path
      )
      return undefined
    }
    const type = types.get(row.mode >> 12)
    if (type === undefined) {
      findings.add('IMAGE_INODE_REJECTED', 'error', `Inode ${row.inode} has no known type.`, path)
      return undefined
    }
    if (type === 'directory' && seenDirectories.has(row.inode)) {
      findings.add('IMAGE_INODE_REJECTED', 'error', 'A second name of a directory (a loop).', path)
      return undefined
    }
    const entry = put(path, type, row)
    if (type === 'symlink') links.set(path, { entry, inode: row.inode, size: row.size })
    if (type !== 'directory') return undefined
    seenDirectories.add(row.inode)
    return { path, inode: row.inode }
  }

  /** Takes what debugfs printed about one directory; gives the directories in it. */
  function take(directory: Directory, { rows, rejected }: DirectoryRows, self: DirectoryRow): Directory[] {
    if (directory.path === '/') put('/', 'directory', self)
    listed.add(directory.path)
    if (rejected > 0) {
      const message = `${rejected} names in this directory can't be used: they hold a line break, a slash or nothing.`
      findings.add('IMAGE_NAME_REJECTED', 'error', message, directory.path)
    }
    return rows
      .filter((row) => row.name !== '.' && row.name !== '..')
      .map((row) => addRow(directory, row))
      .filter((child) => child !== undefined)
  }

  async function listTogether(directories: readonly Directory[]): Promise<Directory[]> {
    const commands = directories.flatMap(({ inode }) => [`ls -p <${inode}>`, `ls -l <${inode}>`])
    const outputs = await debugfs.run(commands, listingBytes)
    const deeper: Directory[] = []
    for (const [index, directory] of directories.entries()) {
      const rows = readDirectoryRows(outputs[2 * index]!, outputs[2 * index + 1]!)
      const self = selfIn(rows, directory.inode)
      if (!self) {
        const why = (await debugfs.complaints()).split('\n')[0] ?? ''
        const what = `the directory ${quoted(directory.path)} can't be read. ${why}`
        throw damaged(source.imagePath, what.trim())
      }
      deeper.push(...take(directory, rows, self))
    }
    return deeper
  }

  /**
   * Lists by path, in one process, directories that nearly every look-up leads through. An answer counts only
   * where the directory above says that this very inode has that name; the rest is left to the look-up.
   */
  async function listUsual(): Promise<void> {
    const commands = usualDirectories.flatMap((path) => [`ls -p ${path}`, `ls -l ${path}`])
    const outputs = await debugfs.run(commands, listingBytes)
    for (const [index, path] of usualDirectories.entries()) {
      const rows = readDirectoryRows(outputs[2 * index]!, outputs[2 * index + 1]!)
      const inode = inodes.get(path)
      const self = inode === undefined ? undefined : selfIn(rows, inode)
      if (self && inode !== undefined && entries.get(path)?.type === 'directory' && !listed.has(path))
        take({ path, inode }, rows, self)
    }
  }

  async function readTargets(some: readonly Link[]): Promise<void> {
    const targets = await readLinkTargets(debugfs, some)
    for (const { entry, inode } of some) {
      const target = targets.get(inode)
      if (target !== undefined) entry.target = target
      else findings.add('IMAGE_LINK_BROKEN', 'warning', "The link's target can't be read.", entry.path)
    }
  }

  async function list(directories: readonly Directory[]): Promise<Directory[]> {
    const deeper: Directory[] = []
    for (let start = 0; start < directories.length; start += directoriesPerRun) {
      stopIfInterrupted(io.signal)
      deeper.push(...(await listTogether(directories.slice(start, start + directoriesPerRun))))
    }
    return deeper
  }

  async function load(keys: readonly string[]): Promise<void> {
    const wanted = keys
      .map((key) => links.get(key.replace(targetOf, '')))
      .filter((link) => link !== undefined)
    const directories = new Set(
      keys
        .filter((key) => !key.endsWith(targetOf))
        .map((key) => (key.endsWith('/') ? key.slice(0, -1) || '/' : parentOf(key)))
    )
    await list([...directories].map((path) => ({ path, inode: inodes.get(path) ?? 0 })))
    if (wanted.length > 0) await readTargets(wanted)
  }

  const inodeOf = (path: string) => inodes.get(path)
  let level = await list([{ path: '/', inode: rootInode }])
  if (options.walk === 'on-demand') {
    await listUsual()
    return { entries, inodeOf, look: createLook(entries, { isListed: (path) => listed.has(path), load }) }
  }
  while (level.length > 0) level = await list(level)
  await readTargets([...links.values()])
  return { entries, inodeOf }
}

/** The row of the directory itself, when it is a directory and the one that was asked for. */
function selfIn({ rows }: DirectoryRows, inode: number): DirectoryRow | undefined {
  const self = rows.find((row) => row.name === '.')
  return self?.inode === inode && types.get(self.mode >> 12) === 'directory' ? self : undefined
}
