/** How the shell reads a character of a word. */
export type Quoting = 'none' | 'single' | 'double'

/** One word of a line and where each of its characters stands. */
export interface ShellWord {
  value: string
  /** Offset of the first character of the word as written, its quotes included. */
  start: number
  /** Offset behind the last one. */
  end: number
  /** Of every character of `value`: its offset in the line. */
  offsets: readonly number[]
  /** Of every character of `value`: the quotes around it. */
  quoting: readonly Quoting[]
  /** The quoting at `end - 1`, so that text can be put behind the last character. */
  closing: Quoting
}

/**
 * Splits a line into words as Python's `shlex.split` does, which wic reads its .wks files with (posix mode, no
 * comments). Undefined where shlex raises: a quotation that is not closed, a backslash at the end.
 */
export function shellWords(line: string): ShellWord[] | undefined {
  const words: ShellWord[] = []
  let value = ''
  let start = -1
  let offsets: number[] = []
  let quoting: Quoting[] = []
  let state: Quoting = 'none'
  let closing: Quoting = 'none'
  const take = (index: number) => {
    value += line[index]!
    offsets.push(index)
    quoting.push(state)
  }
  const finish = (end: number) => {
    if (start >= 0) words.push({ value, start, end, offsets, quoting, closing })
    value = ''
    start = -1
    offsets = []
    quoting = []
  }
  // Code units, as shlex reads characters: nothing it acts on lies above U+007F.
  for (let index = 0; index < line.length; index++) {
    const char = line[index]!
    if (state !== 'none') {
      const quote = state === 'single' ? "'" : '"'
      if (char === quote) {
        closing = state
        state = 'none'
      } else if (char === '\\' && state === 'double') {
        if (index + 1 >= line.length) return undefined
        // Only the quote and the backslash are escaped here; before others the backslash stays.
        if (line[index + 1] !== '"' && line[index + 1] !== '\\') take(index)
        take(++index)
      } else take(index)
      continue
    }
    if (char === ' ' || char === '\t' || char === '\r' || char === '\n') {
      finish(index)
      continue
    }
    if (start < 0) start = index
    closing = 'none'
    if (char === '"') state = 'double'
    else if (char === "'") state = 'single'
    else if (char === '\\') {
      if (index + 1 >= line.length) return undefined
      take(++index)
    } else take(index)
  }
  if (state !== 'none') return undefined
  finish(line.length)
  return words
}
