import { HardenError } from '../base/errors.ts'
import { createDebugfs } from './debugfs.ts'
import { erofsHas } from './erofs-probe.ts'
import type { FileSystemForm, FileSystemSource } from './file-system.ts'
import type { ImageIo } from './limits.ts'
import { squashfsHas, squashfsFile } from './squashfs-probe.ts'

/** Where os-release(5) may lie, and dpkg's database: what makes a Debian root. */
const rootFiles = ['/etc/os-release', '/usr/lib/os-release', '/var/lib/dpkg/status']

async function ext4Has(
  source: FileSystemSource,
  paths: readonly string[],
  io: ImageIo
): Promise<readonly boolean[]> {
  const debugfs = createDebugfs(source, io)
  try {
    const commands = paths.map((path) => `stat ${path}`)
    const outputs = await debugfs.run(commands, 0)
    return outputs.map((output) => output.includes('Inode: '))
  } finally {
    await debugfs.close()
  }
}

async function ext4File(
  source: FileSystemSource,
  path: string,
  io: ImageIo,
  limit: number
): Promise<Buffer | undefined> {
  const debugfs = createDebugfs(source, io)
  try {
    const [stat] = await debugfs.run([`stat ${path}`], 0)
    const text = stat?.toString('utf8') ?? ''
    const inode = /^Inode: (\d+) +Type: regular /m.exec(text)?.[1]
    const size = Number(/^User: .* Size: (\d+)$/m.exec(text)?.[1])
    if (inode === undefined || !Number.isSafeInteger(size) || size > limit) return undefined
    const [content] = await debugfs.run([`cat <${inode}>`], size)
    return content?.length === size ? content : undefined
  } finally {
    await debugfs.close()
  }
}

/** True when a file system holds what makes a Debian root: os-release and dpkg's database. */
export async function isDebianRoot(
  form: FileSystemForm,
  source: FileSystemSource,
  io: ImageIo
): Promise<boolean> {
  const has = { ext4: ext4Has, squashfs: squashfsHas, erofs: erofsHas }[form]
  try {
    const [etc, vendor, status] = await has(source, rootFiles, io)
    return (etc === true || vendor === true) && status === true
  } catch (error) {
    if (error instanceof HardenError && error.kind !== 'usage') throw error
    return false // a damaged neighbour is no reason to give up the disk
  }
}

/**
 * One file of a file system that was not walked, in one short process. The path is ours, never
 * one from the image. Undefined when it is not there, larger than `limit`, or no regular file by that very
 * name: then only the walk knows.
 */
export function probeFile(
  form: FileSystemForm,
  source: FileSystemSource,
  path: string,
  io: ImageIo,
  limit: number
): Promise<Buffer | undefined> {
  if (form === 'erofs') return Promise.resolve(undefined)
  return form === 'ext4' ? ext4File(source, path, io, limit) : squashfsFile(source, path, io, limit)
}
