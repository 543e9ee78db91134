import type { Evidence } from '../../controls/result.ts'
import type { Image } from '../../image/image.ts'

/** A line of a file in the image. */
export interface Line {
  path: string
  /** 1-based. */
  line: number
  text: string
}

/** One setting and where it stands. */
export interface Setting extends Line {
  /** As the program compares it: sshd's keywords are lower case here, others as written. */
  key: string
  value: string
}

const limit = 4 * 1024 * 1024

/**
 * Lines of a configuration file, without line ends; undefined when it is not there.
 * @throws HardenError `FILE_TOO_LARGE` above 4 MiB: no configuration is that big.
 */
export async function readLines(image: Image, path: string): Promise<readonly Line[] | undefined> {
  const text = await image.readText(path, limit)
  if (text === undefined) return undefined
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((one, index) => ({ path, line: index + 1, text: one.replace(/\r$/, '') }))
}

/** How a program goes on in the next line, where that differs from a plain backslash at the end. */
export interface Continuation {
  /** Whether a comment starts in the line, which then ends whatever its last character is. */
  hasComment?: (text: string) => boolean
  /** Blanks behind the backslash change nothing. */
  blanks?: boolean
  /** Empty lines and comments in between are passed over. */
  passesOver?: boolean
}

/** Joins lines that end in a backslash with the next one; the place is that of the first. */
export function joinContinued(
  lines: readonly Line[],
  joiner = '',
  { hasComment, blanks = false, passesOver = false }: Continuation = {}
): readonly Line[] {
  const joined: Line[] = []
  let open: Line | undefined
  for (const line of lines) {
    if (open && passesOver && /^\s*(?:#|$)/.test(line.text)) continue
    const bare = blanks ? line.text.trimEnd() : line.text
    const continues = bare.endsWith('\\') && !hasComment?.(line.text)
    const text = continues ? bare.slice(0, -1) + joiner : line.text
    if (open) open.text += text
    else joined.push((open = { ...line, text }))
    if (!continues) open = undefined
  }
  return joined
}

/** A line as evidence. */
export function seen({ path, line, text }: Line): Evidence {
  return { path, line, value: text.trim() }
}
