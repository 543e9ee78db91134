import type { EntryType } from './image.ts'

/** One row of `unsquashfs -lln`. */
export interface SquashfsRow {
  /** Path below the root as the file system's bytes, one character each (latin1); '' for the root. */
  path: string
  type: EntryType
  /** Permission bits (07777). */
  mode: number
  uid: number
  gid: number
  size: number
  /** Bytes as in `path`. */
  target?: string
}

/** Rows in their order and how many could not be read. */
export interface SquashfsRows {
  rows: readonly SquashfsRow[]
  rejected: number
}

const types: Readonly<Record<string, EntryType>> = {
  '-': 'file',
  d: 'directory',
  l: 'symlink',
  b: 'block',
  c: 'character',
  p: 'fifo',
  s: 'socket'
}

/** Modes by their letters: a file system has few different ones and many files. */
const modes = new Map<string, number>()

/** `rwsr-xr-t` as bits: ls(1), "What information is listed". */
function modeOf(letters: string): number {
  const known = modes.get(letters)
  if (known !== undefined) return known
  let mode = 0
  for (let index = 0; index < 9; index += 1) {
    const letter = letters[index] ?? '-'
    const isExecute = index % 3 === 2
    if (!isExecute && letter !== '-') mode |= 0o400 >> index
    if (isExecute && /[xst]/.test(letter)) mode |= 0o400 >> index
    if (/[sStT]/.test(letter)) mode |= 0o4000 >> ((index - 2) / 3)
  }
  modes.set(letters, mode) // at most 4096 of them: the pattern lets nothing else pass
  return mode
}

const prefix =
  /^([-dlbcps])([-r][-w][-xsS][-r][-w][-xsS][-r][-w][-xtT]) (\d{1,10})\/(\d{1,10}) +(?:(\d{1,19})|\d+, *\d+) \d{4}-\d\d-\d\d \d\d:\d\d $/

/**
 * Reads a listing in which every path begins with `mark`. unsquashfs prints names as they are, line breaks
 * included; but what lies in the image can't know the mark, so a row begins only where one stands, and all
 * text up to the next row is the name. A link's target is told from its name by its size.
 */
export function readSquashfsRows(output: Buffer, mark: string): SquashfsRows {
  const text = output.toString('latin1')
  const rows: SquashfsRow[] = []
  let rejected = 0
  let at = text.indexOf(mark)
  while (at >= 0) {
    const next = text.indexOf(mark, at + mark.length)
    const end = next < 0 ? text.length - 1 : text.lastIndexOf('\n', next)
    const start = text.lastIndexOf('\n', at) + 1
    const row = rowOf(text.slice(start, at), text.slice(at + mark.length, end))
    if (row) rows.push(row)
    else rejected += 1
    at = next
  }
  return { rows, rejected }
}

function rowOf(attributes: string, name: string): SquashfsRow | undefined {
  const match = prefix.exec(attributes)
  const type = types[match?.[1] ?? '']
  if (!match || type === undefined) return undefined
  const [, , letters = '', uid, gid, digits = '0'] = match
  const size = Number(digits)
  const row = { type, mode: modeOf(letters), uid: Number(uid), gid: Number(gid) }
  if (!Number.isSafeInteger(size)) return undefined
  if (type !== 'symlink') return { ...row, path: name, size: type === 'file' ? size : 0 }
  const arrow = name.length - size - 4
  if (arrow < 0 || name.slice(arrow, arrow + 4) !== ' -> ') return undefined
  return { ...row, path: name.slice(0, arrow), size: 0, target: name.slice(arrow + 4) }
}
