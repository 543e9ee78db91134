import { nodeExec } from './exec.ts'
import type { Io } from './io.ts'

/** The part of Node's `process` we take the world from. */
export type NodeProcess = Pick<NodeJS.Process, 'argv' | 'env' | 'cwd' | 'stdout' | 'stderr' | 'getuid'>

/**
 * The real world as `Io`: `nodeIo(process)`. Environment and directory are
 * taken once, now.
 * @param signal aborts running programs; default: never.
 */
export function nodeIo(process_: NodeProcess, signal: AbortSignal = new AbortController().signal): Io {
  const env = { ...process_.env }
  return {
    argv: process_.argv.slice(2),
    env,
    cwd: process_.cwd(),
    stdout: process_.stdout,
    stderr: process_.stderr,
    exec: nodeExec(env, signal),
    now: Date.now,
    uid: process_.getuid?.() ?? -1,
    signal
  }
}
