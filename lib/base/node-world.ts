import type { Io } from './io.ts'

/** The part of Node's `process` we take the world from. */
export type NodeProcess = Pick<NodeJS.Process, 'argv' | 'env' | 'cwd' | 'stdout' | 'stderr' | 'getuid'>

/** The world without the runner of outside programs, which takes longer to load than all the rest. */
export type World = Omit<Io, 'exec'>

/** The real world, taken once, now; see `nodeIo`. */
export function nodeWorld(process_: NodeProcess, signal: AbortSignal): World {
  return {
    argv: process_.argv.slice(2),
    env: { ...process_.env },
    cwd: process_.cwd(),
    stdout: process_.stdout,
    stderr: process_.stderr,
    now: Date.now,
    uid: process_.getuid?.() ?? -1,
    signal
  }
}
