import type { FileSystemSource } from './file-system.ts'
import type { ImageIo } from './limits.ts'
import { readSquashfsRows } from './squashfs-rows.ts'
import { newMark, runUnsquashfs } from './unsquashfs.ts'

/** Which of some absolute paths a squashfs has; symlinks are not followed. */
export async function squashfsHas(
  source: FileSystemSource,
  paths: readonly string[],
  io: ImageIo
): Promise<readonly boolean[]> {
  const mark = newMark()
  const done = await runUnsquashfs(source, ['-lc', '-d', mark], paths, io, 2 ** 20)
  const lines = done.stdout.toString('utf8').split('\n')
  return paths.map((path) => lines.includes(`${mark}${path}`))
}

/** One regular file by its very name; undefined when it is not there, no regular file or above `limit`. */
export async function squashfsFile(
  source: FileSystemSource,
  path: string,
  io: ImageIo,
  limit: number
): Promise<Buffer | undefined> {
  const mark = newMark()
  const listing = await runUnsquashfs(source, ['-lln', '-d', mark], [path], io, 2 ** 20)
  const row = readSquashfsRows(listing.stdout, mark).rows.find((one) => one.path === path)
  if (row?.type !== 'file' || row.size > limit) return undefined
  const content = await runUnsquashfs(source, ['-cat'], [path], io, row.size + 2 ** 16)
  return content.exitCode === 0 && content.stdout.length === row.size ? content.stdout : undefined
}
