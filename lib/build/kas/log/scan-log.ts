import { plainLine } from './plain-line.ts'
import { forEachLine } from './read-lines.ts'
import type { LogLine, Match, Place, Rule } from './rules/rule.ts'

const mostMatches = 10
const mostErrors = 4
const tailLines = 6

/** The lines of one rule that stand in a log. */
export interface Found {
  rule: Rule
  /** At least one, at most ten different ones. */
  matches: [Match, ...Match[]]
}

/** What a log says about a failure; its size does not depend on that of the log. */
export interface Scan {
  found: readonly Found[]
  /** `Logfile of failure stored in:`, in the order of the log. */
  taskLogs: readonly { path: string; number: number }[]
  /** Whether kas itself came to run. */
  kasRan: boolean
  /** The first errors of kas and bitbake. */
  errors: readonly string[]
  /** The last lines of the first repeated task log before the task gave up; else of the whole log. */
  tail: readonly string[]
}

/** Reads a log once, streaming. `within` says that the file is the log of one task. */
export async function scanLog(path: string, rules: readonly Rule[], within?: 'task'): Promise<Scan> {
  const state = openScan(rules, within)
  await forEachLine(path, state.look)
  return state.result()
}

function openScan(rules: readonly Rule[], within?: 'task') {
  const found = new Map<Rule, Found>()
  const taskLogs: { path: string; number: number }[] = []
  const errors: string[] = []
  let taskTail: string[] = []
  let taskTailClosed = false
  let tail: string[] = []
  let place: Place = within ?? 'engine'

  function lineOf(raw: string, number: number): LogLine {
    const { text, level } = plainLine(raw)
    if (within === 'task') return { text, number, place: 'task' }
    if (place === 'engine' && (level !== undefined || /^kas \d\S* started on /.test(text))) place = 'kas'
    if (place === 'kas' && /^\| ?/.test(text)) return { text: text.replace(/^\| ?/, ''), number, place: 'task' }
    return { text, number, place }
  }

  function look(raw: string, number: number): void {
    const line = lineOf(raw, number)
    // The kept log begins with the command itself.
    if (line.text.trim() === '' || (number === 1 && line.text.startsWith('$ '))) return
    remember(line)
    // A warning or note of bitbake is about something that went on.
    if (line.place === 'kas' && /^(?:WARNING|NOTE|DEBUG): /.test(line.text)) return
    for (const rule of rules) {
      if (!rule.where.includes(line.place)) continue
      const match = matchOf(rule, line)
      if (match !== undefined) keep(rule, match)
    }
  }

  function remember({ text, number, place: said }: LogLine): void {
    if (said === 'task') {
      if (/^WARNING: exit code \d+ from a shell command/.test(text)) taskTailClosed = true
      if (!taskTailClosed && !text.startsWith('DEBUG: ')) taskTail = [...taskTail.slice(1 - tailLines), text]
      return
    }
    tail = [...tail.slice(1 - tailLines), text]
    const log = /^ERROR: Logfile of failure stored in: (\S+)/.exec(text)?.[1]
    if (log !== undefined) {
      if (taskLogs.length < mostMatches && taskLogs.every(({ path }) => path !== log)) taskLogs.push({ path: log, number })
    } else if (text.startsWith('ERROR: ') && errors.length < mostErrors && !errors.includes(text)) errors.push(text)
    if (taskTail.length > 0) taskTailClosed = true
  }

  function keep(rule: Rule, match: Match): void {
    const known = found.get(rule)
    if (known === undefined) found.set(rule, { rule, matches: [match] })
    else if (known.matches.length < mostMatches && known.matches.every(({ line }) => line.text !== match.line.text)) {
      known.matches.push(match)
    }
  }

  function result(): Scan {
    return {
      found: [...found.values()],
      taskLogs,
      kasRan: place !== 'engine',
      errors,
      tail: taskTail.length > 0 ? taskTail : tail
    }
  }

  return { look, result }
}

function matchOf(rule: Rule, line: LogLine): Match | undefined {
  for (const pattern of rule.patterns) {
    // test() makes no result object, and nearly every line matches nothing.
    if (!pattern.test(line.text)) continue
    return { line, groups: { ...pattern.exec(line.text)?.groups } }
  }
  return undefined
}
