import { access, chmod, constants, mkdtemp, readFile, rm, statfs } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { HardenError } from '../base/errors.ts'
import type { Io } from '../base/io.ts'

/** Private directories of one build. */
export interface Scratch {
  /** Image files, scripts, apt's lists. */
  path: string
  /** Trees of thousands of small files; sub-uids may make some. In memory where there is plenty. */
  trees: string
  /** The directory that `path` was made in: TMPDIR, /var/tmp or /tmp. */
  parent: string
}

const gibibyte = 1024 ** 3
const neededOnDisk = 4 * gibibyte
/** Room for the largest tree with its packages, and for the one that builds our settings. */
const neededForTrees = 3 * gibibyte
const sharedMemory = '/dev/shm'

async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

/** Bytes of memory nobody needs, within the limits of a container (cgroup 2). */
async function freeMemory(): Promise<number> {
  const available = Number(/^MemAvailable: +(\d+) kB$/m.exec(await textOf('/proc/meminfo'))?.[1] ?? 0) * 1024
  const limit = parseInt(await textOf('/sys/fs/cgroup/memory.max'), 10)
  const used = parseInt(await textOf('/sys/fs/cgroup/memory.current'), 10)
  return Number.isNaN(limit) ? available : Math.min(available, limit - (used || 0))
}

/** Whether trees can lie in memory: a tmpfs with room, and at least as much memory left for everybody else. */
async function memoryIsPlenty(): Promise<boolean> {
  const room = await freeBytes(sharedMemory).catch(() => 0)
  return room >= neededForTrees && (await freeMemory()) >= 2 * neededForTrees
}

async function makeDirectory(parent: string, mode: number): Promise<string> {
  const path = await mkdtemp(join(parent, 'kas-harden-build-'))
  await chmod(path, mode)
  return path
}

async function makeTrees(
  io: Io,
  path: string,
  fits: (trees: string) => Promise<boolean>
): Promise<string | undefined> {
  // Who sets TMPDIR has chosen where everything goes.
  if (!io.env['TMPDIR'] && (await memoryIsPlenty())) {
    const trees = await makeDirectory(sharedMemory, 0o1777).catch(() => undefined)
    if (trees !== undefined && (await fits(trees))) return trees
    if (trees !== undefined) await rm(trees, { recursive: true, force: true })
  }
  const trees = await makeDirectory(path, 0o1777)
  return (await fits(trees)) ? trees : undefined
}

function tooFull(parent: string, free: number): HardenError {
  const message = `${parent} has only ${Math.floor(free / 1024 ** 2)} MiB free; a build needs ${neededOnDisk / 1024 ** 2} MiB.`
  return new HardenError('environment', 'DISK_FULL', message, {
    hint: 'Free some space or set TMPDIR to a larger disk.'
  })
}

/**
 * Makes the scratch directory in TMPDIR, /var/tmp or /tmp, whichever fits first.
 * @param fits says whether programs in a tree there can run, and whoever must work there can write.
 * @throws HardenError environment: `DISK_FULL`, `NO_TEMPORARY_DIRECTORY`.
 */
export async function makeScratch(io: Io, fits: (trees: string) => Promise<boolean>): Promise<Scratch> {
  let full: HardenError | undefined
  for (const candidate of [io.env['TMPDIR'], '/var/tmp', '/tmp']) {
    // apt's configuration language has no way to write a double quote.
    if (!candidate || /["\n]/.test(candidate)) continue
    const parent = resolve(io.cwd, candidate)
    const writable = await access(parent, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false
    )
    if (!writable) continue
    const free = await freeBytes(parent)
    if (free < neededOnDisk) {
      full ??= tooFull(parent, free)
      // Who set TMPDIR has chosen the disk: that it is full is said, not worked around.
      if (candidate === io.env['TMPDIR']) break
      continue
    }
    const path = await makeDirectory(parent, 0o755) // sub-uids and apt's own user must pass
    const trees = await makeTrees(io, path, fits)
    if (trees !== undefined) return { path, trees, parent }
    await rm(path, { recursive: true, force: true })
  }
  if (full) throw full
  throw new HardenError(
    'environment',
    'NO_TEMPORARY_DIRECTORY',
    'Neither TMPDIR, /var/tmp nor /tmp can be used for a build.',
    {
      hint: 'Set TMPDIR to a directory that you can write, on a disk that allows programs, and that others can enter (chmod o+x on each part of its path).'
    }
  )
}
