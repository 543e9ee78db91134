import type { Range } from '../../../../base/finding.ts'
import type { FailedBuild } from '../../diagnosis.ts'

/**
 * Who says a line: `engine` before kas runs (kas-container, sudo, podman, docker, Python), `kas` once it runs
 * (kas and bitbake themselves), `task` the log of a failed task that bitbake repeats (`| ...`).
 */
export type Place = 'engine' | 'kas' | 'task'

/** A line of the log a rule looks at: plain, and without the `| ` of a repeated task log. */
export interface LogLine {
  text: string
  number: number
  place: Place
}

/** A line a rule recognised, with the named groups of its pattern. */
export interface Match {
  line: LogLine
  groups: Readonly<Record<string, string | undefined>>
}

/** What the recognised lines mean. `path` is as this machine sees it. */
export interface Explanation {
  message: string
  hint?: string
  path?: string
  range?: Range
}

/** One known cause of a failed build. */
export interface Rule {
  /** Stable, part of the command line's promise; docs/failures.md describes each. */
  code: string
  kind: 'build' | 'environment'
  where: readonly Place[]
  /** A line that one of them matches says so. Warnings and notes of bitbake are never looked at. */
  patterns: readonly RegExp[]
  /**
   * Of several causes in one log the lowest rank wins, then the earliest line: 1 makes everything else fail (disk
   * full), 5 is a cause, 8 says what failed but not why.
   */
  rank: number
  /** At least one match, at most ten, in the order of the log. */
  explain: (first: Match, all: readonly Match[], failed: FailedBuild) => Explanation
}

/** The distinct values of a named group, in the order of the log, `a, b`. */
export function listed(all: readonly Match[], name: string): string {
  return [...new Set(all.map((match) => match.groups[name]).filter((value) => value !== undefined))].join(', ')
}
