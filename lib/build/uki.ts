import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HardenError } from '../base/errors.ts'
import { runOk, type Exec } from '../base/exec.ts'

/** What goes into a unified kernel image. */
export interface UkiParts {
  kernel: string
  initrd: string
  cmdline: string
  osRelease: string
  /** The EFI stub; Debian's systemd-boot-efi brings it. */
  stub?: string
}

/** The stub of Debian package systemd-boot-efi for amd64. */
export const defaultStub = '/usr/lib/systemd/boot/efi/linuxx64.efi.stub'

const page = 4096
const align = (address: number) => Math.ceil(address / page) * page

/**
 * Puts kernel, initrd, command line and os-release into one EFI program, as the
 * UAPI group's Unified Kernel Image specification describes it.
 * Section addresses follow the stub's own sections and don't overlap.
 */
export async function makeUki(parts: UkiParts, output: string, scratch: string, exec: Exec): Promise<void> {
  const stub = parts.stub ?? defaultStub
  const headers = await runOk(exec, 'environment', 'objdump', ['-h', stub])
  let end = 0
  for (const match of headers.stdout.toString().matchAll(/^ *\d+ \S+ +([0-9a-f]+) +([0-9a-f]+)/gm)) {
    end = Math.max(end, parseInt(match[1]!, 16) + parseInt(match[2]!, 16))
  }
  if (end === 0) {
    throw new HardenError(
      'environment',
      'STUB_UNREADABLE',
      `The EFI stub ${stub} has no sections objdump can read.`,
      {
        hint: 'Install it: apt-get install systemd-boot-efi'
      }
    )
  }
  const cmdline = join(scratch, 'cmdline')
  const osRelease = join(scratch, 'os-release')
  await writeFile(cmdline, parts.cmdline)
  await writeFile(osRelease, parts.osRelease)
  const arguments_: string[] = []
  let address = align(end)
  for (const [name, file] of [
    ['.osrel', osRelease],
    ['.cmdline', cmdline],
    ['.linux', parts.kernel],
    ['.initrd', parts.initrd]
  ] as const) {
    arguments_.push(
      '--add-section',
      `${name}=${file}`,
      '--change-section-vma',
      `${name}=0x${address.toString(16)}`
    )
    address = align(address + (await stat(file)).size)
  }
  await runOk(exec, 'build', 'objcopy', ['--preserve-dates', ...arguments_, stub, output])
}
