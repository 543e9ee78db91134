import { open, stat } from 'node:fs/promises'
import { HardenError, messageOf } from '../base/errors.ts'
import { openDirectoryImage } from './directory-image.ts'
import { openDiskImage } from './disk-image.ts'
import { openFileSystemImage } from './file-system-image.ts'
import type { Image } from './image.ts'
import type { ImageFile } from './image-file.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { notRecognised } from './not-recognised.ts'
import type { Form } from './recognise.ts'
import { headSize, readableForms, recognise } from './recognise.ts'
import { openTarImage } from './tar-image.ts'
import { openTextImage } from './text-image.ts'
import { unpackImage, unpackedHead } from './unpack-image.ts'

export type { ImageIo, OpenImageOptions } from './limits.ts'

async function statOf(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      throw new HardenError(
        'environment',
        'IMAGE_UNREADABLE',
        `The image ${path} can't be read: ${messageOf(error)}`,
        {
          path,
          cause: error
        }
      )
    }
    throw new HardenError('usage', 'IMAGE_NOT_FOUND', `There is no image at ${path}.`, {
      path,
      hint: `Give the path of ${readableForms}.`,
      cause: error
    })
  }
}

async function headOf(path: string): Promise<Buffer> {
  try {
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(headSize), 0, headSize, 0)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw new HardenError(
      'environment',
      'IMAGE_UNREADABLE',
      `The image ${path} can't be read: ${messageOf(error)}`,
      {
        path,
        hint: 'Check its permissions.',
        cause: error
      }
    )
  }
}

/**
 * Opens an image of any form we read; the form is recognised by content, never by name. Nothing of the
 * image is executed, mounted or unpacked. Call `close()` when done.
 * @throws HardenError `IMAGE_NOT_FOUND`, `IMAGE_NOT_RECOGNISED`, `IMAGE_DAMAGED`, `IMAGE_NO_ROOT`,
 *   `IMAGE_TOO_LARGE`, `IMAGE_TOO_LARGE_TABLE` (usage), `IMAGE_UNREADABLE`, `TOOL_MISSING` (environment),
 *   `INTERRUPTED`.
 */
export async function openImage(path: string, io: ImageIo, options: OpenImageOptions = {}): Promise<Image> {
  const stats = await statOf(path)
  if (stats.isDirectory()) return openDirectoryImage(path, io, options)
  if (!stats.isFile()) {
    throw new HardenError('usage', 'IMAGE_NOT_RECOGNISED', `${path} is neither a file nor a directory.`, {
      path,
      hint: `We read ${readableForms}.`
    })
  }
  const forms = recognise(await headOf(path))
  const image = await openForm({ path, file: path, size: stats.size }, forms, io, options)
  if (forms.length < 2) return image
  const also = forms.slice(1).join(' and ')
  const message = `The file also begins like ${also}; it was read as ${image.format}.`
  return withFinding(image, { code: 'IMAGE_AMBIGUOUS', severity: 'warning', message })
}

/** Forms that are opened from inside a compressed file. */
const unpackable: ReadonlySet<Form | undefined> = new Set<Form>(['gpt', 'mbr', 'ext4', 'squashfs'])

/** A compressed file: a tar is read as a stream, a disk or a file system is unpacked first. */
async function openPacked(
  path: string,
  compression: 'gzip' | 'zstd' | 'xz',
  io: ImageIo,
  options: OpenImageOptions
): Promise<Image> {
  const forms = recognise(await unpackedHead(path, compression, io))
  if (forms.includes('tar') || !unpackable.has(forms[0])) return openTarImage(path, compression, io, options)
  const { file, size, remove } = await unpackImage(path, compression, io, options)
  try {
    const image = await openForm(
      { path, file, size, packed: `${compression}-compressed` },
      forms,
      io,
      options
    )
    return {
      ...image,
      async close() {
        await image.close()
        await remove()
      }
    }
  } catch (error) {
    await remove()
    throw error
  }
}

async function openForm(
  image: ImageFile,
  forms: readonly Form[],
  io: ImageIo,
  options: OpenImageOptions
): Promise<Image> {
  const form = forms[0]
  switch (form) {
    case 'gpt':
    case 'mbr':
      return openDiskImage(image, form, io, options)
    case 'ext4':
    case 'squashfs':
      return openFileSystemImage(form, image, io, options)
    case 'tar':
      return openTarImage(image.path, 'none', io, options)
    case 'gzip':
    case 'zstd':
    case 'xz':
      return openPacked(image.path, form, io, options)
    case 'dpkg-status':
    case 'manifest':
      return openTextImage(image.path, form)
    default:
      throw notRecognised(image.path, forms)
  }
}

function withFinding(image: Image, finding: Image['findings'][number]): Image {
  return { ...image, findings: [finding, ...image.findings] }
}
