import { resolve } from 'node:path'
import type { Firmware } from './firmware.ts'
import { acceleratorArguments, deviceArguments, qemuValue } from './qemu-arguments.ts'
import { shellLine } from './shell-quote.ts'

/** How a person wants to boot and log in. */
export interface ManualChoice {
  /** From `findFirmware`. */
  firmware: Firmware
  user: string
  keyPath: string
  /** Port on 127.0.0.1 for ssh, default 2222. */
  sshPort?: number
  /** Directory that relative paths refer to. */
  cwd: string
}

/** Two lines to paste into a POSIX shell. */
export interface ManualCommands {
  /** Boots the disk with its console on the terminal; Ctrl-A X ends it. */
  boot: string
  /** Logs in while it runs. */
  ssh: string
}

/**
 * The commands with which a person boots a disk image and logs in, each on one
 * line, correct when pasted from any directory. Nothing is written: disk and
 * firmware variables are snapshots, so every boot is the first one; that is why
 * ssh does not remember the host key, which is a new one each time.
 */
export function manualCommands(disk: string, choice: ManualChoice): ManualCommands {
  const sshPort = choice.sshPort ?? 2222
  const boot = [
    ...['qemu-system-x86_64', '-machine', 'q35', ...acceleratorArguments('tcg'), '-smp', '2', '-m', '1024'],
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${qemuValue(choice.firmware.code)}`],
    ...['-drive', `if=pflash,unit=1,format=raw,snapshot=on,file=${qemuValue(choice.firmware.vars)}`],
    ...deviceArguments({ disk: resolve(choice.cwd, disk), network: 'isolated', sshPort }),
    '-nographic'
  ]
  const ssh = [
    ...['ssh', '-p', String(sshPort), '-i', resolve(choice.cwd, choice.keyPath), '-o', 'IdentitiesOnly=yes'],
    ...['-o', 'UserKnownHostsFile=/dev/null', '-o', 'StrictHostKeyChecking=no'],
    ...['-l', choice.user, '127.0.0.1']
  ]
  return { boot: shellLine(boot), ssh: shellLine(ssh) }
}
