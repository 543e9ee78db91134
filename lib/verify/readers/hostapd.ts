import type { CheckContext } from '../check-context.ts'
import { globImage } from './glob.ts'
import type { Line, Setting } from './lines.ts'
import { readLines } from './lines.ts'
import { environmentOf, expandVariables, splitCommand } from './unit-commands.ts'
import { readUnits } from './units.ts'

/** One network of an access point. */
export interface Bss {
  /** Name of its interface. */
  name: string
  place: Line
  /** Every setting in order; of those with one value the last one counts. */
  settings: readonly Setting[]
}

/** One configuration hostapd may be started with. */
export interface HostapdFile {
  path: string
  networks: readonly Bss[]
  /** A line at which hostapd ends, if there is one: it trims nothing and takes no unknown form. */
  refused?: Line
}

/** What of hostapd is in the image. */
export interface Hostapd {
  files: readonly HostapdFile[]
  /** Configurations a unit names that are not in the image. */
  missing: readonly string[]
  /** Other programs that are told to be an access point, by the file that tells them. */
  others: readonly string[]
}

/** Options of hostapd(8) that take a value. */
const withValue = /^-[a-zA-Z]*[befgGiPqu]$/

/**
 * Everything hostapd could be started with: /etc/hostapd, what any unit or /etc/network/interfaces gives it, whether
 * a boot starts it or the interface does.
 */
export async function readHostapd(context: CheckContext): Promise<Hostapd> {
  const { image } = context
  const wanted = new Set(globImage(image, '/etc/hostapd/*.conf'))
  const named = new Set<string>()
  const units = await context.read(readUnits)
  for (const name of units.names.filter((one) => one.endsWith('.service'))) {
    const unit = await units.load(name)
    if (!unit || unit.masked) continue
    for (const { value } of unit.values('Service', 'ExecStart')) {
      const [program = '', ...words] = splitCommand(value)
      if (!/(?:^|\/)hostapd$/.test(program)) continue
      const environment = await environmentOf(context, unit)
      for (const path of filesOf(words.flatMap((word) => expandVariables(word, environment)))) {
        if (path.includes('%'))
          for (const found of globImage(image, path.replace(/%./g, '*'))) named.add(found)
        else named.add(path)
      }
    }
  }
  for (const path of ['/etc/network/interfaces', ...globImage(image, '/etc/network/interfaces.d/*')]) {
    for (const { text } of (await readLines(image, path)) ?? []) {
      const match = /^\s*hostapd\s+(\S+)/.exec(text)
      if (match) named.add(match[1] ?? '')
    }
  }
  // Its own unit does nothing without the file of its condition.
  if (!wanted.has('/etc/hostapd/hostapd.conf')) named.delete('/etc/hostapd/hostapd.conf')
  const files: HostapdFile[] = []
  const missing: string[] = []
  for (const path of [...new Set([...wanted, ...named])].sort()) {
    const lines = await readLines(image, path)
    if (!lines) missing.push(path)
    else {
      const file = fileOf(path, lines)
      // An empty file starts nothing.
      if (file.networks.length > 0 || file.refused) files.push(file)
    }
  }
  return { files, missing, others: await othersOf(context) }
}

/** Arguments that are files, and those of `-b PHY:FILE`. */
function filesOf(words: readonly string[]): string[] {
  const files: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (withValue.test(word)) {
      const value = words[++at] ?? ''
      if (word.endsWith('b')) files.push(value.replace(/^[^:]*:/, ''))
    } else if (word !== '' && !word.startsWith('-')) files.push(word)
  }
  return files
}

/** Line by line as hostapd does: `key=value` with nothing trimmed, `#` at the start only, `bss=` begins anew. */
function fileOf(path: string, lines: readonly Line[]): HostapdFile {
  const networks: { name: string; place: Line; settings: Setting[] }[] = []
  let current = { name: '', place: lines[0] ?? { path, line: 1, text: '' }, settings: [] as Setting[] }
  networks.push(current)
  let refused: Line | undefined
  for (const line of lines) {
    const text = line.text.replace(/\r?\n$/, '')
    if (text === '' || text.startsWith('#')) continue
    const at = text.indexOf('=')
    const key = text.slice(0, Math.max(at, 0))
    if (!/^\w+$/.test(key)) {
      refused ??= line
      continue
    }
    const value = text.slice(at + 1)
    if (key === 'bss') {
      current = { name: value, place: line, settings: [] }
      networks.push(current)
    } else {
      if (key === 'interface') current.name = value
      current.settings.push({ ...line, key, value })
    }
  }
  return {
    path,
    networks: networks.filter(({ settings }) => settings.length > 0),
    ...(refused ? { refused } : {})
  }
}

/** Programs beside hostapd that are access points when their configuration says so. */
async function othersOf({ image }: CheckContext): Promise<string[]> {
  const profiles: readonly (readonly [glob: string, sign: RegExp])[] = [
    ['/etc/NetworkManager/system-connections/*', /^\s*mode\s*=\s*ap\s*$/m],
    ['/usr/lib/NetworkManager/system-connections/*', /^\s*mode\s*=\s*ap\s*$/m],
    ['/etc/wpa_supplicant/*.conf', /^\s*mode\s*=\s*2\s*$/m],
    ['/var/lib/iwd/ap/*.ap', /(?:)/]
  ]
  const found: string[] = []
  for (const [glob, sign] of profiles) {
    for (const path of globImage(image, glob)) {
      const text = await image.readText(path)
      if (text !== undefined && sign.test(text)) found.push(path)
    }
  }
  return found
}
