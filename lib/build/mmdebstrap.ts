import { access, chmod, constants, mkdir, mkdtemp, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { HardenError } from '../base/errors.ts'
import { runOk } from '../base/exec.ts'
import type { Io } from '../base/io.ts'
import type { PrivilegedRun } from './ext4.ts'
import type { Progress } from './progress.ts'

/** mmdebstrap, probed once: with which privileges it works here, and a scratch directory for its trees. */
export interface Mmdebstrap {
  mode: 'root' | 'unshare'
  version: string
  /** Private scratch directory; world-readable because sub-uids must enter it. */
  scratch: string
  /**
   * Runs mmdebstrap with our scratch directory as TMPDIR.
   * @throws HardenError `BUILD_FAILED` with the lines that say why.
   */
  run(args: readonly string[], env: Record<string, string>): Promise<void>
  /** Runs a command in which owners of files mean what they say. */
  privileged: PrivilegedRun
  /** Removes the scratch directory with everything sub-uids own in it. */
  dispose(): Promise<void>
}

const neededBytes = 4 * 1024 ** 3

/** Why an ordinary user can't build here, from what the helper said. */
function unshareHint(stderr: string): string {
  if (/newuidmap|newgidmap/.test(stderr)) return 'Install uidmap: apt-get install uidmap'
  if (/subuid|subgid/.test(stderr)) return 'Give your user a range in /etc/subuid and /etc/subgid: usermod --add-subuids 165536-231071 --add-subgids 165536-231071 USER'
  if (/unshare|user namespace|EPERM|Operation not permitted/i.test(stderr)) return 'User namespaces are switched off here (sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces); allow them or build as root.'
  return 'Build as root, or make `mmdebstrap --unshare-helper true` work.'
}

async function temporaryParent(io: Io): Promise<string> {
  for (const candidate of [io.env['TMPDIR'], '/var/tmp', '/tmp']) {
    if (!candidate) continue
    const writable = await access(candidate, constants.W_OK).then(() => true, () => false)
    if (writable) return candidate
  }
  throw new HardenError('environment', 'NO_TEMPORARY_DIRECTORY', 'Neither TMPDIR nor /var/tmp can be written.')
}

/**
 * Probes mmdebstrap: root where we are root, else its unshare mode.
 * @throws HardenError environment: `TOOL_MISSING`, `UNSHARE_IMPOSSIBLE`, `DISK_FULL`.
 */
export async function openMmdebstrap(io: Io, progress: Progress): Promise<Mmdebstrap> {
  const said = await runOk(io.exec, 'environment', 'mmdebstrap', ['--version'])
  const version = said.stdout.toString().trim()
  const mode = io.uid === 0 ? 'root' : 'unshare'
  if (mode === 'unshare') {
    const probe = await io.exec.run('mmdebstrap', ['--unshare-helper', 'true'], { timeout: 30_000 })
    if (probe.exitCode !== 0) {
      const why = probe.stderr.trim().split('\n').slice(-2).join(' ')
      throw new HardenError('environment', 'UNSHARE_IMPOSSIBLE', `mmdebstrap can't build as an ordinary user here: ${why}`, {
        hint: unshareHint(probe.stderr)
      })
    }
  }
  const parent = await temporaryParent(io)
  const { bavail, bsize } = await statfs(parent)
  if (bavail * bsize < neededBytes) {
    const free = Math.floor((bavail * bsize) / 1024 ** 2)
    throw new HardenError('environment', 'DISK_FULL', `${parent} has only ${free} MiB free; a build needs ${neededBytes / 1024 ** 2} MiB.`, {
      hint: 'Free some space or set TMPDIR to a larger disk.'
    })
  }
  const scratch = await mkdtemp(join(parent, 'kas-harden-build-'))
  await chmod(scratch, 0o755)
  const trees = join(scratch, 'trees')
  await mkdir(trees, { mode: 0o777 })
  await chmod(trees, 0o1777)

  const privileged: PrivilegedRun = async (file, args, env = {}) => {
    const command = mode === 'root' ? file : 'mmdebstrap'
    const all = mode === 'root' ? args : ['--unshare-helper', file, ...args]
    await runOk(io.exec, 'build', command, all, { env: { TMPDIR: trees, ...env } })
  }

  return {
    mode,
    version,
    scratch,
    privileged,
    async run(args, env) {
      const lines: string[] = []
      const done = await io.exec.run('mmdebstrap', [`--mode=${mode}`, ...args], {
        env: { TMPDIR: trees, DEBIAN_FRONTEND: 'noninteractive', ...env },
        onLine: (line) => {
          lines.push(line)
          if (lines.length > 400) lines.shift()
          progress.line(line)
        }
      })
      if (done.exitCode === 0) return
      const why = lines.filter((line) => /^(E|W|dpkg|mke2fs|tar|kas-harden)[: ]|error|No space left/i.test(line))
      if (why.some((line) => line.includes('No space left on device'))) {
        throw new HardenError('environment', 'DISK_FULL', `The disk that holds ${parent} is full.`, {
          hint: 'Free some space or set TMPDIR to a larger disk.'
        })
      }
      const shown = (why.length > 0 ? why : lines).slice(-12).join('\n')
      throw new HardenError('build', 'BUILD_FAILED', `mmdebstrap failed:\n${shown}`)
    },
    async dispose() {
      const removed = await rm(scratch, { recursive: true, force: true }).then(() => true, () => false)
      if (removed) return
      // Trees of sub-uids can only be removed from inside their user namespace; the signal may already be aborted.
      await io.exec.run('mmdebstrap', ['--unshare-helper', 'rm', '-rf', trees], { signal: new AbortController().signal })
      await rm(scratch, { recursive: true, force: true })
    }
  }
}
