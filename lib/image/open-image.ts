import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { deriveImage } from './derive-image.ts'
import type { Image } from './image.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { recogniseFile } from './recognise-file.ts'

export type { ImageIo, OpenImageOptions } from './limits.ts'

/**
 * Opens an image of any form we read; the form is recognised by content, never by name. Nothing of the
 * image is executed, mounted or written outside a private temporary directory (needed only for what is
 * packed). Call `close()` when done.
 * @throws HardenError `IMAGE_NOT_FOUND`, `IMAGE_NOT_RECOGNISED`, `IMAGE_DAMAGED`, `IMAGE_NO_ROOT`,
 *   `IMAGE_TOO_LARGE`, `IMAGE_TOO_LARGE_TABLE` (usage), `IMAGE_UNREADABLE`, `TOOL_MISSING`,
 *   `TEMPORARY_FULL` (environment), `INTERRUPTED`.
 */
export async function openImage(path: string, io: ImageIo, options: OpenImageOptions = {}): Promise<Image> {
  const found = await recogniseFile(path)
  // Every form is read by modules of its own, which are loaded only for an image of that form.
  if (found === 'directory') return openDirectory(path, io, options)
  const { size, forms } = found
  const { openForm } = await import('./open-form.ts')
  const image = await openForm({ path, file: path, size }, forms, io, options)
  if (forms.length < 2) return image
  const also = forms.slice(1).join(' and ')
  const message = `The file also begins like ${also}; it was read as ${image.format}.`
  return deriveImage(image, { findings: [{ code: 'IMAGE_AMBIGUOUS', severity: 'warning', message }] })
}

async function openDirectory(path: string, io: ImageIo, options: OpenImageOptions): Promise<Image> {
  if (existsSync(join(path, 'oci-layout'))) {
    const { blobsOfDirectory, openOciImage } = await import('./oci-image.ts')
    const blobs = blobsOfDirectory(path)
    const isOci = (await blobs('oci-layout')) && (await blobs('index.json'))
    if (isOci) return openOciImage(path, blobs, undefined, io, options)
  }
  const { openDirectoryImage } = await import('./directory-image.ts')
  return openDirectoryImage(path, io, options)
}
