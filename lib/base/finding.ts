/** How much a finding matters to the user's next step. */
export type Severity = 'error' | 'warning' | 'info'

/** A place in a text file: 1-based lines and columns, end exclusive. */
export interface Range {
  line: number
  column: number
  endLine?: number
  endColumn?: number
}

/**
 * One thing we noticed: data, collected, never thrown.
 * `code` is stable and meant for machines, `message` says what and where,
 * `hint` says what to do about it.
 */
export interface Finding {
  code: string
  severity: Severity
  message: string
  path?: string
  range?: Range
  hint?: string
  requirement?: readonly string[]
}
