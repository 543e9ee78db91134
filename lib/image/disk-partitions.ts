import * as v from 'valibot'
import type { FindingLog } from './finding-log.ts'
import { damaged, toolTimeout } from './limits.ts'
import type { ImageIo } from './limits.ts'
import { quoted } from './names.ts'

/** One partition of a disk image. */
export interface Partition {
  /** 1-based, as the kernel counts it. */
  number: number
  /** Bytes from the start of the disk. */
  start: number
  /** Bytes. */
  size: number
  /** GPT type GUID in upper case, or the MBR type in lower-case hex (`83`). */
  type: string
  name: string
}

/** A partition in words: `partition 2 ("root")`. */
export function nameOf({ number, name }: Partition): string {
  return name === '' ? `partition ${number}` : `partition ${number} (${quoted(name)})`
}

const sectors = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** What `sfdisk --json` prints, sfdisk(8); the part we read. */
const SfdiskOutput = v.object({
  partitiontable: v.object({
    label: v.string(),
    sectorsize: v.optional(v.pipe(v.number(), v.picklist([512, 1024, 2048, 4096])), 512),
    partitions: v.optional(
      v.array(
        v.object({
          node: v.string(),
          start: sectors,
          size: sectors,
          type: v.string(),
          name: v.optional(v.string(), '')
        })
      ),
      []
    )
  })
})

/**
 * The partition table of a disk image, read by sfdisk(8).
 * @param label what the first bytes say it is; sfdisk falls back to the protective MBR when the GPT is broken
 * @throws HardenError `IMAGE_DAMAGED` when there is no sound table.
 */
export async function readPartitions(
  imagePath: string,
  toolPath: string,
  label: 'gpt' | 'mbr',
  io: ImageIo,
  findings: FindingLog
): Promise<readonly Partition[]> {
  const done = await io.exec.run('sfdisk', ['--json', toolPath], { timeout: toolTimeout, signal: io.signal })
  const complaint = done.stderr.trim().split('\n').at(-1) ?? ''
  const fail = (what: string, cause?: unknown) => {
    const said = complaint === '' ? '' : ` sfdisk says: ${complaint}`
    return damaged(imagePath, `${what}${said}`, cause)
  }
  if (done.exitCode !== 0) throw fail('its partition table can not be read.')
  let table: v.InferOutput<typeof SfdiskOutput>['partitiontable']
  try {
    table = v.parse(SfdiskOutput, JSON.parse(done.stdout.toString('utf8'))).partitiontable
  } catch (error) {
    throw fail('its partition table can not be read.', error)
  }
  if (table.label !== (label === 'gpt' ? 'gpt' : 'dos')) {
    throw fail('its GPT is broken or the disk image breaks off before its end.')
  }
  if (/corrupt|mismatch|overlap/i.test(done.stderr)) {
    const said = done.stderr.trim().split('\n').join(' ')
    findings.add('IMAGE_TABLE_ODD', 'warning', `The partition table is not in order; sfdisk says: ${said}`)
  }
  const partitions = table.partitions.map((partition, index) => ({
    number: Number(/(\d+)$/.exec(partition.node.slice(toolPath.length))?.[1] ?? index + 1),
    start: partition.start * table.sectorsize,
    size: partition.size * table.sectorsize,
    type: label === 'gpt' ? partition.type.toUpperCase() : partition.type.toLowerCase(),
    name: partition.name
  }))
  if (!partitions.every(({ start, size }) => Number.isSafeInteger(start + size))) {
    throw fail('a partition lies beyond every disk.')
  }
  return partitions
}
