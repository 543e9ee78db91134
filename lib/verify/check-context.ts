import type { Exec } from '../base/exec.ts'
import type { CheckStatus, Evidence } from '../controls/result.ts'
import type { Image } from '../image/image.ts'

/** What one check found. */
export interface Outcome {
  status: CheckStatus
  /** One sentence: what was found and, on failure, what was expected. */
  message: string
  evidence: readonly Evidence[]
}

/** Reads one kind of configuration out of the image, the way the running program would. */
type Reader<T> = (context: CheckContext) => Promise<T>

/** What a check may look at. Made once per image; readers are remembered. */
export interface CheckContext {
  readonly image: Image
  readonly exec: Exec
  /** Effective user id of ourselves; 0 is root. */
  readonly uid: number
  /** A directory of this machine for copies that a tool wants as files. */
  readonly temporary: string
  /** VERSION_CODENAME of the image, when it says so. */
  readonly release: string | undefined
  /** Runs a reader at most once for this image and hands out what it read. */
  read<T>(reader: Reader<T>): Promise<T>
}

/** A context whose readers run once each, also when they failed. */
export function createCheckContext(
  parts: Omit<CheckContext, 'read' | 'temporary'> & { temporary?: string }
): CheckContext {
  const done = new Map<Reader<unknown>, Promise<unknown>>()
  const context: CheckContext = {
    temporary: '/tmp',
    ...parts,
    read<T>(reader: Reader<T>): Promise<T> {
      const known = done.get(reader)
      // The map is keyed by the reader itself, so what comes out is what this reader put in.
      if (known) return known as Promise<T>
      const started = reader(context)
      done.set(reader, started)
      return started
    }
  }
  return context
}

/** The wanted thing is there. */
export function passed(message: string, evidence: readonly Evidence[] = []): Outcome {
  return { status: 'pass', message, evidence }
}

/** The wanted thing is not there, or something defeats it. */
export function failed(message: string, evidence: readonly Evidence[] = []): Outcome {
  return { status: 'fail', message, evidence }
}

/** We can't tell; never a pass. */
export function undecided(message: string, evidence: readonly Evidence[] = []): Outcome {
  return { status: 'unknown', message, evidence }
}

/** There is nothing the check is about. */
export function absent(message: string): Outcome {
  return { status: 'not-applicable', message, evidence: [] }
}

/** A check with several parts: fails when one fails, else unknown when one is, else passes. */
export function combined(parts: readonly Outcome[], allGood: string): Outcome {
  for (const status of ['fail', 'unknown'] as const) {
    const bad = parts.filter((part) => part.status === status)
    if (bad.length > 0) {
      return {
        status,
        message: bad.map(({ message }) => message).join('; '),
        evidence: bad.flatMap(({ evidence }) => evidence)
      }
    }
  }
  return passed(
    allGood,
    parts.flatMap(({ evidence }) => evidence)
  )
}
