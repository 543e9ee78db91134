import { digestOfFile } from '../base/digest.ts'
import { composeImage } from './compose-image.ts'
import type { FileSystemSource } from './file-system.ts'
import type { Partition } from './disk-partitions.ts'
import { readCandidates, rootError } from './disk-candidates.ts'
import { nameOf } from './disk-partitions.ts'
import type { Candidate, RootChoice } from './disk-root.ts'
import { chooseRoot, holdSamePackages, isReadable } from './disk-root.ts'
import { openEsp } from './esp.ts'
import { readFileSystem } from './file-system-image.ts'
import type { FindingLog } from './finding-log.ts'
import { createFindingLog } from './finding-log.ts'
import type { Image } from './image.ts'
import type { ImageFile } from './image-file.ts'
import { describePacked } from './image-file.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { discoverableType } from './root-types.ts'
import { plainPath } from './tool-path.ts'

/** EFI system partition: GPT type and MBR type, UEFI specification 5.2.2 and 5.3.3. */
const espTypes = new Set(['C12A7328-F81F-11D2-BA4B-00A0C93EC93B', 'ef'])

/** Partitions that may hold a FAT of EFI Boot Guard: GPT "basic data" and EFI, the FAT types of an MBR. */
const fatTypes = new Set([...espTypes, 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7', 'b', 'c', 'e'])

function report(
  findings: FindingLog,
  candidates: readonly Candidate[],
  used: readonly (Candidate | undefined)[]
) {
  for (const candidate of candidates) {
    if (used.includes(candidate)) continue
    const { partition, content } = candidate
    if (content === undefined) {
      const message = `${nameOf(partition)} reaches beyond the end of the file.`
      findings.add('IMAGE_PARTITION_BEYOND_END', 'warning', message)
    } else {
      const message = `${nameOf(partition)} (${content === 'other' || content === 'fat' ? 'no file system we read' : content}) is not looked into.`
      findings.add('IMAGE_PARTITION_NOT_READ', 'info', message)
    }
  }
}

async function reportRivals(
  choice: RootChoice,
  sourceOf: (candidate: Candidate) => FileSystemSource,
  io: ImageIo,
  findings: FindingLog
): Promise<void> {
  for (const rival of choice.rivals) {
    const same = await holdSamePackages(choice.candidate, rival, sourceOf, io).catch(() => undefined)
    const name = nameOf(rival.partition)
    const message =
      same === true
        ? `More than one root: ${name} could be booted as well; its package database is the same.`
        : `More than one root: ${name} could be booted as well; its package database ${same === false ? 'is another' : "can't be compared"}.`
    findings.add('IMAGE_SEVERAL_ROOTS', same === true ? 'info' : 'warning', message)
  }
}

/** What protects the root, in words: a hash partition of dm-verity beside it. */
function verityNote(root: Candidate, candidates: readonly Candidate[]): string {
  const hashes = candidates.filter(
    ({ partition }) => discoverableType(partition.type)?.role === 'root-verity'
  )
  const own = hashes.find(({ partition }) => partition.number > root.partition.number) ?? hashes[0]
  return own ? `; its dm-verity hashes are ${nameOf(own.partition)}` : ''
}

/**
 * Opens a disk image (GPT, or MBR): the root by the tool of its file system at its offset, the EFI system
 * partition with mtools. No loop device, no mount.
 * @throws HardenError `IMAGE_DAMAGED`, `IMAGE_NO_ROOT`, `IMAGE_NOT_RECOGNISED` (a root we can't read),
 *   `TOOL_MISSING`.
 */
export async function openDiskImage(
  image: ImageFile,
  label: 'gpt' | 'mbr',
  io: ImageIo,
  options: OpenImageOptions = {}
): Promise<Image> {
  const { path } = image
  const findings = createFindingLog()
  const plain = await plainPath(image.file, io, options)
  const sourceOf = ({ partition }: Candidate): FileSystemSource => ({
    imagePath: path,
    toolPath: plain.path,
    offset: partition.start
  })
  try {
    const candidates = await readCandidates(image, plain.path, label, io, findings)
    const choice = await chooseRoot(candidates, sourceOf, io)
    const root = choice?.candidate
    if (!root || !isReadable(root)) throw rootError(path, candidates, root)
    const size = root.partition.size
    const fileSystem = await readFileSystem(root.content, sourceOf(root), size, io, findings, options)
    const esp = candidates.find(
      ({ partition, content }) => espTypes.has(partition.type) && content !== undefined
    )
    const boot = candidates.filter(
      (one) => one !== esp && one.content === 'fat' && fatTypes.has(one.partition.type)
    )
    report(findings, candidates, [root, esp, ...boot, ...choice.rivals])
    await reportRivals(choice, sourceOf, io, findings)
    const table = label === 'gpt' ? 'GPT' : 'MBR'
    const where = `${nameOf(root.partition)} of ${candidates.length}, ${root.content}`
    const description = `a ${table} disk; root is ${where}: ${choice.why}${verityNote(root, candidates)}`
    return composeImage({
      path,
      format: 'wic',
      description: describePacked(description, image),
      sha512: () => digestOfFile(path),
      findings,
      ...fileSystem,
      esp: esp && openEsp(fatSource(path, plain.path, esp.partition), io),
      bootPartitions: boot.map(({ partition }) => openEsp(fatSource(path, plain.path, partition), io)),
      partitions: candidates
        .filter(({ content }) => content !== undefined)
        .map(({ partition: { number, name, start, size }, content }) => ({
          ...{ number, name, start, size, disk: plain.path },
          root: number === root.partition.number,
          verity: content === 'verity'
        })),
      async close() {
        await fileSystem.close?.()
        await plain.remove()
      }
    })
  } catch (error) {
    await plain.remove()
    throw error
  }
}

function fatSource(imagePath: string, toolPath: string, partition: Partition) {
  return { imagePath, toolPath, offset: partition.start, description: nameOf(partition) }
}
