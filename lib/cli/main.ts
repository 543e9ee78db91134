#!/usr/bin/env node
import { nodeIo } from '../base/node-io.ts'
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

process.exitCode = await runCommandLine(nodeIo(process, interrupt.signal))
