import { HardenError } from '../base/errors.ts'
import type { Finding } from '../base/finding.ts'

/** One field of a stanza. */
interface Deb822Field {
  /** As written; look-ups ignore case. */
  name: string
  /** The rest of the line and the continuation lines, joined by newlines, one leading blank removed from each. */
  value: string
  /** 1-based line of the field's name. */
  line: number
}

/** A paragraph of a deb822 file. */
export interface Stanza {
  /** 1-based line of its first field. */
  line: number
  /** Keyed by the lower-case name, in the order of the file. */
  fields: ReadonlyMap<string, Deb822Field>
}

/** Bounds for hostile files. */
export interface Deb822Limits {
  /** Characters of the whole text. Default 64 Mi. */
  text?: number
  /** Stanzas. Default 200,000: three times Debian's whole archive. */
  stanzas?: number
  /** Characters of one stanza. Default 4 Mi. */
  stanza?: number
}

interface Deb822Options {
  /** File the findings are about. */
  path?: string
  /** Called for everything odd; at most 100 times, the last one says so. */
  onFinding?: (finding: Finding) => void
  limits?: Deb822Limits
}

const maxFindings = 100

/** Value of a field whatever its case; undefined when absent. */
export function fieldOf(stanza: Stanza, name: string): string | undefined {
  return stanza.fields.get(name.toLowerCase())?.value
}

/**
 * Reads deb822 text stanza by stanza (deb822(5), Debian Policy 5.1): `#` lines are comments, a line of
 * blanks ends a stanza, a second field of the same name is reported and ignored (dpkg refuses the file).
 * @throws HardenError `DEB822_TOO_LARGE` (usage) when a limit is passed.
 */
export function* readStanzas(text: string, options: Deb822Options = {}): Generator<Stanza> {
  const { path, limits = {} } = options
  const report = limitedReporter(options)
  const tooLarge = (what: string): HardenError =>
    new HardenError('usage', 'DEB822_TOO_LARGE', `${path ?? 'The control file'} has ${what}`, {
      path,
      hint: 'A real package database is far smaller; check where this file comes from.'
    })

  if (text.length > (limits.text ?? 64 * 1024 * 1024)) throw tooLarge(`${text.length} characters`)
  if (text.includes('\0')) report('DEB822_BINARY', 'The file holds NUL bytes; it may be damaged.', 1)

  if (text.includes('\ufffd')) report('DEB822_ENCODING', 'The file holds bytes that are no UTF-8.', 1)

  const maxStanzas = limits.stanzas ?? 200_000
  const maxStanza = limits.stanza ?? 4 * 1024 * 1024
  let fields = new Map<string, Deb822Field>()
  let current: Deb822Field | undefined
  let ignoring = false // inside the continuation lines of a field we dropped
  let count = 0
  let start = 0
  let size = 0
  let lineNumber = 0

  const finish = (): Stanza | undefined => {
    const done = fields.size > 0 ? { line: start, fields } : undefined
    if (done && ++count > maxStanzas) throw tooLarge(`more than ${maxStanzas} stanzas`)
    fields = new Map()
    current = undefined
    ignoring = false
    size = 0
    return done
  }

  for (let from = text.charCodeAt(0) === 0xfeff ? 1 : 0; from < text.length;) {
    const newline = text.indexOf('\n', from)
    const end = newline < 0 ? text.length : newline
    const line = text.slice(from, end).trimEnd()
    from = end + 1
    lineNumber++

    if (line === '') {
      const stanza = finish()
      if (stanza) yield stanza
      continue
    }
    size += line.length
    if (size > maxStanza)
      throw tooLarge(`a stanza of more than ${maxStanza} characters at line ${lineNumber}`)
    if (line.startsWith('#')) continue
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (current) current.value += `\n${line.slice(1)}`
      else if (!ignoring)
        report('DEB822_SYNTAX', 'A continuation line without a field before it.', lineNumber)
      continue
    }
    const colon = line.indexOf(':')
    const name = line.slice(0, colon)
    if (colon < 1 || !/^[!-9;-~]+$/.test(name)) {
      report('DEB822_SYNTAX', 'Expected "Field: value", a comment or a continuation line.', lineNumber)
      current = undefined
      ignoring = true
      continue
    }
    const key = name.toLowerCase()
    const first = fields.get(key)
    if (first) {
      const message = `Field '${name}' stands twice in one stanza; the first, line ${first.line}, is used.`
      report('DEB822_DUPLICATE_FIELD', message, lineNumber)
      current = undefined
      ignoring = true
      continue
    }
    current = { name, value: line.slice(colon + 1).trimStart(), line: lineNumber }
    ignoring = false
    if (fields.size === 0) start = lineNumber
    fields.set(key, current)
  }
  const stanza = finish()
  if (stanza) yield stanza
}

function limitedReporter({ path, onFinding }: Deb822Options) {
  let reported = 0
  return (code: string, message: string, line: number): void => {
    if (!onFinding || reported > maxFindings) return
    reported++
    const range = { line, column: 1 }
    if (reported <= maxFindings) onFinding({ code, severity: 'warning', message, path, range })
    else
      onFinding({
        code: 'DEB822_MORE',
        severity: 'warning',
        message: 'More of this kind, not shown.',
        path,
        range
      })
  }
}
