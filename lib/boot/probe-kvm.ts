import { access, constants } from 'node:fs/promises'
import { HardenError } from '../base/errors.ts'
import type { Io } from '../base/io.ts'
import { startMachine, type MachineChoice } from './machine.ts'

/** What only a running kernel, or what it started, prints. Firmware and boot loader come through even where KVM hangs. */
const kernelSpoke = /Linux version \d|systemd\[1\]: |^Welcome to |login: /m

/**
 * Whether KVM really runs a kernel here. Being able to open /dev/kvm proves
 * nothing: in many virtual machines it opens, and the guest hangs after the
 * firmware. So the disk is booted with KVM until its kernel speaks.
 * @param timeout milliseconds; a working KVM needs two or three seconds
 */
export async function probeKvm(
  choice: Omit<MachineChoice, 'accelerator'>,
  io: Io,
  timeout = 20_000
): Promise<boolean> {
  const usable = await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false
  )
  if (!usable) return false
  const machine = await startMachine({ ...choice, accelerator: 'kvm' }, io).catch((error: unknown) => {
    if (error instanceof HardenError && error.code === 'QEMU_FAILED') return undefined
    throw error
  })
  if (machine === undefined) return false
  try {
    return (await machine.console.waitFor(kernelSpoke, timeout)).outcome === 'match'
  } finally {
    await machine.stop()
  }
}
