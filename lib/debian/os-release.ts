/** Fields of os-release(5) by name: `ID`, `VERSION_ID`, `VERSION_CODENAME`, `PRETTY_NAME`, … */
export type OsRelease = Readonly<Partial<Record<string, string>>>

/**
 * Reads os-release(5): shell-like assignments, quoted with `'` or `"`, backslash escapes inside `"`.
 * Lines that are no assignment are ignored; of two assignments the later counts, as in a shell.
 */
export function parseOsRelease(text: string): OsRelease {
  const fields = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^\s*([A-Z][A-Z0-9_]*)=(.*)$/.exec(line.trimEnd())
    if (match?.[1] !== undefined) fields.set(match[1], unquote(match[2] ?? ''))
  }
  // Without a prototype, so that nobody reads `constructor` for a field.
  return Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(fields))
}

function unquote(value: string): string {
  const quote = value[0]
  if (quote === "'" && value.length > 1 && value.endsWith("'")) return value.slice(1, -1)
  if (quote === '"' && value.length > 1 && value.endsWith('"'))
    return value.slice(1, -1).replace(/\\([$"\\`])/g, '$1')
  return value.replace(/\\(.)/g, '$1')
}
