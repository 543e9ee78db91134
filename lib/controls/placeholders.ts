/** A reference to a parameter inside a string of a check: `${password.minlen}`. */
export const placeholder = /\$\{([^{}]*)\}/g

/** Names of the parameters a value refers to, however deep they stand. */
export function placeholdersIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [...value.matchAll(placeholder)].map((match) => match[1] ?? '')
  if (Array.isArray(value)) return value.flatMap((element) => placeholdersIn(element))
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => [...placeholdersIn(key), ...placeholdersIn(inner)])
  }
  return []
}
