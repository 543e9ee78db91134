import { access, constants } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { HardenError } from '../base/errors.ts'
import type { ExecResult } from '../base/exec.ts'
import type { Io } from '../base/io.ts'
import { plainText } from '../base/text.ts'
import { sshArguments, type SshLogin } from './ssh-arguments.ts'

/** ssh's own exit code for a connection that did not come about or broke (ssh(1)). */
const sshFailed = 255
/** Milliseconds between attempts. OpenSSH 9.8 and newer punish clients that come back at once (PerSourcePenalties). */
const pause = 3000

/**
 * Runs one command on the guest over ssh.
 * @param timeout milliseconds for all of it
 * @throws HardenError `SSH_KEY_UNREADABLE` (usage), `TOOL_MISSING`, `INTERRUPTED`
 */
export async function sshRun(login: SshLogin, command: string, timeout: number, io: Io): Promise<ExecResult> {
  await access(login.keyPath, constants.R_OK).catch((cause: unknown) => {
    throw new HardenError('usage', 'SSH_KEY_UNREADABLE', `The private key ${login.keyPath} can't be read.`, {
      path: login.keyPath,
      cause
    })
  })
  return io.exec.run('ssh', sshArguments(login, command), {
    timeout,
    signal: io.signal,
    maxBuffer: 16 * 1024 * 1024
  })
}

/** How waiting for the first login ended; `reason` is ssh's own word. */
export type SshWait = { outcome: 'in' } | { outcome: 'refused' | 'timeout' | 'gone'; reason: string }

/**
 * Tries to log in until it works, the server says no to the key, the time is
 * over or the machine is gone. A refusal is final: sshd answers a user whom
 * pam_nologin still keeps out by closing the connection, not by refusing the key.
 * @param timeout milliseconds
 * @param ended resolves when QEMU is gone
 */
export async function sshUntilIn(
  login: SshLogin,
  timeout: number,
  ended: Promise<string>,
  io: Io
): Promise<SshWait> {
  const timeUp = new AbortController()
  const timer = setTimeout(() => {
    timeUp.abort()
  }, timeout)
  let gone: string | undefined
  void ended.then((why) => {
    gone = why
    timeUp.abort()
  })
  let reason = 'no attempt was made'
  try {
    while (!timeUp.signal.aborted) {
      const result = await sshRun(login, 'true', Math.min(timeout, login.connectTimeout * 2000), io)
      // A shell that refuses `true` (restricted, forced command) has still let the user in.
      if (!result.timedOut && result.exitCode !== sshFailed) return { outcome: 'in' }
      reason =
        plainText(result.stderr).trim().split('\n').slice(-2).join(' ') || 'ssh ran into its time limit'
      if (reason.includes('Permission denied')) return { outcome: 'refused', reason }
      await sleep(pause, undefined, { signal: timeUp.signal }).catch(() => undefined)
    }
    return gone === undefined ? { outcome: 'timeout', reason } : { outcome: 'gone', reason: gone }
  } finally {
    clearTimeout(timer)
  }
}
