import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext } from '../check-context.ts'
import type { ValueStyle } from '../compare.ts'
import type { Setting } from '../readers/lines.ts'

/** What one source says about one key. */
export interface Reading {
  /** Values in force, in order; empty when the key is not set. Each must answer the check. */
  effective: readonly Setting[]
  /** Values that replace the effective one under some condition (a Match block, a user's own line). */
  overrides?: readonly Setting[]
  /** How values are to be compared. */
  style?: ValueStyle
  /** Join all values with newlines before they are compared: one text, not several answers. */
  asText?: boolean
  /** Why no program in the image reads this key; the check fails. */
  absent?: string
  /** Why nothing can be said, when nothing can. */
  unknown?: string
}

/** Reads one key of one source. */
export type DirectiveSourceReader = (check: CheckOf<'directive'>, context: CheckContext) => Promise<Reading>
