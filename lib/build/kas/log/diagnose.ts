import { statSync } from 'node:fs'
import type { Diagnosis, FailedBuild } from '../diagnosis.ts'
import { allRules } from './rules/all-rules.ts'
import type { Match } from './rules/rule.ts'
import { scanLog, type Found, type Scan } from './scan-log.ts'

/** From here on a rule knows what failed, but not why. */
const vague = 8
const mostEvidence = 10

/**
 * Why a build failed, from its kept log and, where that says only what failed, from the log of the failed task.
 * Reads both streaming. `BUILD_FAILED` where no rule knows better; never throws.
 */
export async function diagnose(failed: FailedBuild): Promise<Diagnosis> {
  let scan: Scan
  try {
    scan = await scanLog(failed.logPath, allRules)
  } catch {
    return unexplained(failed, { found: [], taskLogs: [], kasRan: true, errors: [], tail: [] }, undefined)
  }
  const best = bestOf(scan.found)
  const taskLog = taskLogOf(scan, best?.matches[0])
  if (best !== undefined && best.rule.rank < vague) return explained(failed, best, hostPathOf(failed, taskLog))
  const inTask = await insideTask(failed, taskLog)
  const cause = bestOf([...(best === undefined ? [] : [best]), ...(inTask === undefined ? [] : [inTask])])
  if (cause !== undefined) return explained(failed, cause, hostPathOf(failed, taskLog), best?.matches)
  return ended(failed, scan) ?? unexplained(failed, scan, hostPathOf(failed, taskLog))
}

function bestOf(found: readonly Found[]): Found | undefined {
  return found.reduce<Found | undefined>((best, next) => {
    if (best === undefined || next.rule.rank < best.rule.rank) return next
    return next.rule.rank === best.rule.rank && next.matches[0].line.number < best.matches[0].line.number ? next : best
  }, undefined)
}

/** The log of the task a line belongs to: the one named before it, or named for the task the line names. */
function taskLogOf({ taskLogs }: Scan, match: Match | undefined): string | undefined {
  if (match === undefined) return taskLogs[0]?.path
  const { text, number, place } = match.line
  if (place === 'task') return taskLogs.findLast((log) => log.number < number)?.path ?? taskLogs[0]?.path
  const named = /^ERROR: (\S+) (do_\w+): /.exec(text)
  if (named === null) return taskLogs[0]?.path
  const [, pf = '', task = ''] = named
  return taskLogs.find(({ path }) => {
    const [version = '', , log = ''] = path.split('/').slice(-3)
    return pf.endsWith(`-${version}`) && log.startsWith(`log.${task}.`)
  })?.path
}

async function insideTask(failed: FailedBuild, taskLog: string | undefined): Promise<Found | undefined> {
  if (taskLog === undefined) return undefined
  const path = failed.hostPath(taskLog)
  try {
    // A build folder is written by foreign code: a pipe there would never end.
    if (!statSync(path).isFile()) return undefined
    return bestOf((await scanLog(path, allRules, 'task')).found)
  } catch {
    return undefined
  }
}

function hostPathOf(failed: FailedBuild, path: string | undefined): string | undefined {
  return path === undefined ? undefined : failed.hostPath(path)
}

function explained(
  failed: FailedBuild,
  { rule, matches }: Found,
  taskLog: string | undefined,
  more: readonly Match[] = []
): Diagnosis {
  const { message, hint, path, range } = rule.explain(matches[0], matches, failed)
  const file = path ?? taskLog
  return {
    code: rule.code,
    message: withoutSecrets(message),
    ...(hint === undefined ? {} : { hint }),
    kind: rule.kind,
    evidence: evidenceOf([...matches, ...more].map(({ line }) => line.text)),
    ...(file === undefined ? {} : { path: file }),
    ...(range === undefined ? {} : { range }),
    ...(taskLog === undefined ? {} : { taskLog })
  }
}

/** A build that was ended from outside, as far as only its exit code tells (128 + signal, bash(1)). */
function ended(failed: FailedBuild, { tail }: Scan): Diagnosis | undefined {
  const signal = failed.exitCode < 0 ? -failed.exitCode : failed.exitCode - 128
  if (signal !== 2 && signal !== 15 && signal !== 9) return undefined
  const rule = allRules.find(({ code }) => code === (signal === 9 ? 'KILLED' : 'CANCELLED'))
  if (rule === undefined) return undefined
  const last = { line: { text: tail.at(-1) ?? '', number: 0, place: 'kas' }, groups: {} } as const
  const { message, hint } = rule.explain(last, [last], failed)
  return { code: rule.code, message, ...(hint === undefined ? {} : { hint }), kind: rule.kind, evidence: evidenceOf(tail) }
}

function unexplained(failed: FailedBuild, scan: Scan, taskLog: string | undefined): Diagnosis {
  const evidence = evidenceOf([...scan.errors, ...scan.tail])
  const what = scan.kasRan ? 'failed' : 'ended before kas ran'
  return {
    code: 'BUILD_FAILED',
    message: `the build ${what}: ${failed.engine} ended with exit code ${String(failed.exitCode)}`,
    hint: 'no known cause: read the log around the lines shown',
    kind: scan.kasRan ? 'build' : 'environment',
    evidence,
    path: taskLog ?? failed.logPath,
    ...(taskLog === undefined ? {} : { taskLog })
  }
}

function evidenceOf(lines: readonly string[]): readonly string[] {
  return [...new Set(lines.map((line) => withoutSecrets(line.trim()).slice(0, 500)))]
    .filter((line) => line !== '')
    .slice(0, mostEvidence)
}

/** User and password of an address don't belong into a report. */
function withoutSecrets(text: string): string {
  return text.replace(/(\w:\/\/)[^/@\s'"]+@/g, '$1***@')
}
