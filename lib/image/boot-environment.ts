/** What EFI Boot Guard starts from one of its partitions (envdata.h, `BG_ENVDATA`). */
export interface BootEnvironment {
  /** Path of the kernel on the partition, with slashes. */
  kernel: string
  /** Arguments the boot loader gives to the kernel. */
  arguments: string
  revision: number
}

/** 255 UTF-16 characters of kernel and of arguments, states, revision, variables, checksum. */
const stringBytes = 510
const revisionAt = 2 * stringBytes + 4

/**
 * The environment in a BGENV.DAT; undefined for a file that is none or names no kernel, from which nothing is
 * started. The checksum is not asked: which of several environments is taken is the boot loader's.
 */
export function parseBootEnvironment(data: Buffer): BootEnvironment | undefined {
  if (data.length < revisionAt + 4) return undefined
  const text = (start: number) =>
    data
      .toString('utf16le', start, start + stringBytes)
      .replace(/\0[^]*$/, '')
      .trim()
  // `C:BOOT0:linux.efi`: a volume by its label; the first partition with the file is not told apart here.
  const kernel = text(0)
    .replace(/^(?:[A-Za-z]:)?(?:[^:\\/]*:)?/, '')
    .replaceAll('\\', '/')
  if (kernel === '') return undefined
  return { kernel, arguments: text(stringBytes), revision: data.readUInt32LE(revisionAt) }
}
