import { byCodeUnit } from '../base/text.ts'
import { readBootPrograms } from './boot-programs.ts'
import { grubCommandLines, loaderEntryCommandLine, unifiedKernelCommandLines } from './boot-entries.ts'
import type { Image } from './image.ts'

/** One kernel command line and where it was found. */
export interface KernelCommandLine {
  /** `ESP:/EFI/BOOT/BOOTX64.EFI`, `/boot/grub/grub.cfg:12`. */
  source: string
  cmdline: string
}

/** A file tree a boot loader reads: the EFI system partition or a directory of the root. */
interface BootTree {
  nameOf(path: string): string
  list(path: string): Promise<readonly string[]>
  read(path: string, limit: number): Promise<Buffer | undefined>
}

/** Kernel and initrd lie in a unified kernel image. */
const unifiedLimit = 512 * 2 ** 20
const configLimit = 4 * 2 ** 20

function treesOf(image: Image): { esp: BootTree | undefined; roots: BootTree[] } {
  const { esp } = image
  const roots = ['/boot', '/boot/efi', '/efi'].map((prefix) => ({
    nameOf: (path: string) => `${prefix}${path}`,
    list: (path: string) => Promise.resolve(image.list(`${prefix}${path}`)),
    read: (path: string, limit: number) => image.read(`${prefix}${path}`, limit)
  }))
  return {
    esp: esp && {
      nameOf: (path) => `ESP:${path}`,
      list: (path) => esp.list(path),
      read: (path, limit) => esp.read(path, limit)
    },
    roots
  }
}

/** Files in a directory whose names end so, letters' case aside as on FAT; paths as they are really written. */
async function filesIn(tree: BootTree, wanted: readonly string[], ending: string): Promise<string[]> {
  let directories = ['']
  for (const element of wanted) {
    const deeper: string[] = []
    for (const directory of directories) {
      for (const name of await tree.list(directory === '' ? '/' : directory)) {
        const plain = name.replace(/\/$/, '')
        if (element === '*' || plain.toLowerCase() === element.toLowerCase())
          deeper.push(`${directory}/${plain}`)
      }
    }
    directories = deeper
  }
  const files: string[] = []
  for (const directory of directories) {
    const names = await tree.list(directory === '' ? '/' : directory)
    files.push(
      ...names.filter((name) => name.toLowerCase().endsWith(ending)).map((name) => `${directory}/${name}`)
    )
  }
  return files.sort(byCodeUnit)
}

/** Where GRUB's configuration may lie below a boot tree. */
const grubDirectories = [['grub'], ['grub2'], ['boot', 'grub'], ['EFI', '*']]

async function grubConfigs(tree: BootTree): Promise<string[]> {
  const found = await Promise.all(grubDirectories.map((wanted) => filesIn(tree, wanted, 'grub.cfg')))
  return found.flat().filter((path) => /\/grub\.cfg$/i.test(path))
}

async function readTree(tree: BootTree): Promise<KernelCommandLine[]> {
  const found: KernelCommandLine[] = []
  const add = (source: string, cmdline: string) => found.push({ source, cmdline })
  for (const directory of ['BOOT', 'Linux']) {
    for (const path of await filesIn(tree, ['EFI', directory], '.efi')) {
      const file = await tree.read(path, unifiedLimit)
      for (const cmdline of file ? unifiedKernelCommandLines(file) : []) add(tree.nameOf(path), cmdline)
    }
  }
  for (const path of await grubConfigs(tree)) {
    const text = (await tree.read(path, configLimit))?.toString('utf8') ?? ''
    for (const { line, cmdline } of grubCommandLines(text)) add(`${tree.nameOf(path)}:${line}`, cmdline)
  }
  for (const path of await filesIn(tree, ['loader', 'entries'], '.conf')) {
    const cmdline = loaderEntryCommandLine((await tree.read(path, configLimit))?.toString('utf8') ?? '')
    if (cmdline !== undefined) add(tree.nameOf(path), cmdline)
  }
  return found
}

/**
 * What EFI Boot Guard starts: the command lines inside a unified kernel image, and the arguments of the environment
 * where there are any, or where the kernel has none of its own.
 */
async function environmentLines(image: Image): Promise<KernelCommandLine[]> {
  if (!image.bootPartitions?.length) return []
  const { environments } = await readBootPrograms(image)
  return environments.flatMap(({ source, program, arguments: cmdline }) => {
    const inside = program?.unified ? unifiedKernelCommandLines(program.file) : []
    const own = cmdline !== '' || inside.length === 0 ? [{ source, cmdline }] : []
    return [...inside.map((line) => ({ source: program?.source ?? source, cmdline: line })), ...own]
  })
}

/**
 * The kernel command lines an image would boot with, from the EFI system partition (unified kernel
 * images, GRUB, boot loader entries) and the partitions of EFI Boot Guard; from /boot and /efi of the
 * root when those have none or only point there; from /etc/kernel/cmdline when there is no boot loader at all. Empty when nothing was found:
 * then nobody knows.
 * @throws HardenError `ESP_UNREADABLE`, `FILE_TOO_LARGE`, `IMAGE_DAMAGED`.
 */
export async function readKernelCommandLines(image: Image): Promise<KernelCommandLine[]> {
  const { esp, roots } = treesOf(image)
  const found = esp ? await readTree(esp) : []
  found.push(...(await environmentLines(image)))
  // GRUB on the ESP usually only points to the configuration in the root.
  if (found.length === 0 || (esp && (await grubConfigs(esp)).length > 0)) {
    for (const tree of roots) found.push(...(await readTree(tree)))
  }
  if (found.length > 0) return found
  const cmdline = await image.readText('/etc/kernel/cmdline', configLimit)
  if (cmdline === undefined) return []
  const words = cmdline
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join(' ')
  return [{ source: '/etc/kernel/cmdline', cmdline: words.replace(/\s+/g, ' ').trim() }]
}
