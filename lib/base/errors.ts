import type { Finding } from './finding.ts'

/** Why we could not go on. `exitCodes` maps each cause to the process exit code. */
export type ErrorCause =
  | 'gate' // the result is there, but the gate did not pass
  | 'usage' // wrong arguments, configuration or input
  | 'environment' // a tool, a privilege or a mirror is missing
  | 'build' // the build itself failed
  | 'runtime-test' // the tests on the booted image could not run
  | 'internal' // our bug
  | 'interrupted' // SIGINT or SIGTERM

/** Exit codes of the command line, the same for every verb (docs/exit-codes.md). */
export const exitCodes: Readonly<Record<ErrorCause, number>> = {
  gate: 1,
  usage: 2,
  environment: 3,
  build: 4,
  'runtime-test': 5,
  internal: 70,
  interrupted: 130
}

interface HardenErrorOptions {
  /** What the user can do about it, one sentence. */
  hint?: string
  /** File the error is about. */
  path?: string
  findings?: readonly Finding[]
  cause?: unknown
}

/**
 * The only exception we throw on purpose. `code` is stable (`KAS_NOT_FOUND`),
 * `kind` decides the exit code, `findings` carry places in files.
 */
export class HardenError extends Error {
  readonly code: string
  readonly kind: ErrorCause
  readonly hint: string | undefined
  readonly path: string | undefined
  readonly findings: readonly Finding[]

  constructor(kind: ErrorCause, code: string, message: string, options: HardenErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'HardenError'
    this.kind = kind
    this.code = code
    this.hint = options.hint
    this.path = options.path
    this.findings = options.findings ?? []
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
