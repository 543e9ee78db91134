import { readBootPrograms, type BootPrograms } from '../../image/boot-programs.ts'
import type { CheckContext } from '../check-context.ts'
import { bootImage } from './command-lines.ts'

/** Programs and environments of the boot partitions, read once. @throws as `readBootPrograms` does. */
export async function readBootChain(context: CheckContext): Promise<BootPrograms> {
  return readBootPrograms(await context.read(bootImage))
}

/** A root hash on a kernel command line and how its tree is read. */
export interface VerityRoot {
  /** Hex, as written. */
  hash: string
  /** Bytes before the superblock where data and tree share a partition (isar-cip-core); else undefined. */
  hashOffset?: number
}

/**
 * The root a command line wants dm-verity to check: `roothash=` of systemd (systemd-veritysetup-generator(8)) or
 * `cip.verity_root_options=` of isar-cip-core's initrd. Undefined where it names none.
 */
export function verityRootOf(words: readonly string[]): VerityRoot | undefined {
  // systemd and the initrd of isar-cip-core both take the last one.
  const value = (name: string) =>
    words.findLast((word) => word.startsWith(`${name}=`))?.slice(name.length + 1)
  const roothash = value('roothash')
  if (roothash !== undefined) return { hash: roothash }
  const options = value('cip.verity_root_options')
  if (options === undefined) return undefined
  const named = new Map(
    options.split(',').map((one) => [one.replace(/=.*$/s, ''), one.replace(/^[^=]*=?/, '')])
  )
  const offset = named.get('hash-offset')
  return {
    hash: named.get('hash') ?? '',
    ...(offset !== undefined && /^\d{1,15}$/.test(offset) ? { hashOffset: Number(offset) } : {})
  }
}

/** Words that switch dm-verity off, or let damaged blocks pass (systemd-veritysetup-generator(8), crypttab options). */
export function verityWeakenedBy(words: readonly string[]): readonly string[] {
  return words.filter(
    (word) =>
      /^(?:rd\.)?systemd\.verity=(?:0|no|n|f|false|off)$/i.test(word) ||
      /^systemd\.verity_(?:root|usr)_options=.*ignore[-_](?:corruption|zero)/.test(word) ||
      /^cip\.verity_root_options=.*ignore[-_]corruption/.test(word)
  )
}
