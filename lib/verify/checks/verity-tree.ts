import { join } from 'node:path'
import type { ImagePartition } from '../../image/image.ts'
import { withTemporaryDirectory } from '../../base/files.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed, undecided } from '../check-context.ts'
import { readCommandLines } from '../readers/command-lines.ts'
import { kernelWords } from '../readers/kernel-words.ts'
import { verityRootOf, type VerityRoot } from '../readers/boot-chain.ts'

const timeout = 600_000

/**
 * Whether the root of a disk has the root hashes its command lines name: every block read and compared by
 * veritysetup(8), on copies of the partitions. Undefined where no command line names one.
 */
export async function judgeVerityTree(context: CheckContext): Promise<Outcome | undefined> {
  const roots = new Map<string, VerityRoot>()
  for (const { cmdline } of await context.read(readCommandLines)) {
    const root = verityRootOf(kernelWords(cmdline))
    if (root) roots.set(JSON.stringify(root), root)
  }
  if (roots.size === 0) return undefined
  const wrong = [...roots.values()].find(({ hash }) => !/^[0-9a-f]{8,256}$/i.test(hash))
  if (wrong) return failed(`'${wrong.hash}' is the hash of no root`)
  const { partitions = [] } = context.image
  const data = partitions.find(({ root }) => root)
  if (!data) return undecided('Only a disk image shows the tree of digests, and this is none')

  return withTemporaryDirectory(context.temporary, async (directory) => {
    const own = await copied(data, directory, context)
    const parts: Outcome[] = []
    for (const root of roots.values()) {
      if (root.hashOffset !== undefined) {
        parts.push(await verified(own, own, ['--hash-offset', String(root.hashOffset)], root, context))
        continue
      }
      const trees = await treesOf(partitions, directory, context)
      const tried: Outcome[] = []
      for (const tree of trees) tried.push(await verified(own, tree, [], root, context))
      parts.push(
        tried.find(({ status }) => status === 'pass') ??
          tried[0] ??
          failed('A command line names a root hash, and no partition holds a tree of digests')
      )
    }
    return combined(parts, `Every block of the root fits its root hash`)
  })
}

async function verified(
  data: string,
  tree: string,
  options: readonly string[],
  { hash }: VerityRoot,
  { exec }: CheckContext
): Promise<Outcome> {
  const done = await exec.run('veritysetup', ['verify', ...options, data, tree, hash], { timeout })
  const said = done.stderr.trim().split('\n').at(-1) ?? ''
  const evidence = [{ command: `veritysetup verify ${options.join(' ')}`.trim(), output: said }]
  if (done.timedOut) return undecided('veritysetup did not come to an end', evidence)
  if (done.exitCode === 0) return passed(`The root fits the hash ${hash}`, evidence)
  return failed(`The root doesn't fit the hash ${hash}: ${said}`, evidence)
}

/** Copies of the partitions that hold nothing but a tree (their superblock says so). */
async function treesOf(
  partitions: readonly ImagePartition[],
  directory: string,
  context: CheckContext
): Promise<readonly string[]> {
  const trees: string[] = []
  for (const partition of partitions) {
    if (!partition.verity) continue
    trees.push(await copied(partition, directory, context))
  }
  return trees
}

/** veritysetup knows no offset of the data: it gets a sparse copy of the partition. */
async function copied(
  { number, disk, start, size }: ImagePartition,
  directory: string,
  { exec }: CheckContext
): Promise<string> {
  const file = join(directory, String(number))
  const args = [`if=${disk}`, `of=${file}`, 'bs=1M', `skip=${start}`, `count=${size}`]
  const done = await exec.run('dd', [...args, 'iflag=skip_bytes,count_bytes', 'conv=sparse', 'status=none'], {
    timeout
  })
  if (done.exitCode !== 0) throw new Error(`partition ${number} could not be copied: ${done.stderr.trim()}`)
  return file
}
