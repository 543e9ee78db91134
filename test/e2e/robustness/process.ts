import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../../../dist/lib/cli/main.js', import.meta.url))

/** How a process ended. */
export interface Ended {
  /** Exit code; null when a signal ended it. */
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** The built command in a process of its own, as a user starts it. */
export interface Running {
  readonly ended: Promise<Ended>
  /** Standard error so far. */
  said(): string
  send(signal: NodeJS.Signals): void
}

interface Options {
  cwd: string
  env?: Record<string, string>
  /** A program with arguments that starts the command: `['unshare', '-rn']`. */
  inside?: readonly string[]
}

/** Starts `kas-harden ARGV`. */
export function start(argv: readonly string[], { cwd, env, inside = [] }: Options): Running {
  const [file = '', ...args] = [...inside, process.execPath, command, ...argv]
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, CI: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr })
    })
  })
  return { ended, said: () => stderr, send: (signal) => void child.kill(signal) }
}

/** Runs `kas-harden ARGV` to its end. */
export function run(argv: readonly string[], options: Options): Promise<Ended> {
  return start(argv, options).ended
}

/** Every file below a directory but git's own, by path: its text, or where a link leads. */
export function filesOf(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter(
    (one) => !one.isDirectory()
  )
  const rows = entries.map((one) => {
    const path = join(one.parentPath, one.name)
    const text = one.isSymbolicLink() ? `-> ${readlinkSync(path)}` : readFileSync(path, 'latin1')
    return [path.slice(root.length + 1), text] as const
  })
  return Object.fromEntries(
    rows.filter(([path]) => !path.startsWith('.git/')).sort(([a], [b]) => (a < b ? -1 : 1))
  )
}

/** Why these tests can't run here; undefined when they can. */
export function missing(inside: readonly string[] = []): string | undefined {
  if (!existsSync(command)) return 'there is no dist/: npm run build'
  if (inside.length === 0) return undefined
  const [file, ...args] = [...inside, 'true']
  const done = spawnSync(file, args, { encoding: 'utf8' })
  return done.status === 0 ? undefined : `${inside.join(' ')}: ${done.stderr.trim() || String(done.error)}`
}

/** Waits until something is so, or the process has ended. */
export async function until(running: Running, isSo: () => boolean): Promise<void> {
  let over = false
  void running.ended.then(() => (over = true))
  while (!over && !isSo()) await new Promise((resolve) => setTimeout(resolve, 1))
}
