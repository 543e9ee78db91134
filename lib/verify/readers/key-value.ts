import type { Line, Setting } from './lines.ts'

/** How a flat `key = value` file is written. */
interface KeyValueForm {
  /** A `#` anywhere starts a comment; else only at the start of a line. */
  trailingComments?: boolean
  /** Keys of either case are the same; they come out in lower case. */
  ignoreCase?: boolean
  /** A key without a value is a switch. */
  bareKeys?: boolean
}

/** Reads `key = value` lines; of several the caller decides which counts. */
export function parseKeyValue(lines: readonly Line[], form: KeyValueForm): readonly Setting[] {
  const settings: Setting[] = []
  for (const line of lines) {
    const text = (form.trailingComments ? line.text.replace(/#.*$/, '') : line.text).trim()
    if (text === '' || text.startsWith('#')) continue
    const match = /^([^\s=]+)\s*(?:=\s*(.*)|\s(.*))?$/.exec(text)
    if (!match) continue
    const value = match[2] ?? match[3]
    if (value === undefined && !form.bareKeys) continue
    const key = match[1] ?? ''
    settings.push({ ...line, key: form.ignoreCase ? key.toLowerCase() : key, value: (value ?? '').trim() })
  }
  return settings
}

/** The last setting of a key, as an array of one or none. */
export function lastOf(settings: readonly Setting[], key: string): readonly Setting[] {
  const last = settings.findLast((one) => one.key === key)
  return last ? [last] : []
}
