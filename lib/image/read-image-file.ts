import { readCandidates } from './disk-candidates.ts'
import { chooseRoot, isReadable } from './disk-root.ts'
import { probeFile } from './file-system-probe.ts'
import { createFindingLog } from './finding-log.ts'
import type { ImageFile } from './image-file.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { defaultReadLimit } from './limits.ts'
import { openImage } from './open-image.ts'
import type { Form } from './recognise.ts'
import { recogniseFile } from './recognise-file.ts'
import { plainPath } from './tool-path.ts'

/** The file without a walk over the file system; undefined when only the walk can tell. */
async function probe(
  image: ImageFile,
  form: Form | undefined,
  wanted: string,
  io: ImageIo,
  options: OpenImageOptions,
  limit: number
): Promise<Buffer | undefined> {
  if (form !== 'gpt' && form !== 'mbr' && form !== 'ext4' && form !== 'squashfs') return undefined
  const plain = await plainPath(image.file, io, options)
  const sourceAt = (offset: number) => ({ imagePath: image.path, toolPath: plain.path, offset })
  try {
    if (form === 'ext4' || form === 'squashfs') return await probeFile(form, sourceAt(0), wanted, io, limit)
    const candidates = await readCandidates(image, plain.path, form, io, createFindingLog())
    const choice = await chooseRoot(candidates, ({ partition }) => sourceAt(partition.start), io)
    const root = choice?.candidate
    if (!root || !isReadable(root)) return undefined
    return await probeFile(root.content, sourceAt(root.partition.start), wanted, io, limit)
  } finally {
    await plain.remove()
  }
}

/**
 * One file of an image, as `openImage` and `read` give it, but out of a disk or a bare file system in a few
 * milliseconds: its inodes are not walked. For whoever needs one file only, as dpkg's status.
 * Undefined when it is not there.
 * @param wanted an absolute path of letters, digits and `._+-`
 * @throws HardenError as `openImage`; `FILE_TOO_LARGE` above `limit` bytes (default 16 MiB).
 */
export async function readImageFile(
  path: string,
  wanted: string,
  io: ImageIo,
  options: OpenImageOptions = {},
  limit = defaultReadLimit
): Promise<Buffer | undefined> {
  const found = await recogniseFile(path)
  // Only such a path may become part of a debugfs command.
  if (found !== 'directory' && found.forms.length === 1 && /^(?:\/[\w.+-]+)+$/.test(wanted)) {
    const { size, forms } = found
    const data = await probe({ path, file: path, size }, forms[0], wanted, io, options, limit)
    if (data) return data
  }
  const image = await openImage(path, io, options)
  try {
    return await image.read(wanted, limit)
  } finally {
    await image.close()
  }
}
