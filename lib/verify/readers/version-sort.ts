import { byCodeUnit } from '../../base/text.ts'

/**
 * Orders file names as `ls -v` does (coreutils, "Version-sort ordering"): runs of digits as numbers, letters
 * before other characters, `~` before everything; endings such as `.rules` count only between equals.
 */
export function byVersion(a: string, b: string): number {
  const bare = (name: string): string => name.replace(/(?:\.[A-Za-z~][A-Za-z0-9~]*)*$/, '')
  return (
    Number(isHidden(b)) - Number(isHidden(a)) ||
    compare(bare(a), bare(b)) ||
    compare(a, b) ||
    byCodeUnit(a, b)
  )
}

function isHidden(name: string): boolean {
  return name.startsWith('.')
}

function compare(a: string, b: string): number {
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    while (isOther(a, i) || isOther(b, j)) {
      const difference = weight(a, i) - weight(b, j)
      if (difference !== 0) return difference
      i++
      j++
    }
    const [left, right] = [digitsAt(a, i), digitsAt(b, j)]
    i += left.length
    j += right.length
    const [one, two] = [left.replace(/^0+/, ''), right.replace(/^0+/, '')]
    const difference = one.length - two.length || byCodeUnit(one, two)
    if (difference !== 0) return difference
  }
  return 0
}

function isOther(text: string, at: number): boolean {
  return at < text.length && !/\d/.test(text[at] ?? '')
}

function weight(text: string, at: number): number {
  const character = text[at]
  if (character === undefined) return -1
  if (/\d/.test(character)) return 0
  if (/[A-Za-z]/.test(character)) return character.charCodeAt(0)
  return character === '~' ? -2 : character.charCodeAt(0) + 256
}

function digitsAt(text: string, at: number): string {
  return /^\d*/.exec(text.slice(at))?.[0] ?? ''
}
