import type { Severity } from '../../base/finding.ts'
import type { Origin } from '../bitbake-parse.ts'
import type { LintContext } from './context.ts'

/** One place where a rule sees its trap. */
export interface Hit {
  /** What is wrong here, one sentence without a full stop. Never a secret. */
  message: string
  at: Origin
  /** Where this place calls for another fix than the rule's. */
  fix?: string
  severity?: Severity
  /** Where it touches fewer than the rule's. */
  requirement?: readonly string[]
}

/** One trap of kas projects, and how to get out of it. */
export interface LintRule {
  /** Stable, for machines: `LINT_CLEAR_TEXT_PASSWORD`. */
  code: string
  title: string
  severity: Severity
  /** The requirements it touches; empty for what only concerns the build. */
  requirement: readonly string[]
  /** Why it matters, one or two sentences. */
  why: string
  /** What to do about it, one sentence. */
  fix: string
  /** The line itself is a secret: it is not shown in code frames. */
  secret?: boolean
  find: (context: LintContext) => Hit[]
}
