import { copyFile, mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { BuildFailure } from '../build/kas/run-kas.ts'

/**
 * Copies the logs of a failed build with kas beside where its result would have gone: a CI server keeps what lies
 * there, and nobody can look into the work directory of its runner. Never throws; what can't be copied is left.
 * @returns the copies.
 */
export async function keepLogs(error: unknown, output: string): Promise<string[]> {
  if (!(error instanceof BuildFailure)) return []
  const copies: string[] = []
  for (const path of [error.logPath, error.diagnosis.taskLog]) {
    if (path === undefined) continue
    const copy = join(output, 'log', basename(path))
    try {
      await mkdir(join(output, 'log'), { recursive: true })
      await copyFile(path, copy)
      copies.push(copy)
    } catch {
      // The error that brought us here is the one to tell.
    }
  }
  return copies
}
