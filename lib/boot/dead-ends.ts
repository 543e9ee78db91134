/** A console line after which no login will come, and what it means. */
interface DeadEnd {
  pattern: RegExp
  meaning: string
}

/** What firmware, kernel, initramfs-tools and systemd print when a boot is over before it is done. */
const deadEnds: readonly DeadEnd[] = [
  {
    pattern: /BdsDxe: failed to (?:load|start) Boot[^\n]*: (?:Access Denied|Security Violation)/,
    meaning: 'The firmware refuses the boot program: it is not signed by a key it trusts.'
  },
  {
    pattern: /BdsDxe: No bootable option or device was found|UEFI Interactive Shell v/,
    meaning: 'The firmware finds nothing to boot: EFI/BOOT/BOOTX64.EFI is missing or is no EFI program.'
  },
  { pattern: /Kernel panic - not syncing/, meaning: 'The kernel panicked.' },
  {
    pattern: /\(initramfs\) |Gave up waiting for root file system device/,
    meaning: 'The initramfs did not find or could not mount the root file system.'
  },
  {
    pattern: /You are in (?:emergency|rescue) mode|Cannot open access to console, the root account is locked/,
    meaning: 'systemd went into emergency mode: a mount or a unit that the boot needs has failed.'
  }
]

/** Every dead end as one pattern, for waiting. */
export const anyDeadEnd = new RegExp(deadEnds.map(({ pattern }) => pattern.source).join('|'))

/** What a console text says about a boot that cannot go on; undefined when it says nothing of that kind. */
export function deadEndIn(text: string): string | undefined {
  return deadEnds.find(({ pattern }) => pattern.test(text))?.meaning
}

/**
 * Units that systemd reported as failed on the console, in order, each once.
 * systemd shortens long names in the middle, and then leaves parts of its own colour codes behind.
 */
export function failedUnitsIn(text: string): string[] {
  const names = [...text.matchAll(/^\[FAILED\] Failed to \w+ (.+?)\.?$/gm)].map((found) =>
    found[1]!.replace(/\[[\d;]*m/g, '')
  )
  return [...new Set(names)]
}
