import { deriveImage } from './derive-image.ts'
import type { Image } from './image.ts'
import type { ImageFile } from './image-file.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { notRecognised } from './not-recognised.ts'
import type { Form } from './recognise.ts'
import { recognise } from './recognise.ts'

/** Forms that are opened from inside a compressed file. */
const unpackable: ReadonlySet<Form | undefined> = new Set<Form>(['gpt', 'mbr', 'ext4', 'squashfs', 'erofs'])

/** A compressed file: a tar is read as a stream, a disk or a file system is unpacked first. */
async function openPacked(
  packed: ImageFile,
  compression: 'gzip' | 'zstd' | 'xz',
  io: ImageIo,
  options: OpenImageOptions
): Promise<Image> {
  const { unpackImage, unpackedHead } = await import('./unpack-image.ts')
  const forms = recognise(await unpackedHead(packed, compression, io))
  if (forms.includes('tar') || !unpackable.has(forms[0])) {
    const { openTarImage } = await import('./tar-image.ts')
    const { isOciArchive } = await import('./oci-archive.ts')
    const image = await openTarImage(packed, compression, io, options)
    if (!isOciArchive(image)) return image
    await image.close()
  }
  const { file, size, remove } = await unpackImage(packed, compression, io, options)
  try {
    const image = await openForm(
      { path: packed.path, file, size, packed: `${compression}-compressed` },
      forms,
      io,
      options
    )
    return deriveImage(image, { remove })
  } catch (error) {
    await remove()
    throw error
  }
}

async function openTarOrOci(image: ImageFile, io: ImageIo, options: OpenImageOptions): Promise<Image> {
  const { openTarImage } = await import('./tar-image.ts')
  const { isOciArchive, openOciArchive } = await import('./oci-archive.ts')
  const tar = await openTarImage(image, 'none', io, options)
  if (!isOciArchive(tar)) return tar
  await tar.close()
  return openOciArchive(image, io, options)
}

/**
 * Opens a file of known form; the modules that read it are loaded here, those of other forms are not.
 * @throws HardenError as `openImage`.
 */
export async function openForm(
  image: ImageFile,
  forms: readonly Form[],
  io: ImageIo,
  options: OpenImageOptions
): Promise<Image> {
  const form = forms[0]
  switch (form) {
    case 'gpt':
    case 'mbr':
      return (await import('./disk-image.ts')).openDiskImage(image, form, io, options)
    case 'ext4':
    case 'squashfs':
    case 'erofs':
      return (await import('./file-system-image.ts')).openFileSystemImage(form, image, io, options)
    case 'tar':
      return openTarOrOci(image, io, options)
    case 'gzip':
    case 'zstd':
    case 'xz':
      return openPacked(image, form, io, options)
    case 'dpkg-status':
    case 'manifest':
      return (await import('./text-image.ts')).openTextImage(image.path, form)
    case 'cpio':
      return (await import('./swu-image.ts')).openSwuImage(image, forms, io, options, openForm)
    default:
      throw notRecognised(image.path, forms)
  }
}
