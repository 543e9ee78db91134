import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Io } from '../../base/io.ts'
import { ask } from './container.ts'

/** How long bitbake's server may take to stop its tasks, in milliseconds, by itself and after SIGTERM. */
const serverGrace = 15_000
const pollMilliseconds = 100

/**
 * Waits until bitbake's server of a build directory has gone and ends it otherwise: it runs in a session of its own,
 * out of reach of the process group. The lock file names its process (bitbake lib/bb/server/process.py).
 * @returns false when it runs on.
 */
export async function endBitbakeServer(buildDir: string, io: Pick<Io, 'exec'>): Promise<boolean> {
  const pid = await serverOf(buildDir)
  if (pid === undefined || (await isGone(pid, serverGrace))) return true
  const { signal } = new AbortController()
  await ask(io, ['kill', '-TERM', pid], signal)
  if (await isGone(pid, serverGrace)) return true
  await ask(io, ['kill', '-KILL', pid], signal)
  return isGone(pid, serverGrace)
}

/** Mount points below a directory, the deepest first. */
export async function mountsBelow(directory: string): Promise<string[]> {
  const table = await readFile('/proc/self/mounts', 'utf8').catch(() => '')
  return table
    .split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replace(/\\([0-7]{3})/g, (_all, code: string) => String.fromCharCode(parseInt(code, 8))))
    .filter((point) => point.startsWith(`${directory}/`))
    .sort((a, b) => b.length - a.length)
}

async function serverOf(buildDir: string): Promise<string | undefined> {
  const text = await readFile(join(buildDir, 'bitbake.lock'), 'utf8').catch(() => '')
  const pid = /^\d+/.exec(text)?.[0]
  return pid !== undefined && (await isBitbake(pid)) ? pid : undefined
}

/** A process id may have been given to another program since. */
async function isBitbake(pid: string): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return line.includes('bitbake')
}

async function isGone(pid: string, patience: number): Promise<boolean> {
  for (let left = patience; left > 0; left -= pollMilliseconds) {
    if (!(await isBitbake(pid))) return true
    await sleep(pollMilliseconds)
  }
  return false
}
