import { open } from 'node:fs/promises'
import type { FileSystem, FileSystemSource } from './file-system.ts'
import type { FindingLog } from './finding-log.ts'
import type { ImageEntry } from './image.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { damaged, defaultEntries, maximumPathLength, tooManyEntries } from './limits.ts'
import { isBadName, parentOf, quoted } from './names.ts'
import { readSquashfsCapabilities } from './squashfs-capabilities.ts'
import { createSquashfsReader } from './squashfs-content.ts'
import { readSquashfsRows } from './squashfs-rows.ts'
import { newMark, runUnsquashfs } from './unsquashfs.ts'

/** Bytes of listing: two million rows of 250. */
const listingBytes = 512 * 2 ** 20

/** What the table of extended attributes' address is when there are none. */
const noAttributes = 2n ** 64n - 1n

/**
 * `bytes_used` of the superblock, little-endian at 40, must fit; true when by the address at 56 it has no
 * extended attributes at all.
 */
async function checkSuperblock(source: FileSystemSource, room: number): Promise<boolean> {
  const file = await open(source.toolPath)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, source.offset)
    const bytes = bytesRead < 64 ? 0n : buffer.readBigUInt64LE(40)
    if (bytes > BigInt(room)) {
      throw damaged(source.imagePath, `its squashfs has ${bytes} bytes, but only ${room} are there.`)
    }
    return bytesRead === 64 && buffer.readBigUInt64LE(56) === noAttributes
  } finally {
    await file.close()
  }
}

// eslint-disable-next-line no-control-regex
const isAscii = (text: string) => /^[\u0000-\u007f]*$/.test(text)

/** The text that bytes are, given one character each. */
function utf8Of(bytes: string): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8')
}

/** The inodes, and under what name unsquashfs finds those whose name is UTF-8. */
async function listSquashfs(
  source: FileSystemSource,
  io: ImageIo,
  findings: FindingLog,
  maximum: number
): Promise<{ entries: ReadonlyMap<string, ImageEntry>; reachable: ReadonlyMap<string, number> }> {
  const mark = newMark()
  const done = await runUnsquashfs(source, ['-lln', '-d', mark], [], io, listingBytes)
  if (done.exitCode !== 0) {
    throw damaged(source.imagePath, done.stderr.trim().split('\n').at(-1) ?? 'unsquashfs can not read it.')
  }
  const { rows, rejected } = readSquashfsRows(done.stdout, mark)
  if (rows.length > maximum) throw tooManyEntries(source.imagePath, maximum)
  const entries = new Map<string, ImageEntry>()
  const reachable = new Map<string, number>()
  for (const [index, { path: bytes, target, ...attributes }] of rows.entries()) {
    const path = bytes === '' ? '/' : utf8Of(bytes)
    const name = path.slice(path.lastIndexOf('/') + 1)
    const isSound =
      path === '/' ||
      (!isBadName(name) &&
        path.length <= maximumPathLength &&
        entries.get(parentOf(path))?.type === 'directory')
    if (!isSound || entries.has(path)) {
      findings.add('IMAGE_NAME_REJECTED', 'error', `The name ${quoted(name)} can't be used.`, parentOf(path))
      continue
    }
    const text = target === undefined ? {} : { target: utf8Of(target) }
    entries.set(path, { path, ...attributes, ...text })
    if (path === bytes ? isAscii(bytes) : Buffer.from(path).toString('latin1') === bytes)
      reachable.set(path, index)
  }
  if (entries.get('/')?.type !== 'directory') throw damaged(source.imagePath, 'its squashfs has no root.')
  if (rejected > 0) {
    findings.add('IMAGE_INODE_REJECTED', 'error', `${rejected} inodes of the squashfs can't be understood.`)
  }
  return { entries, reachable }
}

/**
 * Reads a squashfs with unsquashfs(1): one process for the table, one for every 64 MiB of content, none of
 * which writes a file. Owners are numeric, setuid bits are kept.
 * @param room bytes from the file system's start to the end of its partition or file
 * @throws HardenError `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE_TABLE`, `TOOL_MISSING`; `readFile` throws
 *   `IMAGE_DAMAGED`, and `FILE_UNREADABLE` for a name that is not UTF-8.
 */
export async function readSquashfs(
  source: FileSystemSource,
  room: number,
  io: ImageIo,
  findings: FindingLog,
  options: OpenImageOptions
): Promise<FileSystem> {
  const isPlain = await checkSuperblock(source, room)
  const maximum = options.maximumEntries ?? defaultEntries
  const { entries, reachable } = await listSquashfs(source, io, findings, maximum)

  return {
    entries,
    readFile: createSquashfsReader(source, entries, reachable, io),
    capabilities: () => (isPlain ? Promise.resolve(new Map()) : readSquashfsCapabilities(source, entries, io))
  }
}
