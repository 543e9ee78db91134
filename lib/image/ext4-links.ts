import type { Debugfs } from './debugfs.ts'
import { maximumPathLength } from './limits.ts'

/** Shorter targets lie in the inode itself (fast symlinks), longer ones in a block. */
const fastLinkSize = 60

const batchSize = 5000

interface Link {
  inode: number
  size: number
}

/** The text after `Fast link dest: "`; its length is known, so a target with quotes does not end it early. */
function fastTarget(output: Buffer, size: number): string | undefined {
  const label = Buffer.from('Fast link dest: "')
  const start = output.lastIndexOf(label)
  if (start < 0) return undefined
  const begin = start + label.length
  return output[begin + size] === 0x22 ? output.toString('utf8', begin, begin + size) : undefined
}

/** Targets of symlinks by inode number; a link that can't be read is missing from the answer. */
export async function readLinkTargets(
  debugfs: Debugfs,
  links: readonly Link[]
): Promise<ReadonlyMap<number, string>> {
  const targets = new Map<number, string>()
  const usable = links.filter(({ size }) => size > 0 && size <= maximumPathLength)
  for (let start = 0; start < usable.length; start += batchSize) {
    const batch = usable.slice(start, start + batchSize)
    const commands = batch.map(({ inode, size }) => `${size < fastLinkSize ? 'stat' : 'cat'} <${inode}>`)
    const outputs = await debugfs.run(commands, batch.length * maximumPathLength)
    for (const [index, { inode, size }] of batch.entries()) {
      const output = outputs[index]!
      const target =
        size < fastLinkSize
          ? fastTarget(output, size)
          : output.length === size
            ? output.toString('utf8')
            : undefined
      if (target !== undefined && !target.includes('\0')) targets.set(inode, target)
    }
  }
  return targets
}
