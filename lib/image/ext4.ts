import type { FileSystem, FileSystemSource } from './file-system.ts'
import { createDebugfs, type Debugfs } from './debugfs.ts'
import { readExt4Capabilities } from './ext4-capabilities.ts'
import { createExt4Reader } from './ext4-content.ts'
import { walkExt4 } from './ext4-walk.ts'
import type { FindingLog } from './finding-log.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { damaged } from './limits.ts'

/** Reads the summary of the superblock and says what is wrong with the file system as a whole. */
async function checkExt4(
  source: FileSystemSource,
  room: number,
  debugfs: Debugfs,
  findings: FindingLog
): Promise<void> {
  const [stats] = await debugfs.run(['stats -h'], 0)
  const text = stats!.toString('utf8')
  const number = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)$`, 'm').exec(text)?.[1])
  const bytes = number('Block count') * number('Block size')
  if (!Number.isFinite(bytes)) {
    const complaint = (await debugfs.complaints()).split('\n')[0]
    throw damaged(source.imagePath, complaint || 'its ext4 superblock can not be read.')
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
 * Reads an ext2, ext3 or ext4 file system with debugfs(8), wherever it lies; nothing is mounted.
 * @param room bytes from the file system's start to the end of its partition or file
 * @throws HardenError `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE_TABLE`, `TOOL_MISSING`.
 */
export async function readExt4(
  source: FileSystemSource,
  room: number,
  io: ImageIo,
  findings: FindingLog,
  options: OpenImageOptions
): Promise<FileSystem> {
  const debugfs = createDebugfs(source, io)
  try {
    await checkExt4(source, room, debugfs, findings)
    const table = await walkExt4(source, debugfs, io, findings, options)
    const { entries, look } = table
    return {
      entries,
      readFile: createExt4Reader(source, table, debugfs),
      ...(look ? { look } : { capabilities: () => readExt4Capabilities(source, table, io) }),
      close: () => debugfs.close()
    }
  } catch (error) {
    await debugfs.close().catch(() => undefined) // the first error is the one to report
    throw error
  }
}
