import { plainText } from '../../../base/text.ts'

/** Level kas gave a line of its log. */
export type Level = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL'

/** One line of a build's output without what kas, a terminal or a container put around it. */
export interface PlainLine {
  text: string
  /** Set where kas's logger wrote the line. */
  level?: Level
}

/** kas 5: `2026-11-22 03:39:14 - INFO     - text` (kas/kas.py create_logger). */
const prefix = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - (DEBUG|INFO|WARNING|ERROR|CRITICAL) *- /
const unusual = /[^\t\u0020-\u007e]/

/**
 * The text of a line: no line end, no colours, no kas prefix. Of a line that a program rewrote with carriage
 * returns only the last state stays, as on a terminal. Any string is accepted.
 */
export function plainLine(line: string): PlainLine {
  let text = line
  if (unusual.test(text)) {
    text = plainText(text).replace(/[\r\n]+$/, '')
    const rewritten = Math.max(text.lastIndexOf('\r'), text.lastIndexOf('\n'))
    text = text.slice(rewritten + 1)
  }
  const found = prefix.exec(text)
  if (found === null) return { text }
  return { text: text.slice(found[0].length), level: found[1] as Level }
}
