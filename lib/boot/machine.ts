import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { HardenError } from '../base/errors.ts'
import type { Io } from '../base/io.ts'
import { plainText } from '../base/text.ts'
import { requireDisk } from './disk-file.ts'
import { findFirmware, withOwnVars } from './firmware.ts'
import { freePort } from './free-port.ts'
import { qemuArguments, type MachineDescription } from './qemu-arguments.ts'
import { listenForConsole, serialConsole, type SerialConsole } from './serial-console.ts'

/** What a caller decides about a machine; the rest we find ourselves. */
export interface MachineChoice extends Omit<MachineDescription, 'firmware' | 'console' | 'sshPort'> {
  /** Where OVMF lies; default is Debian's place. */
  firmwareDirectory?: string
}

/** A running QEMU. */
export interface Machine {
  console: SerialConsole
  sshPort: number
  /** Private directory of this machine, removed by `stop`. */
  directory: string
  /** Resolves with one sentence about why QEMU is gone. Never rejects. */
  ended: Promise<string>
  /** Ends QEMU by its process id, then removes the private directory. May be called again; resolves when both are gone. */
  stop(): Promise<void>
}

const qemu = 'qemu-system-x86_64'
/** sockaddr_un.sun_path holds 108 bytes with the final zero (unix(7)). */
const socketPathLimit = 107
/** Milliseconds for the first output of the firmware. An idle machine needs one second. */
const firmwareLimit = 60_000
const portAttempts = 3

async function privateDirectory(env: Io['env']): Promise<string> {
  const wanted = env['TMPDIR'] ?? '/tmp'
  const longest = join(wanted, 'kas-harden-boot-XXXXXX', 'console')
  const parent = Buffer.byteLength(longest) > socketPathLimit ? '/tmp' : wanted
  return mkdtemp(join(parent, 'kas-harden-boot-'))
}

/** Starts QEMU in its private directory and waits until its serial port is connected. */
async function startIn(directory: string, choice: MachineChoice, io: Io): Promise<Machine> {
  const firmware = await withOwnVars(await findFirmware(choice.firmwareDirectory), directory)
  const socket = join(directory, 'console')
  const listener = await listenForConsole(socket)
  try {
    const sshPort = await freePort()
    const child = io.exec.stream(
      'setpriv',
      [
        '--pdeathsig',
        'KILL',
        '--',
        qemu,
        ...qemuArguments({ ...choice, firmware, console: socket, sshPort })
      ],
      // The overlay of the disk lies in TMPDIR; with ours it can't outlive the machine.
      { env: { TMPDIR: directory }, signal: io.signal }
    )
    child.stdout.resume()
    const ended = child.done.then(
      (result) => {
        const words = plainText(result.stderr).trim().split('\n').slice(-4).join('\n')
        const how = result.signal === undefined ? `with exit code ${result.exitCode}` : `by ${result.signal}`
        return `QEMU ended ${how}${words === '' ? '.' : `: ${words}`}`
      },
      () => 'QEMU was interrupted.'
    )
    const line = await Promise.race([listener.connected, ended])
    if (typeof line === 'string') {
      await child.done // an interrupt and a missing setpriv say so themselves
      throw new HardenError('runtime-test', 'QEMU_FAILED', line)
    }
    const console = serialConsole(line)
    const stopOnce = async () => {
      io.signal.removeEventListener('abort', onAbort)
      child.kill()
      await ended
      console.close()
      await rm(directory, { recursive: true, force: true })
    }
    let stopping: Promise<void> | undefined
    const stop = () => (stopping ??= stopOnce())
    const onAbort = () => void stop()
    io.signal.addEventListener('abort', onAbort)
    return { console, sshPort, directory, ended, stop }
  } finally {
    listener.close()
  }
}

/**
 * Starts QEMU and returns when its firmware speaks (or is silent for a minute).
 * The disk is opened read only. When our process dies, the kernel ends QEMU
 * (PR_SET_PDEATHSIG through setpriv(1)); when `io.signal` fires, we do.
 * @throws HardenError `TOOL_MISSING`, `FIRMWARE_MISSING` (environment), `DISK_NOT_FOUND`, `DISK_NOT_RAW` (usage),
 *   `INTERRUPTED`, `QEMU_FAILED` (runtime-test) when QEMU ends before that.
 */
export async function startMachine(choice: MachineChoice, io: Io): Promise<Machine> {
  await requireDisk(choice.disk)
  await io.exec.run(qemu, ['--version'], { signal: io.signal }) // says which package is missing
  for (let attempt = 1; ; attempt++) {
    const directory = await privateDirectory(io.env)
    const machine = await startIn(directory, choice, io).catch(async (error: unknown) => {
      await rm(directory, { recursive: true, force: true })
      throw error
    })
    const first = await machine.console.waitFor(/[^]/, firmwareLimit)
    if (first.outcome !== 'closed') return machine
    await machine.stop()
    const why = await machine.ended
    if (io.signal.aborted) throw new HardenError('interrupted', 'INTERRUPTED', why)
    // Somebody took the port between our look and QEMU's bind.
    if (attempt < portAttempts && why.includes('Could not set up host forwarding')) continue
    throw new HardenError('runtime-test', 'QEMU_FAILED', why)
  }
}
