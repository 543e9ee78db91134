import { digestOfFile } from '../base/digest.ts'
import { readBytes } from './byte-source.ts'
import type { Image } from './image.ts'
import type { ImageFile } from './image-file.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { defaultDecompressedBytes } from './limits.ts'
import type { BlobPlace } from './oci-image.ts'
import { openOciImage } from './oci-image.ts'
import { passOverTar } from './tar-stream-pass.ts'

/** True when an archive holds no root file system but the parts of a container image. */
export function isOciArchive(image: Image): boolean {
  const has = (path: string) => image.lstat(path)?.type === 'file'
  if (image.lstat('/etc') || image.lstat('/usr')) return false
  return (has('/oci-layout') && has('/index.json')) || has('/manifest.json')
}

/**
 * Opens a plain tar with a container image inside: an OCI layout (`skopeo`, `docker save` from 25 on) or
 * what `docker save` wrote before. Errors as `openOciImage`.
 */
export async function openOciArchive(
  image: ImageFile,
  io: ImageIo,
  options: OpenImageOptions = {}
): Promise<Image> {
  const places = new Map<string, BlobPlace>()
  const maximum = options.maximumDecompressedBytes ?? defaultDecompressedBytes
  await passOverTar(image.path, readBytes(image, 'none', io, maximum), {
    member({ header, start }) {
      const name = header.name.replace(/^\.\//, '')
      if (header.type === 'file') {
        places.set(name, { file: image.file, start, size: header.size ?? 0, isWhole: false })
      }
      return false
    }
  })
  const find = (name: string) => Promise.resolve(places.get(name))
  return openOciImage(image.path, find, () => digestOfFile(image.path), io, options)
}
