import { nodeExec } from '../lib/base/exec.ts'
import type { Io } from '../lib/base/io.ts'
import { runCommandLine } from '../lib/cli/command-line.ts'

/** What one run of the command line said. */
export interface CliRun {
  code: number
  stdout: string
  stderr: string
}

/** An `Io` that collects text; everything else is the real world. */
export function collectingIo(
  cwd: string,
  env: Record<string, string> = {}
): { io: Io; out: string[]; err: string[] } {
  const out: string[] = []
  const err: string[] = []
  const signal = new AbortController().signal
  const all = { ...process.env, CI: 'true', ...env }
  const io: Io = {
    argv: [],
    env: all,
    cwd,
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    exec: nodeExec(all, signal),
    now: Date.now,
    uid: process.getuid?.() ?? -1,
    signal
  }
  return { io, out, err }
}

/** Runs `kas-harden ARGS` in this process. */
export async function runCli(
  cwd: string,
  argv: readonly string[],
  env: Record<string, string> = {}
): Promise<CliRun> {
  const { io, out, err } = collectingIo(cwd, env)
  const code = await runCommandLine({ ...io, argv })
  return { code, stdout: out.join(''), stderr: err.join('') }
}
