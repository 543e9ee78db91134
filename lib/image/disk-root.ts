import type { ExtSource } from './debugfs.ts'
import { runDebugfs } from './debugfs.ts'
import type { Partition } from './disk-partitions.ts'
import type { ImageIo } from './limits.ts'

/** Root partition types of the Discoverable Partitions Specification (UAPI Group). */
const rootTypes: Readonly<Record<string, string>> = {
  '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709': 'x86-64',
  'B921B045-1DF0-41C3-AF44-4C6F280D3FAE': 'arm64',
  '69DAD710-2CE4-4E3C-B16C-21A1D49ABED3': 'arm',
  '44479540-F297-41B2-9AF7-D131D5F0458A': 'x86',
  '72EC70A6-CF74-40E6-BD49-4BDA08E8F224': 'riscv64'
}

/** What we know of a partition before we choose. */
export interface Candidate {
  partition: Partition
  /** Content by its magic; undefined when it lies beyond the end of the file. */
  content: 'ext4' | 'squashfs' | 'erofs' | 'other' | undefined
}

/** The chosen root, why, and what to say besides. */
export interface RootChoice {
  candidate: Candidate
  why: string
  /** Other partitions that could have been it. */
  rivals: readonly Candidate[]
}

/** True when a file system holds what makes a Debian root: os-release and dpkg's database. */
async function isDebianRoot(source: ExtSource, io: ImageIo): Promise<boolean> {
  const commands = ['stat /etc/os-release', 'stat /usr/lib/os-release', 'stat /var/lib/dpkg/status']
  try {
    const { outputs } = await runDebugfs(source, commands, io, 0)
    const [etc, vendor, status] = outputs.map((output) => output.includes('Inode: '))
    return (etc === true || vendor === true) && status === true
  } catch {
    return false // a damaged neighbour is no reason to give up the disk
  }
}

/**
 * Chooses the root partition: by its GPT type, and among several or without any by content.
 * Undefined when nothing on the disk looks like a root file system.
 */
export async function chooseRoot(
  candidates: readonly Candidate[],
  sourceOf: (candidate: Candidate) => ExtSource,
  io: ImageIo
): Promise<RootChoice | undefined> {
  const typed = candidates.filter(({ partition }) => rootTypes[partition.type] !== undefined)
  const [only] = typed
  if (only && typed.length === 1) {
    const why = `its type says ${rootTypes[only.partition.type] ?? ''} root`
    return { candidate: only, why, rivals: [] }
  }
  const pool = (typed.length > 0 ? typed : candidates).filter(({ content }) => content === 'ext4')
  const roots: Candidate[] = []
  for (const candidate of pool) {
    if (await isDebianRoot(sourceOf(candidate), io)) roots.push(candidate)
  }
  const [first, ...rivals] = roots
  if (first) {
    const content = 'it holds os-release and /var/lib/dpkg/status'
    const why = typed.length > 0 ? `its type says root and ${content}` : content
    return { candidate: first, why: rivals.length > 0 ? `${why}, the first of ${roots.length}` : why, rivals }
  }
  if (only)
    return {
      candidate: only,
      why: `the first of ${typed.length} whose type says root`,
      rivals: typed.slice(1)
    }
  return undefined
}
