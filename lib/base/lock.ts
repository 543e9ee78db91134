import { randomBytes } from 'node:crypto'
import {
  link,
  mkdir,
  readFile,
  readlink,
  rename,
  rmdir,
  stat,
  unlink,
  utimes,
  writeFile
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HardenError } from './errors.ts'
import type { Io } from './io.ts'

/** Name of the lock file in the directory it protects. */
export const lockName = '.kas-harden.lock'

/** Who holds a lock. The process fields are missing where there is no /proc. */
interface Holder {
  /** `apply`, `build`: what is being done, for the message. */
  what: string
  /** When it began, as ISO 8601. */
  since: string
  pid?: number
  /** Clock ticks after the start of the machine, field 22 of proc_pid_stat(5): process numbers come again. */
  started?: string
  /** Start of the machine and its space of process numbers: a number means nothing elsewhere. */
  space?: string
}

/** Clock, and what ends the waiting. */
type LockIo = Pick<Io, 'now'> & Partial<Pick<Io, 'signal'>>

const beat = 60_000
/** A lock of another machine or container whose holder has not touched it for so long is left over. */
const silence = 5 * beat

/**
 * Does `work` while no other kas-harden does the same in this directory. The lock file goes with the work, however it
 * ends; one that a killed process left is taken over. Where nobody can write there is nothing to protect: `work` runs
 * without a lock and says itself what it can't write.
 * @param what names the work to those who have to wait.
 * @param patience seconds to wait for another to end; 0: none.
 * @throws HardenError environment `LOCKED` with who holds it.
 */
export async function withLock<T>(
  directory: string,
  what: string,
  io: LockIo,
  work: () => Promise<T>,
  patience = 0
): Promise<T> {
  const path = join(directory, lockName)
  const own = JSON.stringify(await thisProcess(what, io.now()))
  const made = await mkdir(directory, { recursive: true }).catch(() => undefined)
  if (!(await take(path, own, io, patience))) return work()
  const timer = setInterval(() => {
    const now = new Date(io.now())
    utimes(path, now, now).catch(() => undefined)
  }, beat)
  timer.unref()
  try {
    return await work()
  } finally {
    clearInterval(timer)
    // Only our own: somebody may have removed the file by hand and begun anew.
    if ((await textOf(path)) === own) await unlink(path).catch(() => undefined)
    if (made !== undefined) await removeEmpty(directory, dirname(made))
  }
}

/** Gives false where the directory can't be written. */
async function take(path: string, own: string, io: LockIo, patience: number): Promise<boolean> {
  const ours = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await writeFile(ours, own, { flag: 'wx' })
  } catch (error) {
    if (/^(?:EROFS|EACCES|EPERM|ENOENT|ENOTDIR|EEXIST|ENOSPC|EDQUOT)$/.test(codeOf(error))) return false
    throw error
  }
  try {
    for (let waited = 0; ;) {
      // A link appears with its content, and only where there is none yet.
      const taken = await link(ours, path).then(
        () => true,
        (error: unknown) => {
          if (codeOf(error) === 'EEXIST') return false
          throw error
        }
      )
      if (taken) return true
      const there = await textOf(path)
      if (there === undefined) continue
      if (await isLeftOver(path, there, io)) await clearAway(path, there)
      else if (waited >= patience || io.signal?.aborted) throw lockedBy(path, there)
      else {
        await sleep(100)
        waited += 0.1
      }
    }
  } finally {
    await unlink(ours).catch(() => undefined)
  }
}

/** Removes a lock that was left over, unless somebody else was faster: then theirs goes back to its place. */
async function clearAway(path: string, leftOver: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  const moved = await rename(path, aside).then(
    () => true,
    () => false
  )
  if (!moved) return
  if ((await textOf(aside)) !== leftOver) await link(aside, path).catch(() => undefined)
  await unlink(aside).catch(() => undefined)
}

/** Work that wrote nothing leaves none of the directories that were made for its lock. */
async function removeEmpty(directory: string, above: string): Promise<void> {
  for (let path = directory; path !== above && path !== dirname(path); path = dirname(path)) {
    const removed = await rmdir(path).then(
      () => true,
      () => false
    )
    if (!removed) return
  }
}

async function isLeftOver(path: string, text: string, io: LockIo): Promise<boolean> {
  const holder = holderOf(text)
  const space = await processSpace()
  if (holder?.pid !== undefined && space !== undefined && holder.space === space) {
    return (await startOf(String(holder.pid))) !== holder.started
  }
  const touched = await stat(path).catch(() => undefined)
  return touched === undefined || io.now() - touched.mtimeMs > silence
}

function lockedBy(path: string, text: string): HardenError {
  const holder = holderOf(text)
  const who = holder
    ? ` (${holder.what}${holder.pid === undefined ? '' : `, process ${holder.pid}`}, since ${holder.since})`
    : ''
  return new HardenError('environment', 'LOCKED', `Another kas-harden${who} is at work here.`, {
    path: dirname(path),
    hint: `Wait until it has ended. If none is running any more, on no machine that shares this directory, remove ${path}.`
  })
}

function holderOf(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder
  } catch {
    return undefined
  }
}

async function thisProcess(what: string, now: number): Promise<Holder> {
  const pid = await readlink('/proc/self').catch(() => undefined)
  const since = new Date(now).toISOString()
  if (pid === undefined) return { what, since }
  return { what, since, pid: Number(pid), started: await startOf(pid), space: await processSpace() }
}

async function startOf(pid: string): Promise<string | undefined> {
  const text = await textOf(`/proc/${pid}/stat`)
  // The name in brackets may hold blanks and brackets.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19]
}

async function processSpace(): Promise<string | undefined> {
  const boot = await textOf('/proc/sys/kernel/random/boot_id')
  const space = await readlink('/proc/self/ns/pid').catch(() => undefined)
  return boot === undefined || space === undefined ? undefined : `${boot.trim()} ${space}`
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
