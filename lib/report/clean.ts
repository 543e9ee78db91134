import { plainText } from '../base/text.ts'

/** Longest text of one value in a report; evidence is cut far below it by the checks. */
const limit = 2000

/**
 * One line of text nothing can happen with: no ANSI sequences, no C0 or C1
 * control characters, no marks that reverse the order of letters, no line ends.
 */
export function cleanText(text: string): string {
  const line = plainText(text)
    .replace(/\s*[\r\n\t]+\s*/g, ' ')
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\uFFFD')
    .replace(/[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '\uFFFD')
  return line.length > limit ? `${line.slice(0, limit).toWellFormed()} …` : line
}

/**
 * A copy of data with every text and every key cleaned. Renderers take their
 * whole input through here, so that no field can be forgotten: names, values
 * and messages come from an image somebody else made.
 */
export function cleaned<T>(value: T): T {
  return clean(value) as T
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (Array.isArray(value)) return value.map(clean)
  if (value instanceof Map || value instanceof Set) return undefined // indexes of a profile; no report prints them
  if (typeof value === 'object' && value !== null) {
    const entries: [string, unknown][] = Object.entries(value).map(([key, one]) => [
      cleanText(key),
      clean(one)
    ])
    return Object.fromEntries(entries)
  }
  return value
}
