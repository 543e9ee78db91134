import { join, resolve } from 'node:path'
import { HardenError } from '../base/errors.ts'
import type { ExecResult } from '../base/exec.ts'
import type { Io } from '../base/io.ts'
import { anyDeadEnd, deadEndIn } from './dead-ends.ts'
import { startMachine, type Machine, type MachineChoice } from './machine.ts'
import { probeKvm } from './probe-kvm.ts'
import type { Accelerator } from './qemu-arguments.ts'
import type { SerialConsole } from './serial-console.ts'
import { sshRun, sshUntilIn } from './ssh-login.ts'

/** How to boot an image. Everything has a default that works on any machine. */
export interface BootOptions {
  /** `tcg` (default) always works; `probe` uses KVM where a kernel was seen to run with it. */
  accelerator?: 'tcg' | 'probe'
  /** `isolated` (default): the guest reaches nobody. */
  network?: MachineChoice['network']
  /** Default 2. */
  cpus?: number
  /** Mebibytes, default 1024. */
  memory?: number
  credentials?: MachineChoice['credentials']
  firmwareDirectory?: string
}

/** A booting or booted image. Call `shutdown` in a `finally`, or use `withBootedImage`. */
export interface Guest {
  readonly console: SerialConsole
  /** Port on 127.0.0.1 that leads to the guest's port 22. */
  readonly sshPort: number
  readonly accelerator: Accelerator
  /**
   * Waits until the console shows a login prompt.
   * @param timeout milliseconds, default 10 minutes (an idle machine needs half a minute)
   * @throws HardenError (runtime-test) `BOOT_FAILED` when the console shows that no login will come,
   *   `BOOT_TIMEOUT`, `QEMU_FAILED` when the machine stopped or rebooted; `INTERRUPTED`
   */
  waitForLogin(timeout?: number): Promise<void>
  /**
   * Waits until `user` gets in with the private key.
   * @param timeout milliseconds, default 10 minutes
   * @throws HardenError `SSH_REFUSED`, `QEMU_FAILED` (runtime-test), `SSH_KEY_UNREADABLE` (usage)
   */
  waitForSsh(user: string, keyPath: string, timeout?: number): Promise<void>
  /**
   * Runs a command through the user's shell on the guest. Exit code 255 is ssh's own failure.
   * @param timeout milliseconds, default 2 minutes
   */
  ssh(user: string, keyPath: string, command: string, timeout?: number): Promise<ExecResult>
  /** Ends QEMU and removes its files. The disk image is as it was. May be called again. */
  shutdown(): Promise<void>
}

const minute = 60_000
const loginPrompt = /(?:^|\n)[\w.-]+ login: /
/** Milliseconds of silence after which we type Return: a kernel line may have torn the prompt apart. */
const silence = 20_000
const lastLines = 25

/** Boots a raw amd64 disk through UEFI in QEMU and returns as soon as the firmware speaks. Errors: `startMachine`. */
export async function bootImage(disk: string, options: BootOptions, io: Io): Promise<Guest> {
  const choice: Omit<MachineChoice, 'accelerator'> = {
    disk: resolve(io.cwd, disk),
    network: options.network ?? 'isolated',
    cpus: options.cpus ?? 2,
    memory: options.memory ?? 1024,
    credentials: options.credentials,
    firmwareDirectory: options.firmwareDirectory
  }
  const accelerator = options.accelerator === 'probe' && (await probeKvm(choice, io)) ? 'kvm' : 'tcg'
  const machine = await startMachine({ ...choice, accelerator }, io)
  return guestOf(machine, choice.disk, accelerator, io)
}

/** Boots an image for the time of `work`; afterwards QEMU and its files are gone, whatever happened. */
export async function withBootedImage<T>(
  disk: string,
  options: BootOptions,
  io: Io,
  work: (guest: Guest) => Promise<T>
): Promise<T> {
  const guest = await bootImage(disk, options, io)
  try {
    return await work(guest)
  } finally {
    await guest.shutdown()
  }
}

function guestOf(machine: Machine, disk: string, accelerator: Accelerator, io: Io): Guest {
  const { console } = machine

  function failure(code: string, message: string, hint?: string): HardenError {
    if (io.signal.aborted) return new HardenError('interrupted', 'INTERRUPTED', 'The boot was interrupted.')
    const lines = console.lastLines(lastLines).map((line) => `  | ${line}`)
    const seen =
      lines.length === 0 ? 'The console stayed empty.' : `Last lines of the console:\n${lines.join('\n')}`
    return new HardenError('runtime-test', code, `${message}\n${seen}`, { hint, path: disk })
  }

  function sshLogin(user: string, keyPath: string) {
    return {
      port: machine.sshPort,
      user,
      keyPath: resolve(io.cwd, keyPath),
      knownHosts: join(machine.directory, 'known_hosts'),
      connectTimeout: 60
    }
  }

  return {
    console,
    sshPort: machine.sshPort,
    accelerator,
    async waitForLogin(timeout = 10 * minute) {
      const awaited = new RegExp(`${loginPrompt.source}|${anyDeadEnd.source}`)
      for (let left = timeout; ; left -= silence) {
        const before = console.position
        const found = await console.waitFor(awaited, Math.min(left, silence))
        if (found.outcome === 'closed') {
          throw failure(
            'QEMU_FAILED',
            `The machine stopped or rebooted before a login prompt. ${await machine.ended}`
          )
        }
        if (found.outcome === 'match') {
          const dead = deadEndIn(found.match[0])
          if (dead !== undefined) throw failure('BOOT_FAILED', `${disk} does not boot. ${dead}`)
          return
        }
        if (left <= silence) break
        if (console.position === before) console.send('\r')
      }
      throw failure(
        'BOOT_TIMEOUT',
        `${disk} showed no login prompt within ${Math.round(timeout / 1000)} seconds.`,
        'If the machine is busy, allow more time; if the console is empty, add console=ttyS0 to the kernel command line.'
      )
    },
    async waitForSsh(user, keyPath, timeout = 10 * minute) {
      const wait = await sshUntilIn(sshLogin(user, keyPath), timeout, machine.ended, io)
      if (wait.outcome === 'in') return
      if (wait.outcome === 'gone')
        throw failure('QEMU_FAILED', `The machine stopped or rebooted. ${wait.reason}`)
      const what =
        wait.outcome === 'refused'
          ? `The guest refuses the ssh key ${keyPath} of user '${user}'`
          : `User '${user}' could not log in over ssh within ${Math.round(timeout / 1000)} seconds`
      throw failure('SSH_REFUSED', `${what} (ssh: ${wait.reason}).`)
    },
    ssh: (user, keyPath, command, timeout = 2 * minute) =>
      sshRun(sshLogin(user, keyPath), command, timeout, io),
    shutdown: () => machine.stop()
  }
}
