import { type ShellWord, shellWords } from './shell-words.ts'

/** One statement of a .wks file. */
export interface WksLine {
  /** 1-based. */
  line: number
  /** Offset of the text in the file, without the blanks around it. */
  start: number
  text: string
  /** Undefined where wic could not read the line either. */
  words: readonly ShellWord[] | undefined
}

/**
 * The statements of a .wks file as wic's parser sees them (scripts/lib/wic/ksparser.py): one a line, there is no
 * continuation; empty lines and those that start with `#` are left out.
 */
export function wksLines(text: string): WksLine[] {
  const lines: WksLine[] = []
  let number = 0
  for (const match of text.matchAll(/([^\r\n]*)(\r\n|\n|\r|$)/g)) {
    const [whole, content = ''] = match
    if (whole === '') break
    number++
    const trimmed = content.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const start = match.index + content.indexOf(trimmed)
    lines.push({ line: number, start, text: trimmed, words: shellWords(trimmed) })
  }
  return lines
}

/** The value of an option as wic's argparse takes it: the last one counts, names may be cut short. */
export interface OptionValue {
  word: ShellWord
  /** Where the value starts inside `word.value`: behind `--append=`, or 0. */
  from: number
}

/**
 * Finds an option in a statement. `shortest` is the shortest prefix argparse takes for it (`--a`).
 * @returns undefined when it is absent, `'incomplete'` when its value is missing.
 */
export function optionOf(
  words: readonly ShellWord[],
  name: string,
  shortest: string
): OptionValue | 'incomplete' | undefined {
  let found: OptionValue | 'incomplete' | undefined
  words.forEach((word, index) => {
    const equals = word.value.indexOf('=')
    // argparse takes a word with a blank in front of its first `=` for no option.
    const written = equals < 0 ? word.value : word.value.slice(0, equals)
    if (!name.startsWith(written) || !written.startsWith(shortest)) return
    if (equals >= 0) found = { word, from: equals + 1 }
    else {
      const next = words[index + 1]
      const isOption = next?.value.startsWith('-') && !next.value.includes(' ')
      found = next === undefined || isOption ? 'incomplete' : { word: next, from: 0 }
    }
  })
  return found
}
