import { randomBytes } from 'node:crypto'
import type { ExecResult } from '../base/exec.ts'
import type { FileSystemSource } from './file-system.ts'
import type { ImageIo } from './limits.ts'
import { damaged, toolTimeout } from './limits.ts'

/** The tool's own queues would take 512 MiB; -no-wild: names are names, not patterns. */
const economy = ['-p', '1', '-da', '16', '-fr', '16', '-no-wild']

/**
 * Runs unsquashfs(1), read-only: it lists or writes to its stdout, never a file.
 * @throws HardenError `IMAGE_DAMAGED` when it crashes or hangs, `OUTPUT_TOO_LARGE`, `TOOL_MISSING`.
 */
export async function runUnsquashfs(
  source: FileSystemSource,
  options: readonly string[],
  names: readonly string[],
  io: ImageIo,
  maxBuffer: number
): Promise<ExecResult> {
  const args = [...economy, ...options, '-o', String(source.offset), source.toolPath, ...names]
  const done = await io.exec.run('unsquashfs', args, { timeout: toolTimeout, maxBuffer, signal: io.signal })
  if (done.timedOut) throw damaged(source.imagePath, 'unsquashfs did not come to an end with it.')
  if (done.signal) throw damaged(source.imagePath, `unsquashfs crashed on it (${done.signal}).`)
  return done
}

/** A word that nothing inside an image can know. */
export function newMark(): string {
  return `kas-harden-${randomBytes(16).toString('hex')}`
}
