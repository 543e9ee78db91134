import { parseBootEnvironment, type BootEnvironment } from './boot-environment.ts'
import { unifiedKernelCommandLines } from './boot-entries.ts'
import type { Esp } from './esp.ts'
import type { Image } from './image.ts'

/** A program the firmware or a boot loader starts. */
export interface BootProgram {
  /** `ESP:/EFI/BOOT/BOOTX64.EFI`, `partition 2 ("BOOT0"):/linux.efi`. */
  source: string
  file: Buffer
  /** Kernel, initrd and command line in one file (UAPI.5 Unified Kernel Image). */
  unified: boolean
}

/** An environment of EFI Boot Guard and where it was found. */
export interface FoundEnvironment extends BootEnvironment {
  source: string
  /** The kernel it names, when the partition has it. */
  program: BootProgram | undefined
}

/** What the boot partitions of a disk hold. */
export interface BootPrograms {
  programs: readonly BootProgram[]
  environments: readonly FoundEnvironment[]
}

const programLimit = 512 * 2 ** 20
const environmentLimit = 2 ** 20
const maximumPrograms = 100

/**
 * EFI programs of the EFI system partition (two directories deep, where firmware and boot loaders look) and the
 * kernels that environments of EFI Boot Guard name on its own partitions. Empty for an image that is no disk.
 * @throws HardenError `ESP_UNREADABLE`, `FILE_TOO_LARGE`.
 */
export async function readBootPrograms({ esp, bootPartitions }: Image): Promise<BootPrograms> {
  const programs: BootProgram[] = []
  const environments: FoundEnvironment[] = []
  if (esp) {
    for (const path of await efiFiles(esp)) {
      const found = await readProgram(esp, path, `ESP:${path}`)
      if (found) programs.push(found)
    }
  }
  for (const partition of [...(esp ? [esp] : []), ...(bootPartitions ?? [])]) {
    const names = await partition.list('/')
    const name = names.find((one) => one.toUpperCase() === 'BGENV.DAT')
    if (name === undefined) continue
    const data = await partition.read(`/${name}`, environmentLimit)
    const environment = data && parseBootEnvironment(data)
    if (!environment) continue
    const path = `/${environment.kernel.replace(/^\/+/, '')}`
    const program = await readProgram(partition, path, `${partition.description}:${path}`)
    if (program) programs.push(program)
    environments.push({ ...environment, source: `${partition.description}:/${name}`, program })
  }
  return { programs, environments }
}

async function readProgram(partition: Esp, path: string, source: string): Promise<BootProgram | undefined> {
  const file = await partition.read(path, programLimit)
  return file && { source, file, unified: unifiedKernelCommandLines(file).length > 0 }
}

async function efiFiles(esp: Esp): Promise<readonly string[]> {
  const found: string[] = []
  const root = (await esp.list('/')).find((name) => name.toUpperCase() === 'EFI/')
  if (root === undefined) return found
  for (const directory of await esp.list(`/${root}`)) {
    if (!directory.endsWith('/')) continue
    const names = await esp.list(`/${root}${directory}`)
    found.push(...names.filter((name) => /\.efi$/i.test(name)).map((name) => `/${root}${directory}${name}`))
  }
  if (found.length > maximumPrograms)
    throw new RangeError(`The EFI system partition has more than ${maximumPrograms} programs`)
  return found
}
