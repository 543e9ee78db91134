import { fieldOf, readStanzas } from '../../debian/deb822.ts'
import type { CheckContext } from '../check-context.ts'
import type { Setting } from './lines.ts'
import { readLines } from './lines.ts'

/** Options of every enabled source, one-line and deb822: key in lower case, `allow-insecure`, value. */
export async function readAptSources({ image }: CheckContext): Promise<readonly Setting[]> {
  const directory = '/etc/apt/sources.list.d'
  const names = image.list(directory).filter((name) => /^[A-Za-z0-9_.-]+\.(?:list|sources)$/.test(name))
  const settings: Setting[] = []
  for (const path of ['/etc/apt/sources.list', ...names.map((name) => `${directory}/${name}`)]) {
    const lines = await readLines(image, path)
    if (!lines) continue
    if (!path.endsWith('.sources')) {
      for (const line of lines) {
        const match = /^\s*deb(?:-src)?\s+\[([^\]]*)\]/.exec(line.text)
        for (const option of (match?.[1] ?? '').split(/\s+/)) {
          const [key = '', value = ''] = option.split(/[+-]?=/)
          if (key !== '') settings.push({ ...line, key: key.toLowerCase(), value })
        }
      }
      continue
    }
    for (const stanza of readStanzas(lines.map(({ text }) => text).join('\n'), { path })) {
      if (/^(?:no|false|off|0|without|disable)$/i.test(fieldOf(stanza, 'Enabled') ?? 'yes')) continue
      for (const [key, field] of stanza.fields) {
        settings.push({
          path,
          line: field.line,
          text: `${field.name}: ${field.value}`,
          key,
          value: field.value
        })
      }
    }
  }
  return settings
}
