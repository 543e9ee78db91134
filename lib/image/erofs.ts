import { constants, createReadStream } from 'node:fs'
import { lstat, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { HardenError } from '../base/errors.ts'
import { readDirectoryTree } from './directory-tree.ts'
import { readErofsCapabilities } from './erofs-capabilities.ts'
import { readFakerootInodes } from './fakeroot-inodes.ts'
import type { FileSystem, FileSystemSource } from './file-system.ts'
import type { FindingLog } from './finding-log.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { damaged, defaultDecompressedBytes, defaultEntries, toolTimeout } from './limits.ts'
import { runInSandbox } from './sandbox.ts'
import { privateDirectory } from './tool-path.ts'
import { unpackInto } from './unpack-image.ts'

/** The table of inodes; a row has about 80 bytes. */
const tableLimit = 512 * 2 ** 20

const convert = 'Give the tar, ext4 or squashfs of the same build.'

/** The programs that run inside the sandbox: outside, a missing one has its own error. */
async function checkTools(io: ImageIo): Promise<void> {
  await io.exec.run('fsck.erofs', ['-V'], { timeout: toolTimeout, signal: io.signal })
  await io.exec.run('fakeroot', ['--version'], { timeout: toolTimeout, signal: io.signal })
}

function tooLarge(path: string, bytes: number, files: number): HardenError {
  const message = `${path} unpacks to more than ${bytes} bytes or ${files} files.`
  return new HardenError('usage', 'IMAGE_TOO_LARGE', message, {
    path,
    hint: 'Raise maximumDecompressedBytes or maximumEntries if this image is really that large.'
  })
}

/** Unpacks `/image` of the sandbox to `/x/root`. */
async function extract(
  imagePath: string,
  image: string,
  directory: string,
  io: ImageIo,
  options: OpenImageOptions
): Promise<void> {
  const maximumBytes = options.maximumDecompressedBytes ?? defaultDecompressedBytes
  const maximumFiles = options.maximumEntries ?? defaultEntries
  const command = ['fakeroot', '-s', '/x/inodes', '--', 'fsck.erofs', '-d1', '--extract=/x/root', '/image']
  const limits = { image, directory, maximumBytes, maximumFiles, timeout: toolTimeout }
  const done = await runInSandbox(command, limits, io)
  // 128 + SIGXFSZ: a single file reached the limit.
  if (done.full || done.exitCode === 153) throw tooLarge(imagePath, maximumBytes, maximumFiles)
  if (done.timedOut) throw damaged(imagePath, 'fsck.erofs did not come to an end with it.')
  if (done.exitCode === 0) return
  const said = done.stderr.trim().split('\n').slice(0, 2).join(' ')
  if (/No space left|Disk quota/.test(done.stderr)) {
    throw new HardenError('environment', 'TEMPORARY_FULL', `The erofs can't be unpacked: ${said}`, {
      path: directory,
      hint: 'Set TMPDIR to a directory with more room.'
    })
  }
  if (/unidentified incompatible feature|unsupported|not supported/i.test(said)) {
    const message = `${imagePath} is an erofs that the fsck.erofs of this machine does not know: ${said}`
    throw new HardenError('usage', 'IMAGE_NOT_RECOGNISED', message, { path: imagePath, hint: convert })
  }
  throw damaged(imagePath, `fsck.erofs says: ${said}`)
}

/** fakeroot's table; what was unpacked could have put a link there. */
async function readTable(imagePath: string, file: string): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      throw damaged(imagePath, 'unpacking it left no table of inodes.', error)
    }
  )
  try {
    const stats = await handle.stat()
    if (!stats.isFile() || stats.size > tableLimit) throw damaged(imagePath, 'its table of inodes is none.')
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

/** The file system in a file of its own: fsck.erofs 1.5 takes no offset. */
async function ownFile(
  source: FileSystemSource,
  room: number,
  io: ImageIo,
  options: OpenImageOptions
): Promise<{ file: string; remove: () => Promise<void> }> {
  if (source.offset === 0) return { file: source.toolPath, remove: () => Promise.resolve() }
  const part = { start: source.offset, end: source.offset + room - 1, highWaterMark: 2 ** 20 }
  return unpackInto(createReadStream(source.toolPath, part), io, options)
}

/**
 * Reads an erofs by unpacking it with fsck.erofs(1) into a private directory, inside a sandbox that can write
 * nowhere else: Debian 12's erofs-utils has no other way to a file's content. Under fakeroot(1), which notes
 * types, setuid bits, owners and device nodes although none of them is really made; no root is needed.
 * @param room bytes from the file system's start to the end of its partition or file
 * @throws HardenError `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE`, `IMAGE_TOO_LARGE_TABLE`, `IMAGE_NOT_RECOGNISED` (made by
 *   newer tools), `TEMPORARY_FULL`, `SANDBOX_UNAVAILABLE`, `TOOL_MISSING`.
 */
export async function readErofs(
  source: FileSystemSource,
  room: number,
  io: ImageIo,
  findings: FindingLog,
  options: OpenImageOptions
): Promise<FileSystem> {
  const { imagePath } = source
  await checkTools(io)
  const { path, remove } = await privateDirectory(io, options)
  try {
    const unpacked = join(path, 'unpacked')
    await mkdir(unpacked)
    const own = await ownFile(source, room, io, options)
    try {
      await extract(imagePath, own.file, unpacked, io, options)
    } finally {
      await own.remove()
    }
    const inodeOf = readFakerootInodes(await readTable(imagePath, join(unpacked, 'inodes')))
    if (!inodeOf) throw damaged(imagePath, 'its table of inodes can not be read.')
    // A root that is a link would lead out of the directory, into this machine.
    const stats = await lstat(join(unpacked, 'root')).catch(() => undefined)
    if (!stats?.isDirectory() || !inodeOf(stats)) throw damaged(imagePath, 'its root is no directory.')
    const whole = { ...options, walk: 'whole' } as const
    const tree = await readDirectoryTree(imagePath, join(unpacked, 'root'), io, findings, whole, inodeOf)
    const maximum = options.maximumDecompressedBytes ?? defaultDecompressedBytes
    const bytes = [...tree.entries.values()].reduce((sum, { size }) => sum + size, 0)
    // Faster than the watch of the sandbox looked.
    if (bytes > maximum) throw tooLarge(imagePath, maximum, options.maximumEntries ?? defaultEntries)
    const capabilities = () => readErofsCapabilities(source, room, tree.entries)
    return { ...tree, capabilities, close: remove }
  } catch (error) {
    await remove()
    throw error
  }
}
