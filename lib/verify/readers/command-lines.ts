import { readKernelCommandLines } from '../../image/boot-config.ts'
import type { KernelCommandLine } from '../../image/boot-config.ts'
import type { Esp } from '../../image/esp.ts'
import type { Image } from '../../image/image.ts'
import type { CheckContext } from '../check-context.ts'
import { kernelWords } from './kernel-words.ts'
import { isUnitName } from './unit-file.ts'

/** The image with an EFI system partition that keeps what was read: a kernel is large, and several readers want it. */
export function bootImage({ image }: CheckContext): Promise<Image> {
  const { esp } = image
  if (!esp) return Promise.resolve(image)
  const files = new Map<string, Promise<Buffer | undefined>>()
  const kept: Esp = {
    ...esp,
    read(path, limit) {
      const name = `${path} ${limit ?? ''}`
      const file = files.get(name) ?? esp.read(path, limit)
      files.set(name, file)
      return file
    }
  }
  return Promise.resolve({ ...image, esp: kept })
}

/** The kernel command lines of the image, read once. @throws as `readKernelCommandLines` does. */
export async function readCommandLines(context: CheckContext): Promise<readonly KernelCommandLine[]> {
  return readKernelCommandLines(await context.read(bootImage))
}

/** What the command lines tell systemd (systemd(1), kernel-command-line(7)); any boot entry counts. */
export interface BootOrders {
  /** Words of each command line, as far as the kernel and systemd read them. */
  words: readonly (readonly string[])[]
  /** `systemd.mask=` */
  masks: ReadonlySet<string>
  /** `systemd.wants=` */
  wants: readonly string[]
  /** `systemd.unit=` or one of its short forms. */
  unit: string | undefined
}

const targets: Readonly<Record<string, string>> = {
  emergency: 'emergency.target',
  '-b': 'emergency.target',
  rescue: 'rescue.target',
  single: 'rescue.target',
  s: 'rescue.target',
  S: 'rescue.target',
  '1': 'rescue.target'
}

/** Orders to systemd; none where no command line can be read, which the check of the command line says. */
export async function readBootOrders(context: CheckContext): Promise<BootOrders> {
  const lines = await context.read(readCommandLines).catch(() => [])
  const words = lines.map(({ cmdline }) => kernelWords(cmdline))
  const all = words.flat()
  const values = (name: string): readonly string[] =>
    all
      // systemd takes single quotes off as well.
      .map((word) => word.replace(/^'(.*)'$/, '$1'))
      .filter((word) => word.startsWith(`${name}=`))
      .map((word) => word.slice(name.length + 1).replace(/^'(.*)'$/, '$1'))
  // A name without a type is a service's (unit_name_mangle).
  const units = (name: string): readonly string[] =>
    values(name).map((one) => (isUnitName(one) ? one : `${one}.service`))
  return {
    words,
    masks: new Set(units('systemd.mask')),
    wants: units('systemd.wants'),
    unit:
      values('systemd.unit').at(-1) ??
      all.flatMap((word) => (Object.hasOwn(targets, word) ? [targets[word]] : [])).at(-1)
  }
}
