import { nodeExec } from './exec.ts'
import type { Io } from './io.ts'
import { nodeWorld, type NodeProcess } from './node-world.ts'

export type { NodeProcess } from './node-world.ts'

/**
 * The real world as `Io`: `nodeIo(process)`. Environment and directory are
 * taken once, now.
 * @param signal aborts running programs; default: never.
 */
export function nodeIo(process_: NodeProcess, signal: AbortSignal = new AbortController().signal): Io {
  const world = nodeWorld(process_, signal)
  return { ...world, exec: nodeExec(world.env, signal) }
}
