import { mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import type { Headers } from 'tar-stream'
import { beforeAll, describe, expect, test } from 'vitest'
import { openImage } from '../../lib/image/open-image.ts'
import {
  codesOf,
  io,
  makeTar,
  makeTree,
  openingError,
  put,
  scratchDirectory,
  tableOf,
  tool,
  withImage
} from './images.ts'

const scratch = await scratchDirectory()
const tree = join(scratch, 'tree')
let archive = ''

/** An archive with exactly these members, whatever tar would say to them. */
async function archiveOf(
  name: string,
  members: readonly (Headers & { content?: string })[]
): Promise<string> {
  const stream = pack()
  for (const { content, ...header } of members) stream.entry({ mode: 0o644, ...header }, content ?? '')
  stream.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  await writeFile(join(scratch, name), Buffer.concat(chunks))
  return join(scratch, name)
}

beforeAll(async () => {
  await makeTree(tree)
  archive = await makeTar(tree, join(scratch, 'tree.tar'))
})

describe('against tar itself', () => {
  test('names, modes, owners and sizes are those of tar --list', async () => {
    const listed = (await tool('tar', '--numeric-owner', '--quoting-style=literal', '-tvf', archive))
      .split('\n')
      .filter((line) => /^[-d]/.test(line))
      .map((line) => {
        const [, mode = '', owner = '', size = '', name = ''] =
          /^(\S+) +(\S+) +(\d+) \S+ \S+ \.(\/.*?)\/?$/.exec(line) ?? []
        return [name || '/', mode, owner, size].join(' ')
      })
    const symbolic = (mode: number) => {
      const triple = (bits: number, special: boolean, letter: string) =>
        `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}` +
        (special ? (bits & 1 ? letter : letter.toUpperCase()) : bits & 1 ? 'x' : '-')
      return (
        triple(mode >> 6, (mode & 0o4000) !== 0, 's') +
        triple(mode >> 3, (mode & 0o2000) !== 0, 's') +
        triple(mode, (mode & 0o1000) !== 0, 't')
      )
    }
    await withImage(archive, (image) => {
      const ours = [...image.entries.values()]
        .filter(({ type }) => type === 'file' || type === 'directory')
        .filter(({ path }) => path !== '/usr/bin/su-again') // tar lists it as a link
        .map(
          ({ path, type, mode, uid, gid, size }) =>
            `${path} ${type === 'file' ? '-' : 'd'}${symbolic(mode)} ${uid}/${gid} ${size}`
        )
      expect(ours.sort()).toEqual(listed.sort())
    })
  })

  test('an appended file replaces the older one, for its hard link too only where tar does', async () => {
    const path = join(scratch, 'appended.tar')
    const newer = join(scratch, 'newer')
    await tool('cp', archive, path)
    await put(newer, 'usr/bin/su', 'newer su', 0o700)
    await put(newer, 'etc/passwd', 'new\n', 0o600)
    await tool('tar', '-C', newer, '--numeric-owner', '-rf', path, './usr/bin/su', './etc/passwd')
    const unpacked = join(scratch, 'unpacked')
    await mkdir(unpacked)
    await tool('tar', '-C', unpacked, '-xpf', path)
    const [ours, real] = await Promise.all([openImage(path, io), openImage(unpacked, io)])
    expect(tableOf(ours)).toEqual(tableOf(real))
    for (const file of ['/usr/bin/su', '/usr/bin/su-again', '/etc/passwd']) {
      expect(await ours.readText(file)).toBe(await real.readText(file))
    }
  })

  test('members below a linked directory go where the link points', async () => {
    const path = join(scratch, 'merged.tar')
    const first = join(scratch, 'merged')
    const second = join(scratch, 'later')
    await mkdir(join(first, 'usr/lib'), { recursive: true })
    await symlink('usr/lib', join(first, 'lib'))
    await put(second, 'lib/late', 'late')
    await tool('tar', '-C', first, '-cf', path, '.')
    await tool('tar', '-C', second, '-rf', path, './lib/late')
    await withImage(path, async (image) => {
      expect(image.lstat('/lib')?.type).toBe('symlink')
      expect(await image.readText('/usr/lib/late')).toBe('late')
    })
  })

  test('owners above the octal field', async () => {
    const root = join(scratch, 'far')
    await put(root, 'file')
    for (const format of ['pax', 'gnu']) {
      const path = join(scratch, `far-${format}.tar`)
      await tool(
        'tar',
        '-C',
        root,
        `--format=${format}`,
        '--owner=:4000000000',
        '--group=:3000000000',
        '-cf',
        path,
        '.'
      )
      await withImage(path, (image) => {
        expect(image.stat('/file')).toMatchObject({ uid: 4_000_000_000, gid: 3_000_000_000 })
      })
    }
  })
})

describe('hostile archives', () => {
  test('names that lead out stay inside and are said', async () => {
    const path = await archiveOf('outside.tar', [
      { name: '../../etc/passwd', content: 'evil' },
      { name: '/absolute', content: 'a' },
      { name: 'a/../../b', content: 'b' }
    ])
    await withImage(path, async (image) => {
      expect([...image.entries.keys()].sort()).toEqual(['/', '/absolute', '/b', '/etc', '/etc/passwd'])
      expect(await image.readText('/etc/passwd')).toBe('evil')
      expect(codesOf(image)).toEqual(Array<string>(3).fill('IMAGE_NAME_OUTSIDE'))
    })
  })

  test('control characters, hard links to nothing and unknown types are said', async () => {
    const path = await archiveOf('odd.tar', [
      { name: 'etc/two\nlines' },
      { name: 'gone', type: 'link', linkname: '../../../etc/shadow' },
      { name: 'file', content: 'x' },
      { name: 'file/below', content: 'y' },
      { name: 'dir/child', content: 'z' },
      { name: 'dir', content: 'not a directory' }
    ])
    await withImage(path, (image) => {
      expect([...image.entries.keys()].sort()).toEqual(['/', '/dir', '/dir/child', '/etc', '/file'])
      expect(codesOf(image).sort()).toEqual([
        'IMAGE_LINK_BROKEN',
        'IMAGE_MEMBER_SKIPPED',
        'IMAGE_MEMBER_SKIPPED',
        'IMAGE_NAME_OUTSIDE',
        'IMAGE_NAME_REJECTED'
      ])
    })
  })

  test('a link loop as parent ends', async () => {
    const path = await archiveOf('loop.tar', [
      { name: 'a', type: 'symlink', linkname: 'b' },
      { name: 'b', type: 'symlink', linkname: 'a' },
      { name: 'a/file', content: 'x' }
    ])
    await withImage(path, (image) => {
      expect([...image.entries.keys()].sort()).toEqual(['/', '/a', '/b'])
      expect(codesOf(image)).toEqual(['IMAGE_MEMBER_SKIPPED'])
    })
  })

  test('what stands behind the end of the archive is not there, as for tar', async () => {
    const first = await archiveOf('first.tar', [{ name: 'etc/passwd', content: 'shown' }])
    const second = await archiveOf('second.tar', [{ name: 'etc/passwd', content: 'hidden' }])
    const path = join(scratch, 'two.tar')
    await writeFile(path, Buffer.concat([await readFile(first), await readFile(second)]))
    expect((await tool('tar', '-xOf', path)).trim()).toBe('shown')
    await withImage(path, async (image) => {
      expect(await image.readText('/etc/passwd')).toBe('shown')
      expect(codesOf(image)).toEqual(['IMAGE_MEMBERS_HIDDEN'])
    })
  })

  test('a header that asks for gigabytes of name is refused', async () => {
    const path = await archiveOf('long.tar', [{ name: 'x', content: 'x' }])
    const header = (await readFile(path)).subarray(0, 512)
    header.write('L', 156)
    header.write('77777777777', 124)
    header.write('        ', 148)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    await writeFile(path, Buffer.concat([header, Buffer.alloc(40 * 2 ** 20, 'n')]))
    expect(await openingError(path)).toMatchObject({ code: 'IMAGE_DAMAGED' })
  })

  test('too many members and too many bytes have limits', async () => {
    const entries = openImage(archive, io, { maximumEntries: 10 })
    await expect(entries).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE_TABLE', kind: 'usage' })
    const directory = openImage(tree, io, { maximumEntries: 10 })
    await expect(directory).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE_TABLE' })
    const bomb = join(scratch, 'bomb.gz')
    await writeFile(bomb, gzipSync(await readFile(archive)))
    const bytes = openImage(bomb, io, { maximumDecompressedBytes: 2 ** 20 })
    await expect(bytes).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE', kind: 'usage' })
  })

  test('a sparse member is listed, but its bytes are not given as its content', async () => {
    const root = join(scratch, 'sparse')
    await put(root, 'var/log/lastlog', 'start')
    await truncate(join(root, 'var/log/lastlog'), 5 * 2 ** 20)
    const path = join(scratch, 'sparse.tar')
    await tool('tar', '-C', root, '--format=pax', '--sparse', '-cf', path, '.')
    await withImage(path, async (image) => {
      expect(image.stat('/var/log/lastlog')?.size).toBe(5 * 2 ** 20)
      await expect(image.read('/var/log/lastlog')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    })
  })
})

describe('archives that break off', () => {
  test.each(['none', 'gzip', 'zstd', 'xz'])('%s', async (packer) => {
    const path = join(scratch, `cut.${packer}`)
    await tool('sh', '-c', `${packer === 'none' ? 'cat' : `${packer} -c`} '${archive}' > '${path}'`)
    await truncate(path, 100_000)
    expect(await openingError(path)).toMatchObject({ code: 'IMAGE_DAMAGED', kind: 'usage', path })
  })

  test('exactly between two members', async () => {
    const whole = await archiveOf('whole.tar', [{ name: 'a' }, { name: 'b' }])
    const path = join(scratch, 'between.tar')
    await writeFile(path, (await readFile(whole)).subarray(0, 1024))
    expect((await openingError(path)).message).toMatch(/end-of-archive/)
  })

  test('a flipped bit in a header', async () => {
    const bytes = await readFile(archive)
    bytes.writeUInt8(bytes.readUInt8(513) ^ 1, 513)
    await writeFile(join(scratch, 'flipped.tar'), bytes)
    expect(await openingError(join(scratch, 'flipped.tar'))).toMatchObject({ code: 'IMAGE_DAMAGED' })
  })

  test.each(['5', '0', '2'])('a size that is no number, in a header of type %s', async (type) => {
    const bytes = await readFile(archive)
    const header = bytes.subarray(512, 1024)
    header.fill('x', 124, 136)
    header.write(type, 156)
    header.fill(0x20, 148, 156)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
    const path = join(scratch, 'no-number.tar')
    await writeFile(path, bytes)
    expect(await openingError(path)).toMatchObject({ code: 'IMAGE_DAMAGED' })
  })

  test('an interrupt ends it', async () => {
    const opening = openImage(archive, { ...io, signal: AbortSignal.abort() })
    await expect(opening).rejects.toMatchObject({ code: 'INTERRUPTED', kind: 'interrupted' })
  })
})
