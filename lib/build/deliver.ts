import { chmod, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HardenError, messageOf } from '../base/errors.ts'
import { runOk, type Exec } from '../base/exec.ts'

/** A finished file and where it goes. */
export interface Delivery {
  from: string
  to: string
}

/** Brings a file onto the disk of its destination under a name nobody looks for. */
async function stage({ from, to }: Delivery, partial: string, exec: Exec): Promise<void> {
  try {
    await rename(from, partial)
  } catch {
    // Another disk: cp keeps the holes of images, and shares blocks where the file system can.
    try {
      await runOk(exec, 'environment', 'cp', ['--sparse=always', '--reflink=auto', '--', from, partial])
    } catch (cause) {
      if (!messageOf(cause).includes('No space left on device')) throw cause
      throw new HardenError('environment', 'DISK_FULL', `The disk that holds ${dirname(to)} is full.`, {
        hint: 'Free some space or choose another directory with --output.',
        cause
      })
    }
  }
  await chmod(partial, 0o644)
  const file = await open(partial, 'r')
  await file.sync().finally(() => file.close())
}

/**
 * Moves finished files to where they belong, all of them or none: first each one beside its destination, then all
 * names at once. An interrupt before that leaves what was there.
 * @throws HardenError `DISK_FULL`, `INTERRUPTED`.
 */
export async function deliver(files: readonly Delivery[], signal: AbortSignal, exec: Exec): Promise<void> {
  const staged = files.map((file) => ({ ...file, partial: `${file.to}.partial` }))
  try {
    for (const file of staged) {
      await mkdir(dirname(file.to), { recursive: true })
      await stage(file, file.partial, exec)
    }
    if (signal.aborted) throw new HardenError('interrupted', 'INTERRUPTED', 'The build was interrupted.')
    for (const { partial, to } of staged) await rename(partial, to)
  } finally {
    for (const { partial } of staged) await rm(partial, { force: true })
  }
}
