import type { Exec } from './exec.ts'

/** Where text goes: `process.stdout` fits, and so does an array in a test. */
export interface TextSink {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/**
 * The world as `lib/` sees it. Nothing below the command line reads
 * `process`, the clock or the network by itself.
 */
export interface Io {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Machine-readable text. */
  readonly stdout: TextSink
  /** Text for people. */
  readonly stderr: TextSink
  readonly exec: Exec
  /** Milliseconds since the epoch. Only for waiver expiry and test dates. */
  readonly now: () => number
  /** Effective user id; 0 is root. */
  readonly uid: number
  /** Aborted on SIGINT and SIGTERM. */
  readonly signal: AbortSignal
}
