import type { Readable } from 'node:stream'
import { execa } from 'execa'
import { HardenError } from './errors.ts'
import { endGroupOnAbort } from './process-group.ts'

/** What an outside program gets and how it is bounded. */
export interface ExecOptions {
  cwd?: string
  /** Added to the caller's environment. */
  env?: Readonly<Record<string, string>>
  /** Standard input; a stream for a program that is asked more as it answers. */
  input?: string | Buffer | Readable
  /** Milliseconds; the program is killed after it. */
  timeout?: number
  /** Bytes kept of stdout and stderr each; more is an error. Default 64 MiB. */
  maxBuffer?: number
  /** Called with every line of stdout and stderr as it comes. */
  onLine?: (line: string) => void
  /** With `onLine`: nothing is kept, so that hours of output take no memory; the result's texts are empty. */
  discard?: boolean
  signal?: AbortSignal
  /**
   * For programs with children that must not outlive them (mmdebstrap, a pipeline): it runs in a process group of
   * its own, and an interrupt ends the whole group, with SIGKILL after so many milliseconds.
   */
  groupGrace?: number
}

/** A finished program. A non-zero exit code is a value here, not an exception. */
export interface ExecResult {
  exitCode: number
  stdout: Buffer
  stderr: string
  /** Set when the program did not end by itself: killed by this signal, or timed out. */
  signal?: string
  timedOut: boolean
}

/** A running program whose stdout is read as a stream. */
export interface ExecStream {
  stdout: Readable
  /** Resolves when the program has ended; never rejects on an exit code. */
  done: Promise<ExecResult>
  kill(): void
}

/** Runs outside programs. Tests replace it; `nodeExec` is the real one. */
export interface Exec {
  /**
   * Runs a program to its end.
   * @throws HardenError `TOOL_MISSING` (environment) when the program is not installed,
   *   `INTERRUPTED` when the caller's signal fired.
   */
  run(file: string, args: readonly string[], options?: ExecOptions): Promise<ExecResult>
  /** Starts a program and hands out its stdout as a stream. Same errors, through `done`. */
  stream(file: string, args: readonly string[], options?: ExecOptions): ExecStream
}

const defaultMaxBuffer = 64 * 1024 * 1024

/** Debian package that brings a tool, for error messages. */
const packageOf: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap',
  debugfs: 'e2fsprogs',
  unsquashfs: 'squashfs-tools',
  'fsck.erofs': 'erofs-utils',
  bwrap: 'bubblewrap',
  getcap: 'libcap2-bin',
  mke2fs: 'e2fsprogs',
  sfdisk: 'fdisk',
  mcopy: 'mtools',
  mmd: 'mtools',
  'mkfs.vfat': 'dosfstools',
  objcopy: 'binutils',
  objdump: 'binutils',
  zstd: 'zstd',
  xz: 'xz-utils',
  'qemu-system-x86_64': 'qemu-system-x86',
  nft: 'nftables',
  openssl: 'openssl',
  sbverify: 'sbsigntool',
  veritysetup: 'cryptsetup-bin',
  kas: 'kas',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client'
}

/** The fields of execa's result we read; its own type depends on every option and can't be named. */
interface RawResult {
  exitCode?: number
  stdout?: unknown
  stderr?: unknown
  signal?: string
  timedOut: boolean
  isCanceled?: boolean
  isMaxBuffer?: boolean
  code?: string
}

/** The real `Exec`, bound to an environment and to the signal that interrupts everything. */
export function nodeExec(env: Readonly<Record<string, string | undefined>>, signal?: AbortSignal): Exec {
  function start(file: string, args: readonly string[], options: ExecOptions, buffer: boolean) {
    // Debian keeps debugfs, sfdisk and nft in sbin, which an ordinary user's PATH lacks.
    const path = `${env['PATH'] ?? '/usr/bin:/bin'}:/usr/local/sbin:/usr/sbin:/sbin`
    return execa(file, args, {
      cwd: options.cwd,
      env: { ...env, LC_ALL: 'C.UTF-8', ...options.env, PATH: options.env?.['PATH'] ?? path },
      extendEnv: false,
      input: options.input,
      stdin: options.input === undefined ? 'ignore' : undefined,
      timeout: options.timeout,
      maxBuffer: options.maxBuffer ?? defaultMaxBuffer,
      buffer: options.discard ? false : buffer ? true : { stdout: false, stderr: true },
      encoding: 'buffer',
      stripFinalNewline: false,
      reject: false,
      cancelSignal: options.groupGrace === undefined ? (options.signal ?? signal) : undefined,
      forceKillAfterDelay: 5000,
      // Ctrl-C on a terminal reaches every process of our group at once; a group of its own hears from us only.
      detached: options.groupGrace !== undefined
    })
  }

  function result(file: string, raw: RawResult): ExecResult {
    if (raw instanceof Error) {
      if (raw.isCanceled) throw new HardenError('interrupted', 'INTERRUPTED', `${file} was interrupted`)
      if (raw.code === 'ENOENT') {
        const name = packageOf[file] ?? file
        throw new HardenError('environment', 'TOOL_MISSING', `The program '${file}' is not installed.`, {
          hint: `Install it: apt-get install ${name}`,
          cause: raw
        })
      }
      if (raw.isMaxBuffer) {
        throw new HardenError('usage', 'OUTPUT_TOO_LARGE', `${file} wrote more than we are ready to read`, {
          cause: raw
        })
      }
    }
    return {
      exitCode: raw.exitCode ?? -1,
      stdout: Buffer.from(raw.stdout instanceof Uint8Array ? raw.stdout : []),
      stderr: Buffer.from(raw.stderr instanceof Uint8Array ? raw.stderr : []).toString('utf8'),
      signal: raw.signal,
      timedOut: raw.timedOut
    }
  }

  return {
    async run(file, args, options = {}) {
      const child = start(file, args, options, true)
      const group =
        options.groupGrace === undefined
          ? undefined
          : endGroupOnAbort(child.pid, options.signal ?? signal, options.groupGrace)
      if (options.onLine) {
        const onLine = options.onLine
        const follow = async (stream: AsyncIterable<unknown>) => {
          for await (const line of stream)
            onLine(line instanceof Uint8Array ? Buffer.from(line).toString('utf8').trimEnd() : String(line))
        }
        const both = Promise.all([
          follow(child.iterable({ from: 'stdout', binary: false })),
          follow(child.iterable({ from: 'stderr', binary: false }))
        ]).catch(() => undefined) // the failure itself is reported by the child below
        const raw: RawResult = await child
        await both
        await group?.(file)
        return result(file, raw)
      }
      const raw: RawResult = await child
      await group?.(file)
      return result(file, raw)
    },
    stream(file, args, options = {}) {
      const child = start(file, args, options, false)
      const done = child.then((raw) => result(file, raw))
      done.catch(() => undefined) // callers await it after the stream; no unhandled rejection before
      return { stdout: child.stdout, done, kill: () => void child.kill() }
    }
  }
}

/**
 * Runs a program that must succeed.
 * @throws HardenError of `kind` with the last lines of its stderr when the exit code is not 0.
 */
export async function runOk(
  exec: Exec,
  kind: 'build' | 'environment' | 'usage',
  file: string,
  args: readonly string[],
  options: ExecOptions = {}
): Promise<ExecResult> {
  const done = await exec.run(file, args, options)
  if (done.exitCode !== 0) {
    const tail = done.stderr.trimEnd().split('\n').slice(-8).join('\n')
    const how = done.timedOut ? 'ran into its time limit' : `ended with exit code ${done.exitCode}`
    throw new HardenError(kind, 'TOOL_FAILED', `${file} ${how}${tail ? `:\n${tail}` : ''}`)
  }
  return done
}
