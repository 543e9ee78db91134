import type { CheckContext } from '../check-context.ts'
import { mergedDropIns } from './glob.ts'
import { readLines } from './lines.ts'
import type { Line } from './lines.ts'
import { splitCommand } from './unit-commands.ts'
import { readUnits } from './units.ts'

/** Where SWUpdate gets the key from, as it is started. */
export interface SwupdateStart {
  /** Key on the command line (`-k`), which wins over the configuration. */
  key: Line | undefined
  /** `-f`, else the default. */
  configuration: string
}

/** swupdate(1). */
const defaultConfiguration = '/etc/swupdate.cfg'

/** Options of the program and their values; what is read as one word by the shell stays one. */
function optionsIn(words: readonly string[]): { key?: string; configuration?: string } {
  const found: { key?: string; configuration?: string } = {}
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    const match = /^(?:-(k|f)|--(key|config)(?:=|$))(.*)$/.exec(word)
    if (!match) continue
    const value = match[3] === '' ? (words[++at] ?? '') : (match[3] ?? '')
    if (match[1] === 'k' || match[2] === 'key') found.key = value
    else found.configuration = value
  }
  return found
}

/**
 * How Debian's swupdate.sh starts SWUpdate: its arguments from shell scripts in conf.d (one in /etc takes the place of
 * one in /usr), and what units that run the program themselves add.
 */
export async function readSwupdateStart(context: CheckContext): Promise<SwupdateStart> {
  const { image } = context
  const start: SwupdateStart = { key: undefined, configuration: defaultConfiguration }
  const take = (line: Line, words: readonly string[]): void => {
    const { key, configuration } = optionsIn(words)
    if (key !== undefined) start.key = { ...line, text: key }
    if (configuration !== undefined) start.configuration = configuration
  }
  const folders = ['/etc/swupdate/conf.d', '/usr/lib/swupdate/conf.d']
  for (const path of mergedDropIns(image, folders, () => true)) {
    for (const line of (await readLines(image, path)) ?? []) {
      const value = /^\s*(?:export\s+)?SWUPDATE_(?:EXTRA_)?ARGS=(["']?)(.*)\1\s*$/.exec(line.text)?.[2]
      if (value !== undefined) take(line, value.split(/\s+/))
    }
  }
  const units = await context.read(readUnits)
  for (const name of units.started.keys()) {
    if (!name.endsWith('.service')) continue
    const unit = await units.load(name)
    for (const line of unit?.values('Service', 'ExecStart') ?? []) {
      const [program = '', ...words] = splitCommand(line.value)
      if (/(?:^|\/)swupdate$/.test(program)) take(line, words)
    }
  }
  return start
}

/**
 * The values of one key in the group `globals` of a configuration in the form of libconfig, comments aside; more than
 * one is a mistake the program refuses.
 */
export function globalsOf(text: string, key: string): readonly string[] {
  const bare = text.replace(
    /("(?:[^"\\]|\\.)*")|\/\*[^]*?\*\/|(?:#|\/\/).*$/gm,
    (_, quoted?: string) => quoted ?? ' '
  )
  const group = /\bglobals\s*[:=]\s*\{([^]*?)\}/.exec(bare)?.[1] ?? ''
  const wanted = new RegExp(`(?:^|[\\s;,{])${key}\\s*[:=]\\s*"((?:[^"\\\\]|\\\\.)*)"`, 'g')
  return [...group.matchAll(wanted)].map((match) => match[1] ?? '')
}
