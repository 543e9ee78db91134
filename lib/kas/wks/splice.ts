import { HardenError } from '../../base/errors.ts'
import { optionOf, type OptionValue, wksLines } from './lines.ts'

/** A word of the user's command line that ours contradicts. */
export interface ReplacedArgument {
  from: string
  to: string
}

/** A .wks text with our kernel arguments. */
export interface Spliced {
  text: string
  /** 1-based line of the `bootloader` statement; of the new one when there was none. */
  line: number
  /** Arguments that were not there before. */
  added: readonly string[]
  /** The user's words that had another value; ours stand in their place. */
  replaced: readonly ReplacedArgument[]
}

/** Why a .wks text takes no argument from us. */
export interface SpliceRefused {
  refused: 'configfile' | 'several' | 'unreadable'
  line: number
  reason: string
}

/**
 * Puts kernel arguments into `bootloader … --append="…"` of a .wks or .wks.in text. Only the value of `--append`
 * changes; everything else, `${VARIABLES}` included, stays byte for byte. What is there already is not repeated,
 * another value of the same parameter gives way, and all stands before a `--` (what follows it goes to init).
 * A text without a `bootloader` statement gets one, as wic's defaults are the same.
 * @param args words like `audit=1`; @throws HardenError internal `WKS_ARGUMENT` for one that needs quotes.
 */
export function spliceWks(text: string, args: readonly string[]): Spliced | SpliceRefused {
  const unsafe = args.find((arg) => !/^[\w.,:=/+-]+$/.test(arg))
  if (unsafe !== undefined) {
    throw new HardenError(
      'internal',
      'WKS_ARGUMENT',
      `'${unsafe}' is no kernel argument a .wks file can hold.`
    )
  }
  const lines = wksLines(text)
  const bad = lines.find(({ words }) => words === undefined)
  if (bad) return { refused: 'unreadable', line: bad.line, reason: 'a quotation is not closed' }
  const bootloaders = lines.filter(({ words }) => words?.[0]?.value === 'bootloader')
  const first = bootloaders[0]
  if (first === undefined) return withBootloader(text, args)
  if (bootloaders.length > 1) {
    const line = bootloaders[1]!.line
    return { refused: 'several', line, reason: 'wic refuses more than one `bootloader` statement' }
  }
  const words = first.words!
  if (optionOf(words, '--configfile', '--c') !== undefined) {
    const reason = 'the whole boot configuration comes from --configfile'
    return { refused: 'configfile', line: first.line, reason }
  }
  const append = optionOf(words, '--append', '--a')
  if (append === 'incomplete') {
    return { refused: 'unreadable', line: first.line, reason: '--append has no value' }
  }
  const edit =
    append === undefined
      ? {
          edits: [{ from: first.text.length, to: first.text.length, text: ` --append="${args.join(' ')}"` }],
          added: args,
          replaced: []
        }
      : editsOf(append, args, first.text)
  return {
    text: applied(text, first.start, edit.edits),
    line: first.line,
    added: edit.added,
    replaced: edit.replaced
  }
}

interface Edit {
  from: number
  to: number
  text: string
}

function withBootloader(text: string, args: readonly string[]): Spliced {
  const ending = text.includes('\r\n') ? '\r\n' : '\n'
  const separator = text === '' || /[\r\n]$/.test(text) ? '' : ending
  const before = text + separator
  return {
    text: `${before}bootloader --append="${args.join(' ')}"${ending}`,
    line: before.split(/\r\n|\n|\r/).length,
    added: args,
    replaced: []
  }
}

function applied(text: string, start: number, edits: readonly Edit[]): string {
  let result = text
  for (const { from, to, text: inserted } of edits.toSorted((a, b) => b.from - a.from)) {
    result = result.slice(0, start + from) + inserted + result.slice(start + to)
  }
  return result
}

/** The kernel takes `-` and `_` in names of parameters for the same. */
const nameOf = (argument: string) => argument.split('=', 1)[0]!.replaceAll('-', '_')

function editsOf(
  { word, from }: OptionValue,
  args: readonly string[],
  line: string
): { edits: Edit[]; added: string[]; replaced: ReplacedArgument[] } {
  const value = word.value.slice(from)
  const present = argumentsOf(value)
  const end = present.findIndex(({ text }) => text === '--')
  const ours = end < 0 ? present : present.slice(0, end)
  const edits: Edit[] = []
  const replaced: ReplacedArgument[] = []
  const missing: string[] = []
  for (const arg of args) {
    const rivals = ours.filter(({ text }) => nameOf(text) === nameOf(arg) && !args.includes(text))
    const there = ours.some(({ text }) => text === arg)
    let placed = there
    for (const rival of rivals) {
      replaced.push({ from: rival.text, to: arg })
      const at = word.offsets[from + rival.index]!
      const last = word.offsets[from + rival.index + rival.text.length - 1]!
      // As written without a quote or escape inside; else ours stands behind it, and the kernel takes the last.
      if (line.slice(at, last + 1) !== rival.text) placed = false
      else {
        edits.push({ from: at, to: last + 1, text: arg })
        placed = true
      }
    }
    if (!placed) missing.push(arg)
  }
  if (missing.length > 0)
    edits.push(insertion(word, from, end < 0 ? undefined : present[end]!.index, missing))
  const added = args.filter((arg) => !ours.some(({ text }) => text === arg))
  return { edits, added, replaced }
}

/** Words of a kernel command line; a value in double quotes may hold blanks (kernel: lib/cmdline.c next_arg). */
function argumentsOf(value: string): { text: string; index: number }[] {
  return [...value.matchAll(/(?:"[^"]*"?|[^\s"])+/g)].map((match) => ({ text: match[0], index: match.index }))
}

/** `missing` behind the value, or before the word at `before`. */
function insertion(
  word: OptionValue['word'],
  from: number,
  before: number | undefined,
  missing: readonly string[]
): Edit {
  const text = missing.join(' ')
  if (before !== undefined) {
    const at = word.offsets[from + before]!
    const quoted = word.quoting[from + before] !== 'none'
    return { from: at, to: at, text: quoted ? `${text} ` : `"${text} "` }
  }
  const value = word.value.slice(from)
  const padded = value === '' || /\s$/.test(value) ? text : ` ${text}`
  if (word.closing === 'none') return { from: word.end, to: word.end, text: `"${padded}"` }
  return { from: word.end - 1, to: word.end - 1, text: padded }
}
