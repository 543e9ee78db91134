import type { Headers } from 'tar-stream'
import { decode, decodeLongPath, decodePax, type DecodedHeader } from 'tar-stream/headers.js'
import { HardenError, messageOf } from '../base/errors.ts'
import { damaged } from './limits.ts'
import { paxRecord } from './pax-record.ts'

/** A header with the PAX records that tar-stream hands out beside its typed fields. */
export type TarHeader = Headers & { pax?: Readonly<Record<string, string>> | null }

/** One member of an archive. */
export interface TarMember {
  /** Position in the archive, from 0: the member's identity, names can repeat. */
  ordinal: number
  header: TarHeader
  /** Where its content begins, bytes from the start of the archive. */
  start: number
  /** A PAX record of its own as it stands in the archive: tar-stream's are text, and values may be none. */
  record: (keyword: string) => Buffer | undefined
}

/** What one pass over an archive does. */
export interface TarPass {
  /** Called for every member in order; true asks for its content. A throw ends the pass. */
  member(member: TarMember): boolean
  /** Content of a member that was asked for. False ends the pass. */
  content?(member: TarMember, data: Buffer): boolean
}

/** How a pass ended. */
export interface TarPassResult {
  /** Members stand behind the end-of-archive mark; tar does not read them and neither do we. */
  hiddenMembers: boolean
}

/** Long names and PAX headers are small; what grows beyond this without a member is a memory bomb. */
const maximumHeaderBytes = 16 * 2 ** 20

const block = 512

/** True when a header needs no long-name or PAX block before it. */
function standsAlone(header: TarHeader): boolean {
  const long = (text: string | null | undefined) => Buffer.byteLength(text ?? '') > 100
  return !header.pax && !long(header.name) && !long(header.linkname)
}

/** Bytes of a member in the archive, whole blocks. */
const inBlocks = (size: number) => Math.ceil(size / block) * block

/** Members that only say something about the next one. */
const isLong = ({ type }: DecodedHeader) =>
  type === 'gnu-long-path' ||
  type === 'gnu-long-link-path' ||
  type === 'pax-header' ||
  type === 'pax-global-header'

/** Takes what stands in front of members and puts it into their headers. */
function createLongHeaders() {
  let name: string | undefined
  let linkname: string | undefined
  let pax: Record<string, string> | undefined
  let all: Record<string, string> | undefined
  /** Blocks since the last member. */
  let raw: Buffer[] = []
  return {
    take({ type }: DecodedHeader, header: Buffer, body: Buffer, size: number) {
      raw.push(header, body)
      const content = body.subarray(0, size)
      if (type === 'gnu-long-path') name = decodeLongPath(content, 'utf-8')
      else if (type === 'gnu-long-link-path') linkname = decodeLongPath(content, 'utf-8')
      else if (type === 'pax-global-header') all = decodePax(content)
      else pax = { ...all, ...decodePax(content) }
    },
    /** The header of the next member, and the blocks that stood before it. */
    apply(decoded: DecodedHeader): { header: TarHeader; before: readonly Buffer[] } {
      const header: TarHeader = {
        ...(decoded as Headers),
        name: pax?.['path'] || name || decoded.name,
        linkname: pax?.['linkpath'] || linkname || decoded.linkname,
        ...(pax?.['size'] && { size: Number.parseInt(pax['size'], 10) }),
        pax: pax ?? null
      }
      const before = raw
      name = linkname = pax = undefined
      raw = []
      return { header, before }
    }
  }
}

/**
 * Reads a tar archive once, front to back; the blocks are decoded by tar-stream. Its own parser makes a stream for
 * every member, be its content wanted or not: here what nobody asked for is passed over by its length
 * (`test/image/tar-pass.test.ts` holds the two together).
 * @throws HardenError `IMAGE_DAMAGED` when it breaks off or a header is wrong; whatever the source throws.
 */
export async function passOverTar(
  path: string,
  source: AsyncIterable<Buffer>,
  pass: TarPass
): Promise<TarPassResult> {
  const long = createLongHeaders()
  let ordinal = -1
  /** Where the blocks of the last member end. */
  let expected = 0
  /** Bytes of the archive taken so far. */
  let position = 0
  /** Bytes to pass over. */
  let skip = 0
  /** Bytes to gather, and what they are for. */
  let want = block
  let use: (bytes: Buffer) => void = onHeader
  let gathered: Buffer[] = []
  let has = 0
  /** The last block was of nothing but zeros: the end-of-archive mark, or a part of it. */
  let isEnded = false
  let stopped = false
  let hiddenMembers = false

  function next(bytes: number, then: (bytes: Buffer) => void): void {
    want = bytes
    use = then
  }

  function onHeader(bytes: Buffer): void {
    const decoded = decode(bytes, 'utf-8', false)
    isEnded = decoded === null
    if (decoded === null) return
    const size = decoded.size ?? 0
    if (isLong(decoded)) {
      if (position - expected + size > maximumHeaderBytes)
        throw new Error('a header is larger than any name can be.')
      checkSize(size)
      // Copied: the blocks of a member are looked at when its header has come.
      const header = Buffer.from(bytes)
      next(inBlocks(size), (body) => {
        long.take(decoded, header, Buffer.from(body), size)
        next(block, onHeader)
      })
      if (size === 0) use(Buffer.alloc(0))
      return
    }
    onMember(decoded)
  }

  function onMember(decoded: DecodedHeader): void {
    const { header, before } = long.apply(decoded)
    const start = position - block
    ordinal += 1
    if (start > expected && standsAlone(header)) {
      hiddenMembers = true
      stopped = true
      return
    }
    checkSize(header.size ?? 0)
    const size = header.type === 'directory' ? 0 : (header.size ?? 0)
    expected = position + inBlocks(size)
    const record = (keyword: string) => paxRecord(Buffer.concat(before), keyword)
    const member = { ordinal, header, start: position, record }
    const isWanted = pass.member(member)
    if (!isWanted) skip = inBlocks(size)
    else if (size === 0) stopped = pass.content?.(member, Buffer.alloc(0)) === false
    else {
      next(inBlocks(size), (body) => {
        // Copied: a piece of a chunk would keep all of it in memory.
        stopped = pass.content?.(member, Buffer.from(body.subarray(0, size))) === false
        next(block, onHeader)
      })
    }
  }

  /** Hands on what is complete in a chunk. */
  function take(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && !stopped) {
      if (skip > 0) {
        const passed = Math.min(skip, chunk.length - at)
        skip -= passed
        at += passed
        position += passed
        continue
      }
      const piece = chunk.subarray(at, at + want - has)
      at += piece.length
      position += piece.length
      has += piece.length
      if (has < want) {
        gathered.push(piece)
        return
      }
      const bytes = gathered.length === 0 ? piece : Buffer.concat([...gathered, piece])
      gathered = []
      has = 0
      use(bytes)
    }
  }

  for await (const chunk of source) {
    try {
      take(chunk)
    } catch (error) {
      throw error instanceof HardenError ? error : damaged(path, messageOf(error), error)
    }
    if (stopped) return { hiddenMembers }
  }
  if (skip > 0 || has > 0 || use !== onHeader) throw damaged(path, 'Unexpected end of data')
  if (!isEnded) {
    throw damaged(path, 'the tar archive ends without its end-of-archive mark.')
  }
  return { hiddenMembers }
}

/** A size in base 256 or in a PAX record can be anything. */
function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) throw new Error('the size of a member is no number.')
}
