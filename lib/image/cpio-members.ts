import type { FileHandle } from 'node:fs/promises'
import { damaged, maximumPathLength } from './limits.ts'

/** One member of a cpio archive. */
export interface CpioMember {
  name: string
  /** Where its content begins, bytes from the start of the file. */
  start: number
  size: number
  /** Sum of the content's bytes, 32 bits, in the `crc` variant; undefined in plain `newc`. */
  sum: number | undefined
}

/** The fixed part of a header, cpio(5) "New ASCII Format": magic and 13 fields of eight hex digits. */
export const cpioHeaderSize = 110

/** What the fixed part of a header says. */
export interface CpioHeader {
  size: number
  /** Bytes of the name with its NUL. */
  nameSize: number
  sum: number | undefined
}

const maximumMembers = 10_000
const trailer = 'TRAILER!!!'

/** Parses the fixed part of a header; undefined when it is none. */
export function parseCpioHeader(bytes: Buffer): CpioHeader | undefined {
  const text = bytes.toString('latin1', 0, cpioHeaderSize)
  const match = /^07070([12])((?:[0-9a-fA-F]{8}){13})$/.exec(text)
  if (!match?.[2]) return undefined
  const field = (index: number) => Number.parseInt(match[2]?.slice(8 * index, 8 * index + 8) ?? '', 16)
  return { size: field(6), nameSize: field(11), sum: match[1] === '2' ? field(12) : undefined }
}

const padded = (bytes: number) => Math.ceil(bytes / 4) * 4

/**
 * The members of a cpio archive (`newc` or `crc`), read header by header; content is not touched.
 * @throws HardenError `IMAGE_DAMAGED` when it breaks off or a header is wrong.
 */
export async function readCpioMembers(
  path: string,
  file: FileHandle,
  fileSize: number
): Promise<readonly CpioMember[]> {
  const members: CpioMember[] = []
  const bytesAt = async (position: number, length: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
    if (bytesRead < length) throw damaged(path, 'the cpio archive ends without its trailer.')
    return buffer
  }
  let position = 0
  while (members.length < maximumMembers) {
    const header = parseCpioHeader(await bytesAt(position, cpioHeaderSize))
    if (!header || header.nameSize < 2 || header.nameSize > maximumPathLength) {
      throw damaged(path, `there is no cpio header at byte ${position}.`)
    }
    const name = (await bytesAt(position + cpioHeaderSize, header.nameSize)).toString(
      'utf8',
      0,
      header.nameSize - 1
    )
    if (name === trailer) return members
    const start = padded(position + cpioHeaderSize + header.nameSize)
    if (start + header.size > fileSize) {
      throw damaged(path, `the member ${JSON.stringify(name)} reaches beyond the end of the file.`)
    }
    members.push({ name, start, size: header.size, sum: header.sum })
    position = padded(start + header.size)
  }
  throw damaged(path, `the cpio archive has more than ${maximumMembers} members.`)
}
