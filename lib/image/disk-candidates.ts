import { open } from 'node:fs/promises'
import { HardenError } from '../base/errors.ts'
import { nameOf, readPartitions } from './disk-partitions.ts'
import type { Candidate } from './disk-root.ts'
import type { FindingLog } from './finding-log.ts'
import type { ImageFile } from './image-file.ts'
import type { ImageIo } from './limits.ts'
import { damaged } from './limits.ts'
import { headSize, recognise } from './recognise.ts'

/** What a partition holds by its first bytes. */
function contentOf(head: Buffer): Candidate['content'] {
  const forms = recognise(head)
  const fileSystem = (['ext4', 'squashfs', 'erofs'] as const).find((form) => forms.includes(form))
  if (fileSystem) return fileSystem
  // Microsoft's FAT specification, 3.1 to 3.3.
  const fat = head.toString('latin1', 54, 57) === 'FAT' || head.toString('latin1', 82, 87) === 'FAT32'
  if (fat && head.length > 511 && head.readUInt16LE(510) === 0xaa55) return 'fat'
  // cryptsetup's on-disk formats: dm-verity superblock, LUKS 1 and 2 header.
  if (head.toString('latin1', 0, 8) === 'verity\0\0') return 'verity'
  return head.toString('latin1', 0, 6) === 'LUKS\xba\xbe' ? 'luks' : 'other'
}

/**
 * The partitions of a disk and what they hold by their first bytes.
 * @throws HardenError `IMAGE_DAMAGED` when there is no sound table.
 */
export async function readCandidates(
  image: ImageFile,
  toolPath: string,
  label: 'gpt' | 'mbr',
  io: ImageIo,
  findings: FindingLog
): Promise<readonly Candidate[]> {
  const partitions = await readPartitions(image.path, toolPath, label, io, findings)
  const file = await open(image.file)
  try {
    const candidates: Candidate[] = []
    for (const partition of partitions) {
      if (partition.start + partition.size > image.size) {
        candidates.push({ partition, content: undefined })
        continue
      }
      const head = Buffer.alloc(Math.min(headSize, partition.size))
      await file.read(head, 0, head.length, partition.start)
      candidates.push({ partition, content: contentOf(head) })
    }
    return candidates
  } finally {
    await file.close()
  }
}

const contents = {
  other: 'no file system we know',
  fat: 'a FAT file system',
  erofs: 'an erofs file system',
  verity: 'only dm-verity hashes',
  luks: 'LUKS-encrypted data',
  squashfs: 'a squashfs file system',
  ext4: 'an ext4 file system'
} as const

/** The error of a disk whose root is missing or of a kind we can't read. */
export function rootError(
  path: string,
  candidates: readonly Candidate[],
  candidate: Candidate | undefined
): HardenError {
  const beyond = candidates.find(({ content }) => content === undefined)
  if (!candidate && beyond) {
    return damaged(path, `${nameOf(beyond.partition)} reaches beyond the end of the file.`)
  }
  if (!candidate) {
    const hint =
      'A root partition has a root type GUID, or is ext4, squashfs or erofs with os-release and /var/lib/dpkg/status.'
    const message = `No partition of ${path} holds a Debian root file system.`
    return new HardenError('usage', 'IMAGE_NO_ROOT', message, { path, hint })
  }
  if (candidate.content === undefined) {
    return damaged(path, `${nameOf(candidate.partition)}, its root, reaches beyond the end of the file.`)
  }
  const message = `The root of ${path}, ${nameOf(candidate.partition)}, holds ${contents[candidate.content]}; we read ext4, squashfs and erofs.`
  return new HardenError('usage', 'IMAGE_NOT_RECOGNISED', message, {
    path,
    hint: 'Give the tar, ext4 or squashfs of the same build.'
  })
}
