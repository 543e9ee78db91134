import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, open, rename, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** A file that is to be written. */
export interface WholeFile {
  path: string
  data: string | Uint8Array
  /** Octal, whatever the umask; default 0644. */
  mode?: number
}

/**
 * Writes a file whole or not at all: a temporary file beside it, fsync, rename.
 * An interrupt leaves the old content. `mode` is octal, default 0644. What is no file (`/dev/null`, a pipe) is
 * written to, never replaced.
 */
export async function writeWhole(path: string, data: string | Uint8Array, mode = 0o644): Promise<void> {
  await writeAll([{ path, data, mode }])
}

/**
 * Writes several files, all of them or none: first each beside its place, then all names at once, in their order.
 * Where one can't be written (a full disk), the old ones stay and no directory is left that was made for the new.
 */
export async function writeAll(files: readonly WholeFile[]): Promise<void> {
  const staged: { file: WholeFile; temporary: string }[] = []
  const made: string[] = []
  try {
    for (const file of files) {
      const there = await stat(file.path).catch(() => undefined)
      if (there?.isCharacterDevice() || there?.isFIFO()) {
        await writeFile(file.path, file.data)
        continue
      }
      const first = await makeDirectory(dirname(file.path))
      if (first !== undefined) made.push(...parentsDownTo(dirname(file.path), first))
      const name = `.${basename(file.path)}.${randomBytes(6).toString('hex')}.tmp`
      const temporary = join(dirname(file.path), name)
      staged.push({ file, temporary })
      await writeSynced(temporary, file)
    }
    for (const { file, temporary } of staged) await rename(temporary, file.path)
  } catch (error) {
    for (const { temporary } of staged) await unlink(temporary).catch(() => undefined)
    for (const directory of made.reverse()) await rmdir(directory).catch(() => undefined)
    throw error
  }
}

/**
 * Makes a directory and those above it; gives the first that was made. On a read-only disk Node's own recursive mkdir
 * says that nothing is there (ENOENT) instead of why it can't be made.
 */
async function makeDirectory(path: string): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    let missing = path
    while (
      missing !== dirname(missing) &&
      (await stat(dirname(missing)).catch(() => undefined)) === undefined
    )
      missing = dirname(missing)
    await mkdir(missing) // says why
    return (await mkdir(path, { recursive: true })) ?? missing
  }
}

async function writeSynced(path: string, { data, mode = 0o644 }: WholeFile): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    await file.writeFile(data)
    await file.sync()
  } finally {
    await file.close()
  }
  await chmod(path, mode) // whatever the umask was
}

/** The directories from the first that was made to the last, each after the one that holds it. */
function parentsDownTo(last: string, first: string): string[] {
  return last === first || last === dirname(last) ? [last] : [...parentsDownTo(dirname(last), first), last]
}

/** Runs `work` with a private temporary directory (0700) below `parent` that is removed afterwards. */
export async function withTemporaryDirectory<T>(
  parent: string,
  work: (directory: string) => Promise<T>
): Promise<T> {
  await makeDirectory(parent)
  const directory = await mkdtemp(join(parent, 'kas-harden-'))
  try {
    return await work(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
