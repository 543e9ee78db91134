import { composeImage } from './compose-image.ts'
import { readDirectoryTree } from './directory-tree.ts'
import { createFindingLog } from './finding-log.ts'
import type { Image } from './image.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'

/**
 * Opens an unpacked root file system. Owners are those on this machine.
 * @throws HardenError `IMAGE_TOO_LARGE_TABLE`; `read` throws `FILE_UNREADABLE` (environment) for a
 *   file this user may not read.
 */
export async function openDirectoryImage(
  path: string,
  io: ImageIo,
  options: OpenImageOptions = {}
): Promise<Image> {
  const findings = createFindingLog()
  return composeImage({
    path,
    format: 'directory',
    description: 'an unpacked root file system',
    sha512: undefined,
    findings,
    ...(await readDirectoryTree(path, path, io, findings, options))
  })
}
