/**
 * The variables a name with overrides stands in for: `A:b:c` is `A:b` under `c`, and `A` under `b:c`.
 * Words that start with a capital are no overrides (BitBake User Manual, "Conditional Syntax").
 */
export function placesOf(name: string): { base: string; override: string }[] {
  const places: { base: string; override: string }[] = []
  let cut = name.lastIndexOf(':')
  while (cut > 0 && /^[a-z0-9]/.test(name.slice(cut + 1))) {
    const base = name.slice(0, cut)
    places.push({ base, override: name.slice(cut + 1) })
    cut = base.lastIndexOf(':')
  }
  return places
}

/**
 * Which variant replaces a variable.
 * @param variants override words (`b` or `b:c`) -> full name.
 * @param overrides the active words, the strongest last; all words of a variant must be among them.
 * @returns the full name, or undefined when no variant is active.
 */
export function chooseVariant(
  variants: ReadonlyMap<string, string>,
  overrides: readonly string[]
): string | undefined {
  const candidates = new Map(
    [...variants].filter(([override]) => override.split(':').every((one) => overrides.includes(one)))
  )
  let chosen: string | undefined
  // As BitBake does it: each round takes the last word off the longer ones, until they are one word.
  for (let changed = true; changed;) {
    changed = false
    for (const override of overrides) {
      for (const [rest, variant] of [...candidates]) {
        if (rest.endsWith(`:${override}`)) {
          candidates.delete(rest)
          candidates.set(rest.slice(0, -override.length - 1), variant)
          changed = true
        } else if (rest === override) {
          chosen = variant
          candidates.delete(rest)
        }
      }
    }
  }
  return chosen
}
