import { join } from 'node:path'
import { HardenError } from '../base/errors.ts'
import { runOk, type ExecResult } from '../base/exec.ts'
import type { Io } from '../base/io.ts'
import type { Progress } from './progress.ts'
import { makeScratch } from './scratch.ts'

/** Files a command reads and writes, opened on our side of the user namespace. */
export interface Redirection {
  stdin?: string
  stdout?: string
}

/** Runs a command where the tree's owners mean what they say: as root, or in mmdebstrap's user namespace. */
export type PrivilegedRun = (
  file: string,
  args: readonly string[],
  env?: Record<string, string>,
  redirection?: Redirection
) => Promise<ExecResult>

/** mmdebstrap, probed once: with which privileges it works here, and a scratch directory for its trees. */
export interface Mmdebstrap {
  mode: 'root' | 'unshare'
  version: string
  /** Private scratch directory; world-readable because sub-uids must enter it. */
  scratch: string
  /** Directory for trees of sub-uids; not always below `scratch`. */
  trees: string
  /** Whether device nodes can be made in `trees`: never in a user namespace, nor on a disk mounted nodev. */
  deviceNodes: boolean
  /**
   * Runs mmdebstrap with our scratch directory as TMPDIR.
   * @throws HardenError `BUILD_FAILED` with the lines that say why, `DISK_FULL`, `INTERRUPTED`.
   */
  run(args: readonly string[], env: Record<string, string>): Promise<void>
  /** @throws HardenError build `TOOL_FAILED`, `INTERRUPTED`. */
  privileged: PrivilegedRun
  /** Removes the scratch directory with everything sub-uids own in it. */
  dispose(): Promise<void>
}

/** Milliseconds programs get to end by themselves when a build is interrupted; we remove what they leave. */
const grace = 3000

/**
 * mmdebstrap as root mounts /proc, /sys and the machine's /dev/shm in its tree. In namespaces of its own these are
 * gone with its last process, however that ends, and none of its processes outlives it.
 */
const ownNamespaces = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--']

/** Why an ordinary user can't build here, from what the helper said. */
function unshareHint(said: string): string {
  if (/newuidmap|newgidmap/.test(said)) return 'Install uidmap: apt-get install uidmap'
  if (/subuid|subgid/.test(said)) {
    return 'Give your user a range in /etc/subuid and /etc/subgid: usermod --add-subuids 165536-231071 --add-subgids 165536-231071 USER'
  }
  if (/unshare|user namespace|EPERM|Operation not permitted/i.test(said)) {
    return 'User namespaces are switched off here (sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces); allow them or build as root.'
  }
  return 'Build as root, or make `mmdebstrap --unshare-helper true` work.'
}

async function requireUnshare(io: Io): Promise<void> {
  const probe = await io.exec.run('mmdebstrap', ['--unshare-helper', 'true'], {
    timeout: 30_000,
    groupGrace: 5000
  })
  if (probe.exitCode === 0) return
  const why = probe.stderr.trim().split('\n').slice(-2).join(' ')
  throw new HardenError(
    'environment',
    'UNSHARE_IMPOSSIBLE',
    `mmdebstrap can't build as an ordinary user here: ${why}`,
    { hint: unshareHint(probe.stderr) }
  )
}

/** Turns what mmdebstrap said into one error. */
function failure(lines: readonly string[], parent: string): HardenError {
  const why = lines.filter((line) => /^(E|W|dpkg|mke2fs|tar|kas-harden)[: ]|error|No space left/i.test(line))
  if (why.some((line) => line.includes('No space left on device'))) {
    return new HardenError('environment', 'DISK_FULL', `The disk that holds ${parent} is full.`, {
      hint: 'Free some space or set TMPDIR to a larger disk.'
    })
  }
  const shown = (why.length > 0 ? why : lines).slice(-12).join('\n')
  return new HardenError('build', 'BUILD_FAILED', `mmdebstrap failed:\n${shown}`)
}

/**
 * Probes mmdebstrap: root where we are root, else its unshare mode.
 * @throws HardenError environment: `TOOL_MISSING`, `UNSHARE_IMPOSSIBLE`, `DISK_FULL`, `NO_TEMPORARY_DIRECTORY`.
 */
export async function openMmdebstrap(io: Io, progress: Progress): Promise<Mmdebstrap> {
  const said = await runOk(io.exec, 'environment', 'mmdebstrap', ['--version'])
  const version = said.stdout.toString().trim()
  const mode = io.uid === 0 ? 'root' : 'unshare'
  if (mode === 'unshare') await requireUnshare(io)
  const helped = (file: string, args: readonly string[]) =>
    mode === 'root' ? [file, ...args] : ['mmdebstrap', '--unshare-helper', file, ...args]

  const fits = async (directory: string) => {
    const script =
      'umask 022; printf "#!/bin/sh\n" >"$1/try" && chmod 755 "$1/try" && "$1/try" && rm "$1/try"'
    const [file, ...args] = helped('sh', ['-c', script, 'sh', directory])
    return (await io.exec.run(file!, args, { cwd: '/', groupGrace: 5000 })).exitCode === 0
  }
  const { path: scratch, trees, parent } = await makeScratch(io, fits)
  const deviceNodes =
    mode === 'root' &&
    (await io.exec.run('sh', ['-c', 'mknod "$1" c 1 3 && echo >"$1" && rm "$1"', 'sh', join(trees, 'null')]))
      .exitCode === 0

  const contained =
    mode === 'root' &&
    (await io.exec.run(ownNamespaces[0]!, [...ownNamespaces.slice(1), 'true'], { groupGrace: grace }))
      .exitCode === 0
  const command = [...(contained ? ownNamespaces : []), 'mmdebstrap', `--mode=${mode}`]

  return {
    mode,
    version,
    scratch,
    trees,
    deviceNodes,
    privileged(file, args, env = {}, { stdin = '/dev/null', stdout = '' } = {}) {
      const script = `in=$1 out=$2; shift 2; ${stdout === '' ? 'exec "$@" <"$in"' : 'exec "$@" <"$in" >"$out"'}`
      return runOk(io.exec, 'build', 'sh', ['-c', script, file, stdin, stdout, ...helped(file, args)], {
        cwd: '/', // sub-uids may not be allowed into the caller's
        env: { TMPDIR: trees, ...env },
        groupGrace: grace
      })
    },
    async run(args, env) {
      const lines: string[] = []
      // The caller's umask must not decide modes inside an image.
      const script = 'umask 022; exec "$@"'
      const done = await io.exec.run('sh', ['-c', script, 'sh', ...command, ...args], {
        cwd: '/',
        env: { TMPDIR: trees, DEBIAN_FRONTEND: 'noninteractive', ...env },
        groupGrace: grace,
        onLine: (line) => {
          lines.push(line)
          if (lines.length > 400) lines.shift()
          progress.line(line)
        }
      })
      if (done.exitCode !== 0) throw failure(lines, parent)
    },
    async dispose() {
      // The build's own signal may have fired; removing must work all the same, and an impatient second one not stop it.
      const options = { cwd: '/', signal: new AbortController().signal, groupGrace: grace }
      if (mode === 'unshare') {
        const script = 'find "$1" -mindepth 1 -maxdepth 1 -exec rm -rf {} +'
        const [file, ...args] = helped('sh', ['-c', script, 'sh', trees])
        await io.exec.run(file!, args, options)
      }
      // Never into something that is still mounted there.
      await runOk(io.exec, 'build', 'rm', ['-rf', '--one-file-system', '--', trees, scratch], options)
    }
  }
}
