import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openingError, scratchDirectory, status, tool, withImage } from './images.ts'

const scratch = await scratchDirectory()

async function file(name: string, content: string | Buffer): Promise<string> {
  await writeFile(join(scratch, name), content)
  return join(scratch, name)
}

describe('what is no image is said once and clearly', () => {
  test.each([
    ['an empty file', Buffer.alloc(0)],
    ['a jpeg', Buffer.from('ffd8ffe000104a46494600010100', 'hex')],
    ['zeros', Buffer.alloc(20_000)],
    ['prose', 'Dear reader,\nthis is no image.\n'],
    ['json', '{"Package": "x"}\n'],
    ['a table with bars', 'a|b|c\n'],
    ['headers of a mail', 'From: me\nTo: you\n\nhello\n']
  ])('%s', async (name, content) => {
    const path = await file(name.replaceAll(' ', '-'), content)
    const error = await openingError(path)
    expect(error).toMatchObject({ code: 'IMAGE_NOT_RECOGNISED', kind: 'usage', path })
    expect(error.hint).toMatch(
      /directory, tar, ext4, squashfs or erofs, a disk image .* dpkg status file or an isar \.manifest/
    )
  })

  test('nothing at all', async () => {
    const error = await openingError(join(scratch, 'missing', 'image.wic'))
    expect(error).toMatchObject({ code: 'IMAGE_NOT_FOUND', kind: 'usage' })
  })

  test('a socket', async () => {
    const path = join(scratch, 'socket')
    const server = createServer().listen(path)
    expect((await openingError(path)).message).toMatch(/neither a file nor a directory/)
    server.close()
  })

  test.each([
    ['index', 'Package: a\nFilename: pool/a.deb\nSize: 1\n', /index of an apt repository/, /dpkg\/status/]
  ])('a %s is named and the way out with it', async (name, content, message, hint) => {
    const error = await openingError(await file(name, content.padEnd(2000)))
    expect(error).toMatchObject({ code: 'IMAGE_NOT_RECOGNISED' })
    expect(error.message).toMatch(message)
    expect(error.hint).toMatch(hint)
  })

  test('compressed, but no tar', async () => {
    const text = await openingError(await file('text.gz', gzipSync('hello '.repeat(5000))))
    expect(text.message).toMatch(/holds gzip-compressed data, but no image/)
    const packed = await openingError(await file('twice.gz', gzipSync(gzipSync('hello'))))
    expect(packed.message).toMatch(/gzip-compressed gzip file/)
    expect(packed.hint).toMatch(/Decompress it first/)
    const empty = await openingError(await file('empty.gz', gzipSync('')))
    expect(empty.code).toBe('IMAGE_NOT_RECOGNISED')
  })
})

describe('a text instead of an image', () => {
  test('a bare dpkg status gives that one file', async () => {
    const path = await file('image.dpkg_status', status.repeat(400))
    await withImage(path, async (image) => {
      expect(image).toMatchObject({ format: 'dpkg-status', hasFiles: false })
      expect(image.entries.size).toBe(0)
      expect(await image.readText('/var/lib/dpkg/status')).toBe(status.repeat(400))
      expect(await image.read('/etc/passwd')).toBeUndefined()
      await expect(image.read('/var/lib/dpkg/status', 100)).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' })
      expect(await image.sha512()).toMatch(/^[0-9a-f]{128}$/)
    })
  })

  test("isar's manifest gives that one file", async () => {
    const text = 'audit|1:3.0.9-1|auditd:amd64|1:3.0.9-1\nbash|5.2.15-2|bash:amd64|5.2.15-2+b1\n'
    await withImage(await file('image.manifest', text), async (image) => {
      expect(image).toMatchObject({ format: 'manifest', hasFiles: false })
      expect(await image.readText('/manifest')).toBe(text)
      expect(await image.read('/var/lib/dpkg/status')).toBeUndefined()
    })
  })

  test('a name says nothing: a status file called .wic, through a link', async () => {
    await symlink(await file('x', status), join(scratch, 'image.wic'))
    await withImage(join(scratch, 'image.wic'), (image) => {
      expect(image.format).toBe('dpkg-status')
    })
  })
})

describe('a directory', () => {
  test('a name with a line break is refused and said', async () => {
    const root = join(scratch, 'odd')
    await mkdir(join(root, 'etc'), { recursive: true })
    await writeFile(join(root, 'etc/two\nlines'), 'x')
    await withImage(root, (image) => {
      expect([...image.entries.keys()]).toEqual(['/', '/etc'])
      expect(image.findings).toMatchObject([{ code: 'IMAGE_NAME_REJECTED', severity: 'error', path: '/etc' }])
    })
  })

  test('a name that is not UTF-8 is kept and can be read', async () => {
    const root = join(scratch, 'latin1')
    await mkdir(root)
    await tool('sh', '-c', `printf hello > "$(printf '${root}/caf\\351')"`)
    await withImage(root, async (image) => {
      expect(await image.readText('/caf\uFFFD')).toBe('hello')
    })
  })

  test('a file replaced by a link after opening does not lead out', async () => {
    const root = join(scratch, 'racy')
    await mkdir(root)
    await writeFile(join(root, 'file'), 'inside')
    await withImage(root, async (image) => {
      await tool('ln', '-sf', '/etc/passwd', join(root, 'file'))
      await expect(image.read('/file')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    })
  })
})
