import type { Headers } from 'tar-stream'
import { extract } from 'tar-stream'
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

/** Turns of the event loop without any progress after which the parser is stuck; it works within one. */
const idleTurns = 1000
const stuck = 'a header says what no archive can hold.'

/** The bytes of an archive from `start` to `end` out of the pieces that hold them; empty when not all are there. */
function between(pieces: readonly { at: number; bytes: Buffer }[], start: number, end: number): Buffer {
  const parts = pieces.map(({ at, bytes }) => bytes.subarray(Math.max(0, start - at), Math.max(0, end - at)))
  const all = Buffer.concat(parts)
  return all.length === end - start ? all : Buffer.alloc(0)
}

/** True when a header needs no long-name or PAX block before it. */
function standsAlone(header: TarHeader): boolean {
  const long = (text: string | null | undefined) => Buffer.byteLength(text ?? '') > 100
  return !header.pax && !long(header.name) && !long(header.linkname)
}

/**
 * Reads a tar archive once, front to back.
 * @throws HardenError `IMAGE_DAMAGED` when it breaks off or a header is wrong; whatever the source throws.
 */
export async function passOverTar(
  path: string,
  source: AsyncIterable<Buffer>,
  pass: TarPass
): Promise<TarPassResult> {
  const parser = extract()
  let ordinal = -1
  let expected = 0
  let written = 0
  let stopped = false
  let hiddenMembers = false
  let failure: unknown
  let progress = 0
  /** What was written from the first header on that has not been parsed, and where that begins. */
  let recent: { at: number; bytes: Buffer }[] = []
  parser.on('error', (error: unknown) => (failure ??= error))
  const closed = new Promise<void>((resolve) => parser.once('close', resolve))

  /** Waits for the parser; false when it came to rest without: its own faults must not hang us. */
  async function comes(event: Promise<unknown>): Promise<boolean> {
    let came = false
    void event.then(() => (came = true))
    for (let idle = 0, seen = progress; !hasCome() && idle < idleTurns; idle += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      if (seen !== progress) idle = 0
      seen = progress
    }
    return hasCome()
    function hasCome(): boolean {
      return came
    }
  }

  parser.on('entry', (header: TarHeader, stream, next) => {
    stream.on('error', () => undefined) // it fails with its archive, whose error is the one reported
    ordinal += 1
    const start = (stream as unknown as { offset: number }).offset
    if (start > expected && standsAlone(header)) {
      hiddenMembers = true
      stopped = true
      parser.destroy()
      return
    }
    progress += 1
    // tar-stream waits for ever for a member whose size is no number.
    if (!Number.isSafeInteger(header.size ?? 0) || (header.size ?? 0) < 0) {
      failure ??= new Error('the size of a member is no number.')
      parser.destroy()
      return
    }
    const size = header.type === 'directory' ? 0 : (header.size ?? 0)
    const headers = expected
    expected = start + block + Math.ceil(size / block) * block
    const record = (keyword: string) => paxRecord(between(recent, headers, start), keyword)
    const member = { ordinal, header, start: start + block, record }
    try {
      if (!pass.member(member)) {
        stream.on('end', () => {
          progress += 1
          next()
        })
        stream.resume()
        return
      }
    } catch (error) {
      failure ??= error
      parser.destroy()
      return
    }
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      progress += 1
      if (pass.content?.(member, Buffer.concat(chunks)) === false) {
        stopped = true
        parser.destroy()
      } else next()
    })
  })

  let tail: Buffer = Buffer.alloc(0)
  for await (const chunk of source) {
    if (stopped || failure !== undefined) break
    const oldest = Math.max(expected, written - maximumHeaderBytes)
    recent = recent.filter(({ at, bytes }) => at + bytes.length > oldest)
    recent.push({ at: written, bytes: chunk })
    written += chunk.length
    const drained = parser.write(chunk)
    if (!drained) {
      const drain = new Promise((resolve) => parser.once('drain', resolve))
      if (!(await comes(Promise.race([drain, closed])))) failure ??= new Error(stuck)
    }
    if (written - expected > maximumHeaderBytes && chunk.some((byte) => byte !== 0)) {
      failure ??= new Error('a header is larger than any name can be.')
    }
    tail = chunk.length >= block ? chunk.subarray(-block) : Buffer.concat([tail, chunk]).subarray(-block)
  }
  if (stopped) return { hiddenMembers }
  if (failure === undefined) {
    parser.end()
    if (!(await comes(closed))) failure ??= new Error(stuck)
  }
  if (stopped) return { hiddenMembers }
  if (failure instanceof HardenError) throw failure
  if (failure !== undefined) throw damaged(path, messageOf(failure), failure)
  if (tail.length < block || tail.some((byte) => byte !== 0)) {
    throw damaged(path, 'the tar archive ends without its end-of-archive mark.')
  }
  return { hiddenMembers }
}
