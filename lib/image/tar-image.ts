import { digestOfFile } from '../base/digest.ts'
import { HardenError } from '../base/errors.ts'
import type { Compression } from './byte-source.ts'
import { readBytes } from './byte-source.ts'
import { composeImage } from './compose-image.ts'
import { createFindingLog } from './finding-log.ts'
import type { Image, ImageEntry } from './image.ts'
import type { ImageFile } from './image-file.ts'
import { keptGroup, maximumKeptBytes } from './kept-files.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { damaged, defaultDecompressedBytes, defaultEntries, tooManyEntries } from './limits.ts'
import { notRecognised } from './not-recognised.ts'
import { onDemand } from './on-demand.ts'
import { headSize, recognise } from './recognise.ts'
import { createTarTable } from './tar-table.ts'
import { passOverTar } from './tar-stream-pass.ts'

/** Passes the bytes on, but only when the first of them are a tar header. */
async function* onlyTar(
  path: string,
  compression: Compression,
  source: AsyncIterable<Buffer>
): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0)
  const check = (bytes: Buffer) => {
    const forms = recognise(bytes.subarray(0, headSize))
    if (!forms.includes('tar')) throw notRecognised(path, forms, compression)
  }
  for await (const chunk of source) {
    if (head === undefined) {
      yield chunk
      continue
    }
    head = Buffer.concat([head, chunk])
    if (head.length < headSize) continue
    check(head)
    yield head
    head = undefined
  }
  if (head === undefined) return
  check(head)
  yield head
}

/**
 * Opens a tar archive, plain or compressed, in one streaming pass that keeps the small files of
 * `keptGroup`; any other file is read by a further pass when it is asked for.
 * @throws HardenError `IMAGE_DAMAGED`, `IMAGE_NOT_RECOGNISED` (compressed, but no tar inside),
 *   `IMAGE_TOO_LARGE`, `IMAGE_TOO_LARGE_TABLE`, `TOOL_MISSING`.
 */
export async function openTarImage(
  image: ImageFile,
  compression: Compression,
  io: ImageIo,
  options: OpenImageOptions = {}
): Promise<Image> {
  const { path } = image
  const findings = createFindingLog()
  const table = createTarTable(findings)
  const kept = new Map<number, Buffer>()
  const maximumEntries = options.maximumEntries ?? defaultEntries
  const maximumBytes = options.maximumDecompressedBytes ?? defaultDecompressedBytes
  let keptBytes = 0

  const bytes = () => onlyTar(path, compression, readBytes(image, compression, io, maximumBytes))

  const result = await passOverTar(path, bytes(), {
    member(member) {
      const entry = table.add(member)
      if (table.entries.size > maximumEntries || member.ordinal > 2 * maximumEntries) {
        throw tooManyEntries(path, maximumEntries)
      }
      if (entry?.type !== 'file' || table.memberOf(entry.path) !== member.ordinal) return false
      if (keptGroup(entry.path, entry.size) === undefined) return false
      keptBytes += entry.size
      return keptBytes <= maximumKeptBytes
    },
    content(member, data) {
      kept.set(member.ordinal, data)
      return true
    }
  })
  if (result.hiddenMembers) {
    const message = 'Members stand behind the end-of-archive mark; as tar does, they were not read.'
    findings.add('IMAGE_MEMBERS_HIDDEN', 'warning', message)
  }

  const readMember = onDemand(async (wanted) => {
    const found = new Map<number, Buffer>()
    await passOverTar(path, bytes(), {
      member: ({ ordinal }) => wanted.has(ordinal),
      content({ ordinal }, data) {
        found.set(ordinal, data)
        return found.size < wanted.size
      }
    })
    return found
  })

  async function readFile(entry: ImageEntry): Promise<Buffer> {
    if (entry.size === 0) return Buffer.alloc(0)
    const member = table.memberOf(entry.path)
    if (member === undefined) {
      throw new HardenError('usage', 'FILE_UNREADABLE', `${entry.path} is stored sparse in ${path}.`, {
        path: entry.path,
        hint: 'Make the archive without --sparse.'
      })
    }
    const data = kept.get(member) ?? (await readMember(member))
    if (data?.length !== entry.size) throw damaged(path, `${entry.path} is incomplete.`)
    return data
  }

  return composeImage({
    path,
    format: 'tar',
    description: compression === 'none' ? 'a tar archive' : `a tar archive, ${compression}-compressed`,
    sha512: () => digestOfFile(path),
    entries: table.entries,
    capabilities: () => Promise.resolve(table.capabilities),
    findings,
    readFile
  })
}
