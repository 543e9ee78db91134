import { readdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Removes the folders below and at `directory` that hold no file; what is not empty stays. */
export async function removeEmpty(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) if (entry.isDirectory()) await removeEmpty(join(directory, entry.name))
  await rmdir(directory).catch(() => undefined)
}
