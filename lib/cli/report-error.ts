import { readFileSync } from 'node:fs'
import { formatFinding } from '../base/code-frame.ts'
import { exitCodes, HardenError, messageOf } from '../base/errors.ts'
import type { Finding } from '../base/finding.ts'
import type { Io } from '../base/io.ts'
import { environmentCode } from './error-json.ts'

function sourceOf(finding: Finding): string | undefined {
  if (!finding.path || !finding.range) return undefined
  try {
    return readFileSync(finding.path, 'utf8')
  } catch {
    return undefined
  }
}

/** Tells the user what went wrong, where and what to do; gives the exit code. The one place that maps errors. */
export function reportError(error: unknown, io: Io): number {
  if (error instanceof HardenError) {
    // Some messages name the file, or hold the findings, themselves.
    const place = error.path && !error.message.includes(error.path) ? `${error.path}: ` : ''
    const findings = error.findings.map((finding) => formatFinding(finding, sourceOf(finding)))
    const told = findings.filter((text) => error.message.includes(text))
    // A message that is its findings ends with their codes.
    const code = told.length > 0 ? '' : ` [${error.code}]`
    const lines = [`kas-harden: ${place}${error.message}${code}`]
    lines.push(...findings.filter((text) => !told.includes(text)))
    if (error.hint) lines.push(`  -> ${error.hint}`)
    io.stderr.write(lines.join('\n') + '\n')
    return exitCodes[error.kind]
  }
  switch (environmentCode(error)) {
    case 'DISK_FULL':
      io.stderr.write(
        'kas-harden: the disk is full [DISK_FULL]\n  -> Free some space; nothing half-written was left.\n'
      )
      return exitCodes.environment
    case 'NOT_WRITABLE':
      io.stderr.write(
        `kas-harden: ${pathOf(error)} can't be written: ${messageOf(error)} [NOT_WRITABLE]\n  -> Give the user of this command the right to write there, or name another place.\n`
      )
      return exitCodes.environment
    case undefined:
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  io.stderr.write(
    `kas-harden: this is likely a bug of kas-harden; please report it with these lines:\n${stack}\n`
  )
  return exitCodes.internal
}

function pathOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).path ?? 'a file'
}
