#!/usr/bin/env node
import { nodeWorld } from '../base/node-world.ts'
import { runCommandLine } from './command-line.ts'

// The only place that touches the process: everything below gets its world as a parameter.
const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupt.abort()
  })
}
// `kas-harden plan ... | head` closes the pipe early; that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const world = nodeWorld(process, interrupt.signal)
process.exitCode = await runCommandLine({
  ...world,
  loadExec: async () => (await import('../base/exec.ts')).nodeExec(world.env, interrupt.signal)
})
