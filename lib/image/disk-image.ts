import { open } from 'node:fs/promises'
import { digestOfFile } from '../base/digest.ts'
import { HardenError } from '../base/errors.ts'
import { composeImage } from './compose-image.ts'
import type { ExtSource } from './debugfs.ts'
import type { Partition } from './disk-partitions.ts'
import { readPartitions } from './disk-partitions.ts'
import type { Candidate } from './disk-root.ts'
import { chooseRoot } from './disk-root.ts'
import { openEsp } from './esp.ts'
import { readExt4 } from './ext4-image.ts'
import type { FindingLog } from './finding-log.ts'
import { createFindingLog } from './finding-log.ts'
import type { Image } from './image.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { damaged } from './limits.ts'
import { quoted } from './names.ts'
import { headSize, recognise } from './recognise.ts'
import { plainPath } from './tool-path.ts'

/** EFI system partition: GPT type and MBR type, UEFI specification 5.2.2 and 5.3.3. */
const espTypes = new Set(['C12A7328-F81F-11D2-BA4B-00A0C93EC93B', 'ef'])

function nameOf({ number, name }: Partition): string {
  return name === '' ? `partition ${number}` : `partition ${number} (${quoted(name)})`
}

/** Looks at the first bytes of every partition. */
async function lookAt(path: string, size: number, partitions: readonly Partition[]): Promise<Candidate[]> {
  const file = await open(path)
  try {
    const candidates: Candidate[] = []
    for (const partition of partitions) {
      if (partition.start + partition.size > size) {
        candidates.push({ partition, content: undefined })
        continue
      }
      const head = Buffer.alloc(Math.min(headSize, partition.size))
      await file.read(head, 0, head.length, partition.start)
      const forms = recognise(head)
      const content = (['ext4', 'squashfs', 'erofs'] as const).find((form) => forms.includes(form))
      candidates.push({ partition, content: content ?? 'other' })
    }
    return candidates
  } finally {
    await file.close()
  }
}

function rootError(path: string, candidates: readonly Candidate[], candidate?: Candidate): HardenError {
  const beyond = candidates.find(({ content }) => content === undefined)
  if (!candidate && beyond)
    return damaged(path, `${nameOf(beyond.partition)} reaches beyond the end of the file.`)
  if (!candidate) {
    return new HardenError(
      'usage',
      'IMAGE_NO_ROOT',
      `No partition of ${path} holds a Debian root file system.`,
      {
        path,
        hint: 'A root partition has a root type GUID, or is ext4 with os-release and /var/lib/dpkg/status.'
      }
    )
  }
  if (candidate.content === undefined) {
    return damaged(path, `${nameOf(candidate.partition)}, its root, reaches beyond the end of the file.`)
  }
  const what = candidate.content === 'other' ? 'no file system we know' : `a ${candidate.content} file system`
  const message = `The root of ${path}, ${nameOf(candidate.partition)}, holds ${what}; we read ext4.`
  return new HardenError('usage', 'IMAGE_NOT_RECOGNISED', message, {
    path,
    hint: 'Give the tar or ext4 of the same build.'
  })
}

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
      const message = `${nameOf(partition)} (${content === 'other' ? 'no file system we read' : content}) is not looked into.`
      findings.add('IMAGE_PARTITION_NOT_READ', 'info', message)
    }
  }
}

/**
 * Opens a disk image (GPT, or MBR): the ext4 root with debugfs at its offset, the EFI system
 * partition with mtools. No loop device, no mount.
 * @throws HardenError `IMAGE_DAMAGED`, `IMAGE_NO_ROOT`, `IMAGE_NOT_RECOGNISED` (a root that is no ext4),
 *   `TOOL_MISSING`.
 */
export async function openDiskImage(
  path: string,
  size: number,
  label: 'gpt' | 'mbr',
  io: ImageIo,
  options: OpenImageOptions = {}
): Promise<Image> {
  const findings = createFindingLog()
  const plain = await plainPath(path, io, options)
  const sourceOf = ({ partition }: Candidate): ExtSource => ({
    imagePath: path,
    toolPath: plain.path,
    offset: partition.start
  })
  try {
    const partitions = await readPartitions(path, plain.path, label, io, findings)
    const candidates = await lookAt(path, size, partitions)
    const choice = await chooseRoot(candidates, sourceOf, io)
    if (choice?.candidate.content !== 'ext4') throw rootError(path, candidates, choice?.candidate)
    const root = choice.candidate
    const { entries, readFile } = await readExt4(sourceOf(root), root.partition.size, io, findings, options)
    const esp = candidates.find(
      ({ partition, content }) => espTypes.has(partition.type) && content !== undefined
    )
    report(findings, candidates, [root, esp])
    const table = label === 'gpt' ? 'GPT' : 'MBR'
    const where = `${nameOf(root.partition)} of ${candidates.length}`
    if (choice.rivals.length > 0) {
      const others = choice.rivals.map(({ partition }) => nameOf(partition)).join(', ')
      findings.add('IMAGE_SEVERAL_ROOTS', 'warning', `More than one root: ${others} could be booted as well.`)
    }
    return composeImage({
      path,
      format: 'wic',
      description: `a ${table} disk; root is ${where}, ext4: ${choice.why}`,
      sha512: () => digestOfFile(path),
      entries,
      findings,
      esp: esp && openEsp(fatSource(path, plain.path, esp.partition), io),
      readFile,
      close: plain.remove
    })
  } catch (error) {
    await plain.remove()
    throw error
  }
}

function fatSource(imagePath: string, toolPath: string, partition: Partition) {
  return { imagePath, toolPath, offset: partition.start, description: nameOf(partition) }
}
