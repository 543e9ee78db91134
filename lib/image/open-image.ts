import { deriveImage } from './derive-image.ts'
import { openDirectoryImage } from './directory-image.ts'
import type { Image } from './image.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { blobsOfDirectory, openOciImage } from './oci-image.ts'
import { openForm } from './open-form.ts'
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
  if (found === 'directory') {
    const blobs = blobsOfDirectory(path)
    const isOci = (await blobs('oci-layout')) && (await blobs('index.json'))
    return isOci ? openOciImage(path, blobs, undefined, io, options) : openDirectoryImage(path, io, options)
  }
  const { size, forms } = found
  const image = await openForm({ path, file: path, size }, forms, io, options)
  if (forms.length < 2) return image
  const also = forms.slice(1).join(' and ')
  const message = `The file also begins like ${also}; it was read as ${image.format}.`
  return deriveImage(image, { findings: [{ code: 'IMAGE_AMBIGUOUS', severity: 'warning', message }] })
}
