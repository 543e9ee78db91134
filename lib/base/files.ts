import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, open, rename, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Writes a file whole or not at all: a temporary file beside it, fsync, rename.
 * An interrupt leaves the old content. `mode` is octal, default 0644. What is no file (`/dev/null`, a pipe) is
 * written to, never replaced.
 */
export async function writeWhole(path: string, data: string | Uint8Array, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const there = await stat(path).catch(() => undefined)
  if (there?.isCharacterDevice() || there?.isFIFO()) return writeFile(path, data)
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    const file = await open(temporary, 'wx', mode)
    try {
      await file.writeFile(data)
      await file.sync()
    } finally {
      await file.close()
    }
    await chmod(temporary, mode) // whatever the umask was
    await rename(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}

/** Runs `work` with a private temporary directory (0700) below `parent` that is removed afterwards. */
export async function withTemporaryDirectory<T>(
  parent: string,
  work: (directory: string) => Promise<T>
): Promise<T> {
  await mkdir(parent, { recursive: true })
  const directory = await mkdtemp(join(parent, 'kas-harden-'))
  try {
    return await work(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
