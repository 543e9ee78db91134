import { joinContinued } from './lines.ts'
import type { Line, Setting } from './lines.ts'

/** A setting of an ini file and its section. */
export interface IniSetting extends Setting {
  section: string
}

/**
 * Reads a file in systemd's ini form (systemd.syntax(7)): `[Section]`, `Key=value`, `#` and `;` start
 * comment lines only, a backslash at the end joins lines with a blank. Lines outside a section are ignored.
 * An empty value stays in the result: it resets what came before.
 */
export function parseIni(lines: readonly Line[]): readonly IniSetting[] {
  // A comment inside a continued value is left out, the value goes on (systemd.syntax(7)).
  const bare = lines.filter(({ text }) => !/^\s*[#;]/.test(text))
  const settings: IniSetting[] = []
  let section: string | undefined
  for (const line of joinContinued(bare, ' ')) {
    const text = line.text.trim()
    const header = /^\[([^\]]*)\]$/.exec(text)
    if (header) {
      section = header[1] ?? ''
      continue
    }
    const at = text.indexOf('=')
    if (section === undefined || at < 1) continue
    settings.push({
      ...line,
      section,
      key: text.slice(0, at).trimEnd(),
      value: text.slice(at + 1).trimStart()
    })
  }
  return settings
}

/** Values in force after resets: an empty assignment drops everything before it. */
export function afterResets<T extends Setting>(settings: readonly T[]): readonly T[] {
  const reset = settings.findLastIndex(({ value }) => value === '')
  return settings.slice(reset + 1)
}
