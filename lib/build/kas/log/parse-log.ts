import type { LogEvent } from '../log-event.ts'
import { plainLine, type PlainLine } from './plain-line.ts'
import { recipeOfFile, recipeOfPf } from './recipe-name.ts'

const kasStarted = /^kas (\d\S*) started on /
const parsed = /^Parsing of (\d+) \.bb files complete/
const sstate = /Sstate summary: Wanted (\d+) .*?Missed (\d+)/
// `Running setscene task 4 of 5 (mc:x:virtual:native:/path/a_1.0.bb:do_fetch)`: bitbake lib/bb/runqueue.py.
const task =
  /^NOTE: Running (?:(setscene|noexec) )?task (\d+) of (\d+) \((?:mc:([^:()]+):)?(.+?)(?:\.bb)?:(do_\w+)\)$/
const taskState = /^NOTE: recipe (?:mc:[^:]+:)?(\S+): task (do_\w+): (Started|Succeeded|Failed)$/
const summary =
  /^NOTE: Tasks Summary: Attempted (\d+) tasks of which (\d+) didn't need to be rerun and (all succeeded|\d+ failed)/
const warning = /^WARNING: (.*)$/
const error = /^ERROR: (.*)$/
const cancelled = /^kas (?:execution cancelled|terminated forcefully)$/

const states = { Started: 'started', Succeeded: 'succeeded', Failed: 'failed' } as const

/**
 * What a line of the output of kas and bitbake means; undefined where it tells nothing that is counted. With or
 * without kas's prefix, with colours, carriage returns and multiconfig names; any string is accepted.
 */
export function logEvent(line: string): LogEvent | undefined {
  return eventOf(plainLine(line))
}

/** The same for a line that is plain already. */
export function eventOf({ text, level }: PlainLine): LogEvent | undefined {
  let found: RegExpExecArray | null
  if (text.startsWith('NOTE: ')) return noteEvent(text)
  if ((found = error.exec(text)) !== null) return { kind: 'error', text: group(found, 1) }
  if ((found = warning.exec(text)) !== null) return { kind: 'warning', text: group(found, 1) }
  if ((found = kasStarted.exec(text)) !== null) return { kind: 'kas-started', version: group(found, 1) }
  if (cancelled.test(text)) return { kind: 'cancelled' }
  if ((found = parsed.exec(text)) !== null) return { kind: 'parsed', recipes: Number(found[1]) }
  if ((found = sstate.exec(text)) !== null) {
    return { kind: 'sstate', wanted: Number(found[1]), missed: Number(found[2]) }
  }
  if (level === 'ERROR' || level === 'CRITICAL') return { kind: 'error', text }
  if (level === 'WARNING') return { kind: 'warning', text }
  return undefined
}

function noteEvent(text: string): LogEvent | undefined {
  let found = task.exec(text)
  if (found !== null) {
    const [, how, n, of, multiconfig, file = '', name = ''] = found
    return {
      kind: 'task',
      n: Number(n),
      of: Number(of),
      recipe: recipeOfFile(file),
      task: name,
      how: how === 'setscene' || how === 'noexec' ? how : 'run',
      ...(multiconfig === undefined ? {} : { multiconfig })
    }
  }
  found = taskState.exec(text)
  if (found !== null) {
    const state = states[group(found, 3) as keyof typeof states]
    return { kind: 'task-state', recipe: recipeOfPf(group(found, 1)), task: group(found, 2), state }
  }
  found = summary.exec(text)
  if (found !== null) {
    const [attempted, notRerun] = [Number(found[1]), Number(found[2])]
    return { kind: 'summary', attempted, notRerun, succeeded: found[3] === 'all succeeded' }
  }
  return undefined
}

function group(found: RegExpExecArray, n: number): string {
  return found[n] ?? ''
}
