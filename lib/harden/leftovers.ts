import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { projectFolder } from './plan.ts'

/** Temporary files as `writeAll` names them. */
const temporary = /^\..+\.[0-9a-f]{12}\.tmp$/

/** Removes what a killed apply left beside the places of its files. Only for who holds the lock of the project. */
export async function removeLeftovers(root: string): Promise<void> {
  const folder = join(root, projectFolder)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    if (entry.isFile() && temporary.test(entry.name))
      await rm(join(entry.parentPath, entry.name), { force: true })
  }
}
