import type { FileSystemSource } from './file-system.ts'
import { runDebugfs } from './debugfs.ts'
import type { DirectoryRow } from './ext4-rows.ts'
import { readDirectoryRows } from './ext4-rows.ts'
import { readLinkTargets } from './ext4-links.ts'
import type { FindingLog } from './finding-log.ts'
import type { EntryType, ImageEntry } from './image.ts'
import type { ImageIo } from './limits.ts'
import { damaged, maximumPathLength, stopIfInterrupted, tooManyEntries } from './limits.ts'
import { below, isBadName, quoted } from './names.ts'

/** The inodes of a file system and their numbers. */
export interface ExtTable {
  entries: ReadonlyMap<string, ImageEntry>
  inodeOf(path: string): number | undefined
}

const rootInode = 2

/** Directories read by one debugfs process. */
const directoriesPerRun = 2000

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

interface Directory {
  path: string
  inode: number
}

/**
 * Walks a file system level by level, each level in one debugfs process that lists directories by
 * inode number (`ls -p <12>`): no name from the image ever becomes part of a command.
 * @throws HardenError `IMAGE_DAMAGED` when a directory can't be read, `IMAGE_TOO_LARGE_TABLE`.
 */
export async function walkExt4(
  source: FileSystemSource,
  io: ImageIo,
  findings: FindingLog,
  maximum: number
): Promise<ExtTable> {
  const entries = new Map<string, ImageEntry>()
  const inodes = new Map<string, number>()
  const seenDirectories = new Set([rootInode])
  const links: { entry: ImageEntry; inode: number; size: number }[] = []

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
    if (type === 'symlink') links.push({ entry, inode: row.inode, size: row.size })
    if (type !== 'directory') return undefined
    seenDirectories.add(row.inode)
    return { path, inode: row.inode }
  }

  async function listTogether(directories: readonly Directory[]): Promise<Directory[]> {
    const commands = directories.flatMap(({ inode }) => [`ls -p <${inode}>`, `ls -l <${inode}>`])
    const { outputs, complaints } = await runDebugfs(source, commands, io, listingBytes)
    return directories.flatMap((directory, index) => {
      const { rows, rejected } = readDirectoryRows(outputs[2 * index]!, outputs[2 * index + 1]!)
      const self = rows.find((row) => row.name === '.')
      if (self?.inode !== directory.inode || types.get(self.mode >> 12) !== 'directory') {
        const why = complaints.split('\n')[0] ?? ''
        throw damaged(
          source.imagePath,
          `the directory ${quoted(directory.path)} can't be read. ${why}`.trim()
        )
      }
      if (directory.path === '/') put('/', 'directory', self)
      if (rejected > 0) {
        const message = `${rejected} names in this directory can't be used: they hold a line break, a slash or nothing.`
        findings.add('IMAGE_NAME_REJECTED', 'error', message, directory.path)
      }
      return rows
        .filter((row) => row.name !== '.' && row.name !== '..')
        .map((row) => addRow(directory, row))
        .filter((child) => child !== undefined)
    })
  }

  let level: Directory[] = [{ path: '/', inode: rootInode }]
  while (level.length > 0) {
    const deeper: Directory[] = []
    for (let start = 0; start < level.length; start += directoriesPerRun) {
      stopIfInterrupted(io.signal)
      deeper.push(...(await listTogether(level.slice(start, start + directoriesPerRun))))
    }
    level = deeper
  }

  const targets = await readLinkTargets(source, links, io)
  for (const { entry, inode } of links) {
    const target = targets.get(inode)
    if (target !== undefined) entry.target = target
    else findings.add('IMAGE_LINK_BROKEN', 'warning', "The link's target can't be read.", entry.path)
  }
  return { entries, inodeOf: (path) => inodes.get(path) }
}
