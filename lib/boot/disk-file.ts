import { open } from 'node:fs/promises'
import { HardenError } from '../base/errors.ts'

/** Header of a GUID partition table in the second sector (UEFI specification, 5.3.2). */
const gptSignature = 'EFI PART'
const sectorSize = 512

/**
 * Makes sure that a file is a raw disk with a GUID partition table. QEMU gets
 * raw files only: with another format the file itself could name further files to open.
 * @throws HardenError `DISK_NOT_FOUND`, `DISK_NOT_RAW` (usage)
 */
export async function requireDisk(path: string): Promise<void> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new HardenError('usage', 'DISK_NOT_FOUND', `The disk image ${path} can't be read.`, { path, cause })
  })
  try {
    const signature = Buffer.alloc(gptSignature.length)
    const isFile = (await file.stat()).isFile()
    if (isFile) await file.read(signature, 0, signature.length, sectorSize)
    if (signature.toString('latin1') !== gptSignature) {
      throw new HardenError('usage', 'DISK_NOT_RAW', `${path} is no raw disk with a GUID partition table.`, {
        hint: 'Give the .wic file itself; unpack it first when it is compressed (.wic.zst, .wic.xz).',
        path
      })
    }
  } finally {
    await file.close()
  }
}
