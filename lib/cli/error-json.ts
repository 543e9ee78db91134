import { CommanderError } from 'commander'
import { HardenError, messageOf, type ErrorCause } from '../base/errors.ts'
import type { Finding } from '../base/finding.ts'

/** What a verb writes with `--json` when it could not do its work. */
export interface ErrorJson {
  error: {
    /** Stable, see docs/exit-codes.md. */
    code: string
    /** Decides the exit code. */
    kind: ErrorCause
    message: string
    /** What to do about it. */
    hint?: string
    /** File the error is about. */
    path?: string
    /** Places in files. */
    findings?: readonly Finding[]
  }
}

const systemErrors: Readonly<Record<string, string>> = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EACCES: 'NOT_WRITABLE',
  EROFS: 'NOT_WRITABLE',
  EPERM: 'NOT_WRITABLE',
  // A file where a folder has to be, or the other way round.
  ENOTDIR: 'NOT_WRITABLE',
  EISDIR: 'NOT_WRITABLE',
  EEXIST: 'NOT_WRITABLE',
  ENAMETOOLONG: 'NOT_WRITABLE'
}

/** Code of an error of the operating system that is no bug of ours: a full disk, a place nobody may write to. */
export function environmentCode(error: unknown): 'DISK_FULL' | 'NOT_WRITABLE' | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined
  return systemErrors[String(error.code)] as 'DISK_FULL' | 'NOT_WRITABLE' | undefined
}

/** An error as JSON, one object, the same for every verb. */
export function errorForMachines(error: unknown): string {
  const shown: ErrorJson = { error: describe(error) }
  return JSON.stringify(shown, null, 2) + '\n'
}

function describe(error: unknown): ErrorJson['error'] {
  if (error instanceof HardenError) {
    const { code, kind, message, hint, path, findings } = error
    return { code, kind, message, hint, path, findings: findings.length > 0 ? findings : undefined }
  }
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '')
    return { code: 'COMMAND_LINE', kind: 'usage', message, hint: 'kas-harden --help shows what there is.' }
  }
  const code = environmentCode(error)
  if (code !== undefined) return { code, kind: 'environment', message: messageOf(error) }
  return { code: 'INTERNAL', kind: 'internal', message: messageOf(error) }
}
