/** A Debian version, split as deb-version(7) does: `[epoch:]upstream[-revision]`. */
export interface DebianVersion {
  epoch: number
  upstream: string
  /** Empty when there is none; compares equal to `0`. */
  revision: string
}

/** Version operators of deb-control relations; `<` and `>` are dpkg's obsolete forms of `<=` and `>=`. */
export type VersionOperator = '<<' | '<=' | '=' | '>=' | '>>' | '<' | '>'

/** Splits at the first colon and the last hyphen. Never throws: what is odd `versionProblem` tells. */
export function parseVersion(text: string): DebianVersion {
  const trimmed = text.trim()
  const colon = trimmed.indexOf(':')
  const epoch = colon < 0 ? '' : trimmed.slice(0, colon)
  const hasEpoch = /^\d{1,10}$/.test(epoch)
  const rest = hasEpoch ? trimmed.slice(colon + 1) : trimmed
  const hyphen = rest.lastIndexOf('-')
  return {
    epoch: hasEpoch ? Number(epoch) : 0,
    upstream: hyphen < 0 ? rest : rest.slice(0, hyphen),
    revision: hyphen < 0 ? '' : rest.slice(hyphen + 1)
  }
}

/** Why dpkg would refuse this version or warn about it (deb-version(7)); undefined when it is sound. */
export function versionProblem(text: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return 'is empty'
  if (/\s/.test(trimmed)) return 'has blanks inside'
  const colon = trimmed.indexOf(':')
  const rest = trimmed.slice(colon + 1)
  if (colon >= 0) {
    const epoch = trimmed.slice(0, colon)
    if (!/^\d+$/.test(epoch) || Number(epoch) > 0x7fffffff)
      return 'has an epoch that is not a number dpkg accepts'
    if (rest === '') return 'has nothing after the epoch'
  }
  const hyphen = rest.lastIndexOf('-')
  const upstream = hyphen < 0 ? rest : rest.slice(0, hyphen)
  if (hyphen >= 0 && !/^[A-Za-z0-9+.~]+$/.test(rest.slice(hyphen + 1))) return 'has an invalid revision'
  if (!/^\d/.test(upstream)) return 'does not start with a digit'
  return /^[A-Za-z0-9.+~:-]+$/.test(upstream) ? undefined : 'has an invalid character'
}

const zero = 48
const nine = 57

/** Weight of a character that is no digit: `~` before the end of the part, letters before all others. */
function weight(part: string, at: number): number {
  if (at >= part.length) return 0
  const code = part.charCodeAt(at)
  if (code >= zero && code <= nine) return 0
  if (code === 126) return -1
  const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
  return isLetter ? code : code + 256
}

function isDigit(part: string, at: number): boolean {
  const code = part.charCodeAt(at) // NaN past the end compares false
  return code >= zero && code <= nine
}

/** deb-version(7) "sorting algorithm": runs of non-digits and runs of digits in turn. */
function compareParts(a: string, b: string): number {
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const difference = weight(a, i) - weight(b, j)
      if (difference !== 0) return difference
      i++
      j++
    }
    while (a.charCodeAt(i) === zero) i++
    while (b.charCodeAt(j) === zero) j++
    // Numbers may be longer than any machine word: the longer run wins, else the first digit that differs.
    let first = 0
    while (isDigit(a, i) && isDigit(b, j)) {
      if (first === 0) first = a.charCodeAt(i) - b.charCodeAt(j)
      i++
      j++
    }
    if (isDigit(a, i)) return 1
    if (isDigit(b, j)) return -1
    if (first !== 0) return first
  }
  return 0
}

/** Orders two Debian versions exactly as dpkg does: negative, 0 or positive. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0
  const left = parseVersion(a)
  const right = parseVersion(b)
  return (
    Math.sign(left.epoch - right.epoch) ||
    Math.sign(compareParts(left.upstream, right.upstream)) ||
    Math.sign(compareParts(left.revision, right.revision))
  )
}

/** Whether `version` stands in the relation `operator` to `wanted`, as in `Depends: foo (>= 1.2)`. */
export function versionSatisfies(version: string, operator: VersionOperator, wanted: string): boolean {
  const order = compareVersions(version, wanted)
  switch (operator) {
    case '<<':
      return order < 0
    case '<=':
    case '<':
      return order <= 0
    case '=':
      return order === 0
    case '>=':
    case '>':
      return order >= 0
    case '>>':
      return order > 0
  }
}
