import { digestOfFile } from '../base/digest.ts'
import { composeImage } from './compose-image.ts'
import type { ExtSource } from './debugfs.ts'
import { runDebugfs } from './debugfs.ts'
import { createExt4Reader } from './ext4-content.ts'
import { walkExt4 } from './ext4-walk.ts'
import type { FindingLog } from './finding-log.ts'
import { createFindingLog } from './finding-log.ts'
import type { Image, ImageEntry } from './image.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { damaged, defaultEntries } from './limits.ts'
import { plainPath } from './tool-path.ts'

/** Reads the summary of the superblock and says what is wrong with the file system as a whole. */
async function checkExt4(source: ExtSource, room: number, io: ImageIo, findings: FindingLog): Promise<void> {
  const { outputs, complaints } = await runDebugfs(source, ['stats -h'], io, 0)
  const text = outputs[0]!.toString('utf8')
  const number = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)$`, 'm').exec(text)?.[1])
  const bytes = number('Block count') * number('Block size')
  if (!Number.isFinite(bytes)) {
    throw damaged(source.imagePath, complaints.split('\n')[0] ?? 'its ext4 superblock can not be read.')
  }
  if (bytes > room) {
    throw damaged(source.imagePath, `its ext4 file system has ${bytes} bytes, but only ${room} are there.`)
  }
  if (/^Filesystem features:.*\bneeds_recovery\b/m.test(text)) {
    const message = 'The file system was not unmounted cleanly; its journal holds changes that are not read.'
    findings.add('IMAGE_NOT_CLEAN', 'warning', message)
  }
}

/**
 * The table and the reader of one ext4 file system, wherever it lies.
 * @param room bytes from the file system's start to the end of its partition or file
 */
export async function readExt4(
  source: ExtSource,
  room: number,
  io: ImageIo,
  findings: FindingLog,
  options: OpenImageOptions
): Promise<{ entries: ReadonlyMap<string, ImageEntry>; readFile: (entry: ImageEntry) => Promise<Buffer> }> {
  await checkExt4(source, room, io, findings)
  const table = await walkExt4(source, io, findings, options.maximumEntries ?? defaultEntries)
  return { entries: table.entries, readFile: createExt4Reader(source, table, io) }
}

/**
 * Opens a bare ext2, ext3 or ext4 file system with debugfs(8); nothing is mounted.
 * @throws HardenError `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE_TABLE`, `TOOL_MISSING`.
 */
export async function openExt4Image(
  path: string,
  size: number,
  io: ImageIo,
  options: OpenImageOptions = {}
): Promise<Image> {
  const findings = createFindingLog()
  const plain = await plainPath(path, io, options)
  try {
    const source = { imagePath: path, toolPath: plain.path, offset: 0 }
    const { entries, readFile } = await readExt4(source, size, io, findings, options)
    const description = 'an ext4 file system'
    return composeImage({
      path,
      format: 'ext4',
      description,
      sha512: () => digestOfFile(path),
      entries,
      findings,
      readFile,
      close: plain.remove
    })
  } catch (error) {
    await plain.remove()
    throw error
  }
}
