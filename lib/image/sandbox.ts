import { statfs } from 'node:fs/promises'
import { HardenError } from '../base/errors.ts'
import type { ExecResult } from '../base/exec.ts'
import type { ImageIo } from './limits.ts'

/** What a program in a sandbox may see, write and use. */
export interface Sandbox {
  /** The image; the program sees it as `/image`, read-only. */
  image: string
  /** An empty directory; the program sees it as `/x`, the one place it can write to. */
  directory: string
  /** Bytes it may write, in one file and together. */
  maximumBytes: number
  /** Files it may make. */
  maximumFiles: number
  /** Milliseconds. */
  timeout: number
}

/** How a sandboxed program ended; `full` when it was ended because it wrote too much. */
export interface SandboxResult extends ExecResult {
  full: boolean
}

/** Milliseconds between two looks at what it has written. */
const watchInterval = 200

/** Only programs and their libraries, nothing of the host's configuration or data; no network, no devices. */
const surroundings = [
  ...['--unshare-all', '--die-with-parent', '--new-session', '--clearenv'],
  ...['--setenv', 'PATH', '/usr/bin:/usr/sbin:/bin:/sbin', '--setenv', 'LC_ALL', 'C.UTF-8'],
  ...['--setenv', 'FAKEROOTDONTTRYCHOWN', '1'],
  ...['--ro-bind', '/usr', '/usr', '--dev-bind', '/dev/null', '/dev/null'],
  ...['/bin', '/sbin', '/lib', '/lib64', '/etc/alternatives'].flatMap((path) => ['--ro-bind-try', path, path])
]

/** Room a directory's file system has left. */
async function roomIn(directory: string): Promise<{ bytes: number; files: number }> {
  const { bavail, bsize, ffree, files } = await statfs(directory)
  // btrfs counts no inodes.
  return { bytes: bavail * bsize, files: files === 0 ? 0 : ffree }
}

/**
 * Runs a program with bubblewrap(1) where all it can write is one directory and all it can reach is itself: for
 * a tool that insists on writing files somebody else has named. What is written together is watched on the file
 * system, a few times a second; the limit is no exact one.
 * @throws HardenError `SANDBOX_UNAVAILABLE` (environment) where this machine grants no namespaces, `TOOL_MISSING`,
 *   `INTERRUPTED`.
 */
export async function runInSandbox(
  command: readonly string[],
  sandbox: Sandbox,
  io: ImageIo
): Promise<SandboxResult> {
  const { image, directory, maximumBytes, maximumFiles, timeout } = sandbox
  const blocks = Math.ceil(maximumBytes / 512)
  const args = [
    ...surroundings,
    ...['--ro-bind', image, '/image', '--bind', directory, '/x', '--remount-ro', '/', '--chdir', '/'],
    ...['--', 'sh', '-c', `ulimit -c 0; ulimit -f ${blocks}; exec "$@"`, 'sh', ...command]
  ]
  const before = await roomIn(directory)
  let full = false
  const running = io.exec.stream('bwrap', args, { timeout, signal: io.signal })
  const watch = setInterval(() => {
    void roomIn(directory).then(
      (now) => {
        if (before.bytes - now.bytes <= maximumBytes && before.files - now.files <= maximumFiles) return
        full = true
        running.kill()
      },
      () => undefined
    )
  }, watchInterval)
  try {
    running.stdout.on('error', () => undefined).resume()
    const done = await running.done
    if (!full && done.exitCode !== 0 && /^bwrap: /m.test(done.stderr)) {
      throw new HardenError(
        'environment',
        'SANDBOX_UNAVAILABLE',
        `bwrap can't shut a program in: ${done.stderr.trim().split('\n')[0] ?? ''}`,
        { hint: 'Run where user namespaces are allowed (in a container: --security-opt seccomp=unconfined).' }
      )
    }
    return { ...done, full }
  } finally {
    clearInterval(watch)
  }
}
