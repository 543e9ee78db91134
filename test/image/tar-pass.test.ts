import { Readable } from 'node:stream'
import fc from 'fast-check'
import { extract, pack, type Headers } from 'tar-stream'
import { expect, test } from 'vitest'
import { passOverTar, type TarHeader } from '../../lib/image/tar-stream-pass.ts'

// The pass over an archive, which skips what nobody wants, gives what tar-stream's own parser gives.

type Member = Headers & { content: Buffer; pax?: Record<string, string> }

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', 'ä'), minLength: 1, maxLength: 20 })
const name = fc
  .tuple(letters, fc.constantFrom('', 'deep/'.repeat(40), 'n'.repeat(150)))
  .map(([one, other]) => `${other}x${one}y`)
const member: fc.Arbitrary<Member> = fc
  .record({
    name,
    type: fc.constantFrom('file', 'file', 'file', 'directory', 'symlink', 'link', 'fifo'),
    linkname: name,
    mode: fc.nat(0o7777),
    uid: fc.nat(300_000),
    gid: fc.nat(300_000),
    size: fc.oneof(fc.constantFrom(0, 1, 511, 512, 513, 1024), fc.nat(5000)),
    pax: fc.option(fc.constant({ 'SCHILY.xattr.user.a': 'b', mtime: '12345.678' }), { nil: undefined }),
    byte: fc.nat(255)
  })
  .map(({ size, byte, type, linkname, ...one }) => ({
    ...one,
    type,
    mtime: new Date(1_000_000_000_000),
    ...((type === 'symlink' || type === 'link') && { linkname }),
    content: Buffer.alloc(type === 'file' ? size : 0, byte)
  }))

async function archiveOf(members: readonly Member[]): Promise<Buffer> {
  const stream = pack()
  for (const { content, ...header } of members) stream.entry(header, content)
  stream.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const seen = ({ name, type, mode, uid, gid, size, linkname, pax }: TarHeader, content: string) => ({
  ...{ name, type, mode, uid, gid, size, linkname, content },
  pax: pax && { ...pax }
})

async function byTarStream(archive: Buffer) {
  const found: ReturnType<typeof seen>[] = []
  for await (const entry of Readable.from([archive]).pipe(extract())) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk)
    found.push(seen(entry.header, Buffer.concat(chunks).toString('hex')))
  }
  return found
}

function* pieces(archive: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < archive.length; turn += 1) {
    const length = lengths[turn % lengths.length]!
    yield archive.subarray(at, at + length)
    at += length
  }
}

test('members and contents are those of tar-stream, wherever the archive is cut into pieces', async () => {
  const lengths = fc.array(fc.constantFrom(1, 100, 511, 512, 513, 4096, 65_536), {
    minLength: 1,
    maxLength: 4
  })
  const wanted = fc.array(fc.boolean(), { minLength: 6, maxLength: 6 })
  const members = fc.array(member, { maxLength: 6 })
  const property = fc.asyncProperty(members, lengths, wanted, async (list, cuts, wants) => {
    const archive = await archiveOf(list)
    const expected = await byTarStream(archive)
    const found: ReturnType<typeof seen>[] = []
    const { hiddenMembers } = await passOverTar('archive', Readable.from(pieces(archive, cuts)), {
      member({ ordinal, header, start }) {
        expect(ordinal).toBe(found.length)
        expect(start % 512).toBe(0)
        found.push(seen(header, ''))
        return wants[ordinal] === true
      },
      content({ ordinal, start }, data) {
        found[ordinal]!.content = data.toString('hex')
        expect(archive.subarray(start, start + data.length)).toEqual(data)
        return true
      }
    })
    expect(hiddenMembers).toBe(false)
    expect(found).toEqual(expected.map((one, index) => (wants[index] ? one : { ...one, content: '' })))
  })
  await fc.assert(property, { numRuns: 150 })
})

test('broken off anywhere, it is damaged; no member is made up', async () => {
  const archive = await archiveOf([
    { name: 'deep/'.repeat(40), content: Buffer.alloc(700, 1) },
    { name: 'b', pax: { a: 'b' }, content: Buffer.alloc(512, 2) },
    { name: 'c', content: Buffer.alloc(1024) }
  ])
  const end = archive.length - 1024
  const property = fc.asyncProperty(fc.nat(end), async (length) => {
    const cut = passOverTar('archive', Readable.from([archive.subarray(0, length)]), { member: () => true })
    await expect(cut).rejects.toMatchObject({ code: 'IMAGE_DAMAGED' })
  })
  await fc.assert(property, { numRuns: 200 })
})
