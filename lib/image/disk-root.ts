import type { Partition } from './disk-partitions.ts'
import { isDebianRoot, probeFile } from './file-system-probe.ts'
import type { FileSystemForm, FileSystemSource } from './file-system.ts'
import type { ImageIo } from './limits.ts'
import { discoverableType } from './root-types.ts'

/** What we know of a partition before we choose. */
export interface Candidate {
  partition: Partition
  /** Content by its magic; undefined when it lies beyond the end of the file. */
  content: FileSystemForm | 'fat' | 'verity' | 'luks' | 'other' | undefined
}

/** A candidate whose content we can read. */
export interface ReadableCandidate extends Candidate {
  content: FileSystemForm
}

/** The chosen root, why, and what to say besides. */
export interface RootChoice {
  candidate: Candidate
  why: string
  /** Other partitions that could have been it. */
  rivals: readonly Candidate[]
}

/** True for a file system one of our readers reads. */
export function isReadable(candidate: Candidate): candidate is ReadableCandidate {
  return candidate.content === 'ext4' || candidate.content === 'squashfs' || candidate.content === 'erofs'
}

/** The root type of a partition: its architecture, by the Discoverable Partitions Specification. */
function rootTypeOf({ partition }: Candidate): string | undefined {
  const type = discoverableType(partition.type)
  return type?.role === 'root' ? type.architecture : undefined
}

/**
 * Chooses the root partition: by its GPT type, and among several or without any by content.
 * Undefined when nothing on the disk looks like a root file system.
 */
export async function chooseRoot(
  candidates: readonly Candidate[],
  sourceOf: (candidate: Candidate) => FileSystemSource,
  io: ImageIo
): Promise<RootChoice | undefined> {
  const typed = candidates.filter((candidate) => rootTypeOf(candidate) !== undefined)
  const [only] = typed
  if (only && typed.length === 1) {
    return { candidate: only, why: `its type says ${rootTypeOf(only) ?? ''} root`, rivals: [] }
  }
  const roots: Candidate[] = []
  for (const candidate of typed.length > 0 ? typed : candidates) {
    if (isReadable(candidate) && (await isDebianRoot(candidate.content, sourceOf(candidate), io))) {
      roots.push(candidate)
    }
  }
  const [first, ...rivals] = roots
  if (first) {
    const content = 'it holds os-release and /var/lib/dpkg/status'
    const why = typed.length > 0 ? `its type says root and ${content}` : content
    return { candidate: first, why: rivals.length > 0 ? `${why}, the first of ${roots.length}` : why, rivals }
  }
  if (only) {
    const why = `the first of ${typed.length} whose type says root`
    return { candidate: only, why, rivals: typed.slice(1) }
  }
  // An erofs whose names we can't read (newer features) can still be the root, by now the only one.
  const unread = candidates.filter(({ content }) => content === 'erofs')
  return unread[0] && { candidate: unread[0], why: 'the only file system of a root', rivals: unread.slice(1) }
}

const statusLimit = 64 * 2 ** 20

/**
 * Whether two root partitions (slots A and B of an updater) have the same package database; undefined
 * when one of them can't be read.
 */
export async function holdSamePackages(
  first: Candidate,
  second: Candidate,
  sourceOf: (candidate: Candidate) => FileSystemSource,
  io: ImageIo
): Promise<boolean | undefined> {
  const statusOf = (candidate: Candidate) =>
    isReadable(candidate)
      ? probeFile(candidate.content, sourceOf(candidate), '/var/lib/dpkg/status', io, statusLimit)
      : undefined
  const [one, other] = await Promise.all([statusOf(first), statusOf(second)])
  return one && other && one.equals(other)
}
