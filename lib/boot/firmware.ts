import { access, chmod, constants, copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HardenError } from '../base/errors.ts'

/** UEFI firmware for a virtual machine: the program and the template of its variable store. */
export interface Firmware {
  /** Read only. */
  code: string
  /** A template; the machine gets its own copy, because firmware writes boot entries into it. */
  vars: string
}

/** Where Debian's package `ovmf` puts its files. */
const ovmfDirectory = '/usr/share/OVMF'

/** 4 MiB builds first: Debian dropped the 2 MiB ones after bookworm. Code and variables must have the same size. */
const pairs: readonly (readonly [string, string])[] = [
  ['OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd'],
  ['OVMF_CODE.fd', 'OVMF_VARS.fd']
]

async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false
  )
}

/**
 * Finds the UEFI firmware of Debian's package `ovmf`, without Secure Boot keys.
 * @throws HardenError `FIRMWARE_MISSING` (environment) with the package to install.
 */
export async function findFirmware(directory: string = ovmfDirectory): Promise<Firmware> {
  for (const [codeName, varsName] of pairs) {
    const firmware = { code: join(directory, codeName), vars: join(directory, varsName) }
    if ((await isReadable(firmware.code)) && (await isReadable(firmware.vars))) return firmware
  }
  throw new HardenError(
    'environment',
    'FIRMWARE_MISSING',
    `There is no UEFI firmware for QEMU in ${directory}.`,
    {
      hint: 'Install it: apt-get install ovmf',
      path: directory
    }
  )
}

/** Puts a writable copy of the variable store into a private directory and returns firmware that uses it. */
export async function withOwnVars(firmware: Firmware, directory: string): Promise<Firmware> {
  const vars = join(directory, 'vars.fd')
  await copyFile(firmware.vars, vars)
  await chmod(vars, 0o600) // the copy has the template's mode, and that may be read only
  return { code: firmware.code, vars }
}
