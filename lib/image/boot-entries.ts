import { readPeSections } from './pe-sections.ts'

/** Programs in boot menus that start no Linux. */
const noKernel = /^memtest/i

function withoutQuotes(text: string): string {
  return text.replace(
    /'([^']*)'|"((?:[^"\\]|\\.)*)"/g,
    (_, single?: string, double?: string) => single ?? (double ?? '').replace(/\\(.)/g, '$1')
  )
}

/**
 * Command lines in a grub.cfg: the arguments of every `linux`, `linux16` and `linuxefi` command (GRUB
 * manual, 16.3), with the line they stand on. Variables stay as written.
 */
export function grubCommandLines(text: string): readonly { line: number; cmdline: string }[] {
  const found: { line: number; cmdline: string }[] = []
  let line = 1
  for (const command of text.split(/(?<!\\)\r?\n/)) {
    const joined = command.replace(/\\\r?\n/g, ' ')
    const match = /^\s*(?:linux|linux16|linuxefi)\s+(\S+)(.*)$/.exec(joined)
    if (match && !noKernel.test(match[1]?.split('/').at(-1) ?? '')) {
      const cmdline = withoutQuotes(match[2] ?? '')
        .replace(/\s+/g, ' ')
        .trim()
      found.push({ line, cmdline })
    }
    line += command.split('\n').length
  }
  return found
}

/**
 * Command line of a boot loader entry (UAPI Boot Loader Specification, type 1): all `options` lines
 * joined. Undefined for an entry that starts no Linux.
 */
export function loaderEntryCommandLine(text: string): string | undefined {
  const values = (key: string) =>
    text
      .split(/\r?\n/)
      .map((line) => new RegExp(`^\\s*${key}\\s+(.*)$`).exec(line)?.[1]?.trim())
      .filter((value) => value !== undefined)
  const options = values('options')
  if (options.length === 0 && values('linux').length === 0) return undefined
  return options.join(' ')
}

/** UTF-16LE is what EFI Boot Guard's kernel stub wants, UTF-8 what systemd-stub(7) does. */
function decodeCommandLine(data: Buffer): string {
  const isWide = data.length >= 4 && data[1] === 0 && data[3] === 0
  const text = data.toString(isWide ? 'utf16le' : 'utf8')
  return text.replace(/\0[^]*$/, '').trim()
}

/**
 * Command lines embedded in a unified kernel image, one per `.cmdline` section (several profiles are
 * possible); `['']` for a kernel image without one, [] for any other EFI program.
 */
export function unifiedKernelCommandLines(file: Buffer): readonly string[] {
  const sections = readPeSections(file) ?? []
  const found = sections.filter(({ name }) => name === '.cmdline').map(({ data }) => decodeCommandLine(data))
  if (found.length > 0) return found
  return sections.some(({ name }) => name === '.linux' || name === '.kernel') ? [''] : []
}
