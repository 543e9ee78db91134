import type { Image } from './image.ts'

/** Fields of os-release(5): `ID`, `VERSION_CODENAME`, `PRETTY_NAME` and whatever else is there. */
export type OsRelease = Readonly<Partial<Record<string, string>>>

/** Undoes the quoting of one value; undefined when it is not what os-release(5) allows. */
function unquote(raw: string): string | undefined {
  const value = raw.trim()
  const quote = value[0]
  if (quote === "'") return /^'([^']*)'$/.exec(value)?.[1]
  if (quote === '"') {
    const inner = /^"((?:[^"\\]|\\.)*)"$/.exec(value)?.[1]
    return inner?.replace(/\\([$"\\`])/g, '$1')
  }
  return /["'\s]/.test(value.replace(/\\./g, '')) ? undefined : value.replace(/\\(.)/g, '$1')
}

/** Parses os-release(5): shell-like assignments, the last one wins; lines that are none are skipped. */
export function parseOsRelease(text: string): OsRelease {
  const fields = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line)
    const value = unquote(match?.[2] ?? '')
    if (match?.[1] !== undefined && value !== undefined) fields.set(match[1], value)
  }
  return Object.fromEntries(fields)
}

/** The os-release of an image: /etc/os-release before /usr/lib/os-release; undefined when it has none. */
export async function readOsRelease(image: Image): Promise<OsRelease | undefined> {
  const limit = 64 * 1024
  const text =
    (await image.readText('/etc/os-release', limit)) ?? (await image.readText('/usr/lib/os-release', limit))
  return text === undefined ? undefined : parseOsRelease(text)
}
