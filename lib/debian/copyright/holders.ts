import { plainText } from '../../base/text.ts'
import type { MachineReadable } from './file.ts'

const maxLines = 100
const maxLine = 300

/** Copyright lines of a machine-readable file: each once, at most a hundred; a last line says how many more. */
export function holdersOf(file: MachineReadable): readonly string[] {
  return bounded(
    [file.headerCopyright, ...file.files.map((one) => one.copyright)].flatMap((one) => one.split('\n'))
  )
}

/** Lines of a free text that state a copyright: the word or sign, then a year. */
export function holdersOfText(text: string): readonly string[] {
  const lines = text.split('\n', 20_000).map((line) => line.replace(/^[\s*#/;-]+/, ''))
  return bounded(lines.filter((line) => /^(?:copyright\b|\(c\)|©).{0,40}\b(?:19|20)\d\d\b/i.test(line)))
}

function bounded(lines: Iterable<string>): string[] {
  const kept = new Set<string>()
  for (const line of lines) {
    const clean = plainText(line).replace(/\s+/g, ' ').trim()
    if (clean !== '') kept.add(clean.length > maxLine ? `${clean.slice(0, maxLine)}…` : clean)
  }
  const all = [...kept]
  return all.length <= maxLines ? all : [...all.slice(0, maxLines), `and ${all.length - maxLines} more lines`]
}
