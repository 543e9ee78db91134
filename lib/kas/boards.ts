/** Whether a board carries something: `option` needs hardware or firmware the buyer chooses. */
export type Support = 'yes' | 'option' | 'no'

/** What a board of isar-cip-core or meta-iot2050 can carry. */
export interface Board {
  /** Name of the overlay, board/<name>.yml. */
  name: string
  /** MACHINE. */
  machine: string
  title: string
  /** UEFI secure boot with EFI Boot Guard and a signed, verified root. */
  secureBoot: Support
  /** dm-verity below the root. */
  verity: Support
  /** A TPM 2 (of firmware or hardware). */
  tpm: Support
  /** LUKS bound to that TPM. */
  encryption: Support
  /** A/B update with SWUpdate. */
  update: Support
  /** The project whose layer has the machine. */
  from: 'isar-cip-core' | 'meta-iot2050'
}

/**
 * The support matrix. Source: Kconfig and wic/ of isar-cip-core v1.8, where secure boot and encryption depend on
 * the four machines with a secureboot.wks; its newer Kconfig adds the boards of TI; and kas/opt/secure-boot.yml of meta-iot2050.
 */
export const boards: readonly Board[] = [
  cip('qemu-amd64', 'QEMU, x86-64', 'yes', 'yes'),
  cip('qemu-arm64', 'QEMU, ARM64', 'yes', 'yes'),
  cip('qemu-arm', 'QEMU, ARM 32 bit', 'yes', 'yes'),
  cip('x86-uefi', 'Generic x86-64 with UEFI', 'option', 'yes'),
  cip('bbb', 'BeagleBone Black', 'no', 'yes'),
  cip('hihope-rzg2m', 'HopeRun HiHope RZ/G2M', 'no', 'yes'),
  cip('iwg20m', 'iWave RainboW-G20M', 'no', 'no'),
  cip(
    'ti-am6x',
    'TI AM62x, AM62Px, AM64x starter kits (kernel 6.12, firmware TPM)',
    'option',
    'yes',
    'ti-am62x-sk'
  ),
  {
    ...cip('iot2050', 'Siemens SIMATIC IOT2050', 'option', 'yes'),
    from: 'meta-iot2050'
  }
]

/** Other machines of the boards above. */
const alike: Readonly<Record<string, string>> = { 'ti-am62px-sk': 'ti-am6x', 'ti-am64x-sk': 'ti-am6x' }

/** The board of a machine; undefined for machines we know nothing of. */
export function boardOf(machine: string | undefined): Board | undefined {
  const name = machine !== undefined && Object.hasOwn(alike, machine) ? alike[machine] : undefined
  return boards.find((board) => board.machine === machine || board.name === name)
}

function cip(name: string, title: string, secureBoot: Support, update: Support, machine = name): Board {
  return {
    name,
    machine,
    title,
    secureBoot,
    verity: secureBoot,
    tpm: secureBoot,
    encryption: secureBoot,
    update,
    from: 'isar-cip-core'
  }
}
