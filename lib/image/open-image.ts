import { open, stat } from 'node:fs/promises'
import { HardenError, messageOf } from '../base/errors.ts'
import { openDirectoryImage } from './directory-image.ts'
import { openDiskImage } from './disk-image.ts'
import { openExt4Image } from './ext4-image.ts'
import type { Image } from './image.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { notRecognised } from './not-recognised.ts'
import { headSize, readableForms, recognise } from './recognise.ts'
import { openTarImage } from './tar-image.ts'
import { openTextImage } from './text-image.ts'

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
  const image = await openForm(path, stats.size, forms, io, options)
  if (forms.length < 2) return image
  const also = forms.slice(1).join(' and ')
  const message = `The file also begins like ${also}; it was read as ${image.format}.`
  return withFinding(image, { code: 'IMAGE_AMBIGUOUS', severity: 'warning', message })
}

function openForm(
  path: string,
  size: number,
  forms: ReturnType<typeof recognise>,
  io: ImageIo,
  options: OpenImageOptions
): Promise<Image> {
  const form = forms[0]
  switch (form) {
    case 'gpt':
    case 'mbr':
      return openDiskImage(path, size, form, io, options)
    case 'ext4':
      return openExt4Image(path, size, io, options)
    case 'tar':
      return openTarImage(path, 'none', io, options)
    case 'gzip':
    case 'zstd':
    case 'xz':
      return openTarImage(path, form, io, options)
    case 'dpkg-status':
    case 'manifest':
      return Promise.resolve(openTextImage(path, form))
    default:
      return Promise.reject(notRecognised(path, forms))
  }
}

function withFinding(image: Image, finding: Image['findings'][number]): Image {
  return { ...image, findings: [finding, ...image.findings] }
}
