/**
 * The candidate that `word` most likely was meant to be: at most a third of its letters differ.
 * Undefined when none is near.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = normal(word)
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: distance(wanted, normal(candidate)) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best && best.distance <= Math.max(1, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined
}

/** `security_level` and `SecurityLevel` are both meant as `securityLevel`. */
function normal(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, '')
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1))
    }
    previous = current
  }
  return previous[b.length]!
}
