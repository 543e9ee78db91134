import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { digestOfFile } from '../base/digest.ts'
import { HardenError } from '../base/errors.ts'
import type { Finding } from '../base/finding.ts'
import { once } from './compose-image.ts'
import type { CpioMember } from './cpio-members.ts'
import { readCpioMembers } from './cpio-members.ts'
import { deriveImage } from './derive-image.ts'
import type { Image } from './image.ts'
import type { ImageFile } from './image-file.ts'
import { describePacked } from './image-file.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { damaged, stopIfInterrupted } from './limits.ts'
import { quoted } from './names.ts'
import { notRecognised } from './not-recognised.ts'
import type { Form } from './recognise.ts'
import { headSize, recognise } from './recognise.ts'
import { unpackInto } from './unpack-image.ts'

/** Forms a root file system can have inside a package. */
const rootForms: ReadonlySet<Form | undefined> = new Set<Form>([
  ...(['gpt', 'mbr', 'ext4', 'squashfs', 'erofs', 'tar', 'gzip', 'zstd', 'xz'] as const)
])

/** Opens what was found inside; handed in, as it opens packages too. */
export type OpenInner = (
  image: ImageFile,
  forms: readonly Form[],
  io: ImageIo,
  options: OpenImageOptions
) => Promise<Image>

const descriptionLimit = 2 ** 20

async function* bytesOf(image: ImageFile, member: CpioMember, io: ImageIo): AsyncGenerator<Buffer> {
  let sum = 0
  if (member.size > 0) {
    const range = { start: member.start, end: member.start + member.size - 1, highWaterMark: 2 ** 20 }
    for await (const chunk of createReadStream(image.file, range)) {
      stopIfInterrupted(io.signal)
      const bytes = chunk as Buffer
      if (member.sum !== undefined) for (const byte of bytes) sum = (sum + byte) >>> 0
      yield bytes
    }
  }
  if (member.sum !== undefined && sum !== member.sum) {
    throw damaged(image.path, `the checksum of its member ${quoted(member.name)} is wrong.`)
  }
}

/** True when an opened image has a package database: what makes a member the root file system. */
function hasDatabase(image: Image): boolean {
  return image.stat('/var/lib/dpkg/status') !== undefined || image.list('/var/lib/dpkg/status.d').length > 0
}

/** What sw-description says of encryption and a signature; its grammar (libconfig, JSON or Lua) is not read. */
function noteOn(description: string, members: readonly CpioMember[]): string {
  const isSigned = members.some(({ name }) => name === 'sw-description.sig')
  const signature = isSigned ? 'signed (the signature is not checked here)' : 'not signed'
  return /\bencrypted["']?\s*[=:]\s*(?:true|"true")/i.test(description)
    ? `${signature}, encrypted`
    : signature
}

/**
 * Opens a SWUpdate package: a cpio archive that begins with sw-description (SWUpdate manual, "Software
 * Management"). The root is the largest member that opens as an image and has a package database. Its
 * signature is not checked.
 * @throws HardenError `IMAGE_NOT_RECOGNISED` for another cpio archive, `IMAGE_NO_ROOT`, and what opening
 *   the member throws.
 */
export async function openSwuImage(
  image: ImageFile,
  forms: readonly Form[],
  io: ImageIo,
  options: OpenImageOptions,
  openInner: OpenInner
): Promise<Image> {
  const { path } = image
  const { members, text, heads } = await readMembers(image)
  if (members[0]?.name !== 'sw-description') throw notRecognised(path, forms)
  const note = noteOn(text, members)
  const candidates = members
    .filter((member) => rootForms.has(heads.get(member)?.[0]))
    .sort((one, other) => other.size - one.size)
  let failure: HardenError | undefined
  for (const member of candidates) {
    const unpacked = await unpackInto(bytesOf(image, member, io), io, options)
    const inner = { path, file: unpacked.file, size: unpacked.size }
    let opened: Image | undefined
    try {
      opened = await openInner(inner, heads.get(member) ?? [], io, options)
    } catch (error) {
      await unpacked.remove()
      if (!(error instanceof HardenError) || error.kind !== 'usage') throw error
      failure ??= error
      continue
    }
    if (!hasDatabase(opened)) {
      await opened.close()
      await unpacked.remove()
      continue
    }
    const why = candidates[0] === member ? 'the largest' : 'the largest we can read'
    const named = text.includes(member.name) ? '' : '; sw-description does not name it'
    const what = `an update package (SWUpdate), ${note}; root is its member ${quoted(member.name)}, ${opened.description}: ${why} with a package database${named}`
    return deriveImage(opened, {
      fields: {
        format: 'swu',
        description: describePacked(what, image),
        sha512: once(() => digestOfFile(path))
      },
      findings: members.filter((other) => other !== member).flatMap(notRead),
      remove: unpacked.remove
    })
  }
  if (failure && candidates.length === 1) throw failure
  const message = `No member of ${path}, an update package (SWUpdate, ${note}), holds a Debian root file system we can read.`
  throw new HardenError('usage', 'IMAGE_NO_ROOT', message, {
    path,
    hint: 'Give the disk image or root file system of the same build.',
    cause: failure
  })
}

function notRead({ name }: CpioMember): readonly Finding[] {
  if (/^sw-description(?:\.sig)?$/.test(name)) return []
  return [
    {
      code: 'IMAGE_MEMBER_NOT_READ',
      severity: 'info',
      message: `The member ${quoted(name)} is not looked into.`
    }
  ]
}

/** The members, the text of sw-description, and the forms of the others. */
async function readMembers(image: ImageFile): Promise<{
  members: readonly CpioMember[]
  text: string
  heads: ReadonlyMap<CpioMember, readonly Form[]>
}> {
  const file = await open(image.file)
  try {
    const members = await readCpioMembers(image.path, file, image.size)
    const first = async (member: CpioMember | undefined, limit: number) => {
      const length = Math.min(member?.size ?? 0, limit)
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, member?.start ?? 0)
      return buffer.subarray(0, bytesRead)
    }
    const heads = new Map<CpioMember, readonly Form[]>()
    for (const member of members.slice(1)) heads.set(member, recognise(await first(member, headSize)))
    return { members, text: (await first(members[0], descriptionLimit)).toString('utf8'), heads }
  } finally {
    await file.close()
  }
}
