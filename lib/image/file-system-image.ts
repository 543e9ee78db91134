import { digestOfFile } from '../base/digest.ts'
import { composeImage } from './compose-image.ts'
import type { FileSystem, FileSystemForm, FileSystemSource } from './file-system.ts'
import type { FindingLog } from './finding-log.ts'
import { createFindingLog } from './finding-log.ts'
import type { Image } from './image.ts'
import type { ImageFile } from './image-file.ts'
import { describePacked } from './image-file.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { plainPath } from './tool-path.ts'

type Reader = (
  source: FileSystemSource,
  room: number,
  io: ImageIo,
  findings: FindingLog,
  options: OpenImageOptions
) => Promise<FileSystem>

const readers: Readonly<Record<FileSystemForm, () => Promise<Reader>>> = {
  ext4: async () => (await import('./ext4.ts')).readExt4,
  squashfs: async () => (await import('./squashfs.ts')).readSquashfs,
  erofs: async () => (await import('./erofs.ts')).readErofs
}

const names: Readonly<Record<FileSystemForm, string>> = {
  ext4: 'an ext4 file system',
  squashfs: 'a squashfs file system',
  erofs: 'an erofs file system, unpacked for reading'
}

/**
 * Reads the table of a file system by its own tool; its files are read when they are asked for.
 * @param room bytes from the file system's start to the end of its partition or file
 * @throws HardenError `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE_TABLE`, `TOOL_MISSING`.
 */
export async function readFileSystem(
  form: FileSystemForm,
  source: FileSystemSource,
  room: number,
  io: ImageIo,
  findings: FindingLog,
  options: OpenImageOptions
): Promise<FileSystem> {
  return (await readers[form]())(source, room, io, findings, options)
}

/**
 * Opens a bare file system; nothing is mounted.
 * @throws HardenError `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE_TABLE`, `TOOL_MISSING`.
 */
export async function openFileSystemImage(
  form: FileSystemForm,
  image: ImageFile,
  io: ImageIo,
  options: OpenImageOptions = {}
): Promise<Image> {
  const findings = createFindingLog()
  const plain = await plainPath(image.file, io, options)
  try {
    const source = { imagePath: image.path, toolPath: plain.path, offset: 0 }
    const fileSystem = await readFileSystem(form, source, image.size, io, findings, options)
    return composeImage({
      path: image.path,
      format: form,
      description: describePacked(names[form], image),
      sha512: () => digestOfFile(image.path),
      findings,
      ...fileSystem,
      async close() {
        await fileSystem.close?.()
        await plain.remove()
      }
    })
  } catch (error) {
    await plain.remove()
    throw error
  }
}
