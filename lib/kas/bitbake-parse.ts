import type { Finding } from '../base/finding.ts'
import type { ConfLine } from './local-conf.ts'

/** Assignment operators of BitBake's conf files. */
export type Operator = '=' | '?=' | '??=' | ':=' | '+=' | '=+' | '.=' | '=.'

/** Where a statement starts. */
export interface Origin {
  path: string
  line: number
}

/** One assignment as written. */
export interface Assignment {
  /** The name with its overrides: `IMAGE_PREINSTALL:append:bookworm`. */
  name: string
  flag: string | undefined
  operator: Operator
  value: string
  origin: Origin
}

/** The assignments of a conf file, and everything in it that is none. */
export interface ParsedConf {
  assignments: readonly Assignment[]
  findings: readonly Finding[]
}

// The shape BitBake itself accepts (its user manual, "Basic Syntax"): no blank before the name,
// nothing after the closing quote, and a value with the other quote or an odd number of its own.
const assignment =
  /^(?:export\s+)?([a-zA-Z0-9\-_+.${}/~:]+?)(?:\[([a-zA-Z0-9\-_+.][a-zA-Z0-9\-_+.@]*)\])?\s*(:=|\?\?=|\?=|\+=|=\+|=\.|\.=|=)\s*(?!'[^']*'[^']*'$)(?!"[^"]*"[^"]*"$)(['"])([^\n]*)\4$/

/** What stands in a conf file, but not in our subset, and how to say it. */
const beyond: readonly [pattern: RegExp, what: string, hint: string][] = [
  [
    /^(?:require|include|include_all)\s/,
    '`include` and `require` are not followed',
    'Write the assignments into the block itself.'
  ],
  [/^inherit\s/, '`inherit` is not supported', 'Use IMAGE_CLASSES or INHERIT, or build with kas.'],
  [
    /^(?:fakeroot\s+)?python\b|^def\s|^[\w:.${}-]+\s*\(\)\s*\{/,
    'functions are not supported',
    'Build with kas.'
  ],
  [
    /^(?:unset|export|addtask|deltask|addhandler|addpylib|addfragments|EXPORT_FUNCTIONS)\b/,
    'this statement is not supported',
    'Build with kas.'
  ],
  [/^\s+\S/, 'a statement must not be indented', 'BitBake refuses it as well: remove the blanks before it.']
]

/**
 * Parses local.conf: joins lines that end with a backslash, drops comments, reads assignments.
 * Everything else is an error finding with file and line; the subset is documented in docs/bitbake-subset.md.
 */
export function parseConf(lines: readonly ConfLine[]): ParsedConf {
  const assignments: Assignment[] = []
  const findings: Finding[] = []
  const report = (
    code: string,
    { path, line }: Origin,
    message: string,
    { hint, severity = 'error' }: { hint: string; severity?: Finding['severity'] }
  ) => {
    findings.push({ code, severity, message, path, range: { line, column: 1 }, hint })
  }

  for (let index = 0; index < lines.length; index++) {
    const first = lines[index]!
    if (first.text.trim() === '') continue
    const origin = { path: first.path, line: first.line }
    let text = first.text.trimEnd()
    let halfComment = false
    let hidden: ConfLine | undefined
    while (text.endsWith('\\') && index + 1 < lines.length) {
      const next = lines[++index]!
      const more = next.text.trimEnd()
      if (text.startsWith('#')) halfComment ||= !more.startsWith('#')
      else if (more.startsWith('#')) hidden ??= next
      text = text.slice(0, -1) + more
    }
    if (halfComment) {
      report('BITBAKE_COMMENT', origin, 'a comment goes on in a line that is none', {
        hint: 'BitBake refuses it as well: remove the backslash at its end.'
      })
      continue
    }
    if (hidden) {
      report('BITBAKE_COMMENT', hidden, 'inside a value this line is no comment, but part of the value', {
        hint: 'Move the comment above the assignment.',
        severity: 'warning'
      })
    }
    if (text.startsWith('#')) continue
    const match = assignment.exec(text)
    if (!match) {
      const known = beyond.find(([pattern]) => pattern.test(text))
      const what = known?.[1] ?? 'this is no assignment BitBake can read'
      const hint = known?.[2] ?? 'Write NAME = "value"; both quotes must be on it, and nothing after them.'
      report('BITBAKE_SYNTAX', origin, `${what}: ${shortened(text)}`, { hint })
      continue
    }
    const [, name = '', flag, operator = '=', , value = ''] = match
    if (/_(?:append|prepend|remove)/.test(name)) {
      const fixed = name.replaceAll(/_(append|prepend|remove)/g, ':$1')
      report('BITBAKE_OLD_OVERRIDE', origin, `old override syntax: ${name}`, {
        hint: `Since isar v0.10 it is written ${fixed}.`
      })
      continue
    }
    if (name.includes('${')) {
      report('BITBAKE_NAME', origin, `variables in a name are not supported: ${name}`, {
        hint: 'Write the name out.'
      })
      continue
    }
    assignments.push({ name, flag, operator: operator as Operator, value, origin })
  }
  return { assignments, findings }
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
