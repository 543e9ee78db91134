import { createHash } from 'node:crypto'
import { open, stat, truncate, utimes, writeFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runOk, type Exec } from '../base/exec.ts'

/** A GPT disk with an EFI system partition and one root partition. */
export interface DiskLayout {
  /** The UKI, placed at EFI/BOOT/BOOTX64.EFI, where firmware looks without any boot entry. */
  uki: string
  /** The root file system, an ext4 file. */
  root: string
  diskGuid: string
  espGuid: string
  rootGuid: string
  /** FAT volume id, eight hex digits. */
  fatId: string
  /** Seconds since the epoch for the times in the FAT. */
  epoch: number
}

const mebibyte = 1024 * 1024
/** Type GUIDs of the UEFI specification and of the Discoverable Partitions Specification. */
const espType = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B'
const rootType = '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709'

/** Copies a file to an offset of another one and leaves runs of zeros as holes. */
async function copySparse(from: string, to: string, offset: number): Promise<void> {
  const source = await open(from, 'r')
  const target = await open(to, 'r+')
  try {
    const buffer = Buffer.alloc(mebibyte)
    const zeros = Buffer.alloc(mebibyte)
    for (let position = 0; ;) {
      const { bytesRead } = await source.read(buffer, 0, buffer.length, position)
      if (bytesRead === 0) break
      if (buffer.compare(zeros, 0, bytesRead, 0, bytesRead) !== 0) {
        await target.write(buffer, 0, bytesRead, offset + position)
      }
      position += bytesRead
    }
  } finally {
    await source.close()
    await target.close()
  }
}

/** Writes the disk image. No loop device, no mount, no root. */
export async function makeDisk(
  layout: DiskLayout,
  output: string,
  scratch: string,
  exec: Exec
): Promise<void> {
  const ukiSize = (await stat(layout.uki)).size
  const rootSize = (await stat(layout.root)).size
  const espMebibytes = Math.max(64, Math.ceil((ukiSize * 1.1) / mebibyte) + 16)
  const rootStart = 1 + espMebibytes
  const total = (rootStart + Math.ceil(rootSize / mebibyte) + 1) * mebibyte

  const esp = join(scratch, 'esp.img')
  await rm(esp, { force: true })
  const env = { SOURCE_DATE_EPOCH: String(layout.epoch), MTOOLS_SKIP_CHECK: '1' }
  await runOk(
    exec,
    'build',
    'mkfs.vfat',
    ['--invariant', '-C', '-F', '32', '-n', 'EFI', '-i', layout.fatId, esp, String(espMebibytes * 1024)],
    { env }
  )
  await utimes(layout.uki, layout.epoch, layout.epoch)
  await runOk(exec, 'build', 'mmd', ['-i', esp, '::/EFI', '::/EFI/BOOT'], { env })
  await runOk(exec, 'build', 'mcopy', ['-m', '-i', esp, layout.uki, '::/EFI/BOOT/BOOTX64.EFI'], { env })

  await rm(output, { force: true })
  await writeFile(output, '')
  await truncate(output, total)
  const table = [
    'label: gpt',
    `label-id: ${layout.diskGuid}`,
    'first-lba: 2048',
    `start=2048, size=${espMebibytes * 2048}, type=${espType}, uuid=${layout.espGuid}, name="efi"`,
    `start=${rootStart * 2048}, size=${Math.ceil(rootSize / mebibyte) * 2048}, type=${rootType}, uuid=${layout.rootGuid}, name="rootfs"`
  ]
  await runOk(exec, 'build', 'sfdisk', ['-q', '--no-reread', '--no-tell-kernel', output], {
    input: table.join('\n') + '\n'
  })
  await copySparse(esp, output, mebibyte)
  await copySparse(layout.root, output, rootStart * mebibyte)
  await rm(esp)
}

/** A GUID that depends on nothing but the text (RFC 9562 version 8, SHA-256). */
export function guidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
