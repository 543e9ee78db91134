import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { readDirectoryRows } from '../../lib/image/ext4-rows.ts'
import {
  codesOf,
  io,
  makeExt4,
  makeTree,
  openingError,
  put,
  scratchDirectory,
  tool,
  withImage
} from './images.ts'
import { openImage } from '../../lib/image/open-image.ts'

const scratch = await scratchDirectory()
const tree = join(scratch, 'tree')
let good = ''

/** Replaces bytes of a name inside an image of the same length: what no mounted file system would write. */
async function withName(name: string, from: string, to: string): Promise<string> {
  const root = join(scratch, `${name}-tree`)
  await put(root, 'etc/passwd', 'real\n')
  await put(root, `etc/${from}`, 'odd')
  await put(root, 'etc/zz-last', 'last')
  const file = join(scratch, name)
  await tool('truncate', '-s', '4M', file)
  // Without checksums, so that the changed directory block is still a valid one.
  await tool('mke2fs', '-q', '-t', 'ext4', '-O', '^metadata_csum,^dir_index', '-d', root, file)
  const bytes = await readFile(file)
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at, 'latin1')
  await writeFile(file, bytes)
  return file
}

beforeAll(async () => {
  await makeTree(tree)
  good = await makeExt4(tree, join(scratch, 'good'))
})

describe('hostile names', () => {
  test('a name with a line break is refused, its neighbours stay', async () => {
    const root = join(scratch, 'newline-tree')
    await put(root, 'etc/passwd', 'real\n')
    await put(root, 'etc/two\nlines', 'x')
    await put(root, 'etc/zz-last', 'last')
    await withImage(await makeExt4(root, join(scratch, 'newline')), async (image) => {
      expect(image.list('/etc')).toEqual(['passwd', 'zz-last'])
      expect(await image.readText('/etc/zz-last')).toBe('last')
      expect(image.findings).toMatchObject([{ code: 'IMAGE_NAME_REJECTED', severity: 'error', path: '/etc' }])
    })
  })

  test('a name that forges whole rows makes no file', async () => {
    const forged = 'x/0/\n/2/100644/0/0/shadow'
    await withImage(await withName('forged', 'y'.repeat(forged.length), forged), (image) => {
      expect(image.list('/etc')).toEqual(['passwd', 'zz-last'])
      expect(codesOf(image)).toEqual(['IMAGE_NAME_REJECTED'])
    })
  })

  test.each([
    ['a slash', 'a/../../b'],
    ['two dots', '..'],
    ['nothing but zeros', '\0\0\0\0'],
    ['an escape sequence', '\u001b[2J'],
    ['a name that is there already', 'passwd']
  ])('%s', async (name, odd) => {
    await withImage(await withName(name.replaceAll(' ', '-'), 'y'.repeat(odd.length), odd), async (image) => {
      expect(image.list('/etc')).toEqual(['passwd', 'zz-last'])
      expect(await image.readText('/etc/passwd')).toBe('real\n')
      expect([...image.entries.keys()].join('')).not.toMatch(/\p{Cc}/u)
    })
  })

  test('two names that forge one row each in either listing, for a debugfs that does not escape', () => {
    const row = '     12  100644 (1)      0      0       5  1-Jan-1970 00:00 '
    const plain = `/21/100644/0/0/x/0/\n/12/100644/0/0/shadow/5/\n/22/100644/0/0/z\n${row}shadow/5/\n`
    const first = row.replace('12', '21')
    const long = `${first}x/0/\n/12/100644/0/0/shadow\n${row.replace('12', '22')}z\n${row}shadow\n`
    expect(readDirectoryRows(Buffer.from(plain), Buffer.from(long)).rows).toEqual([])
  })

  test('no name whatever forges a row that is not there', () => {
    const rowOf = ['/12/100644/0/0/shadow', '/21/100644/0/0/shadow', '/0/000000/0/0/']
    const longRowOf = [12, 21].map(
      (inode) => `     ${inode}  100644 (1)      0      0       5  1-Jan-1970 00:00 shadow`
    )
    const letters = ['/', '\n', '/0/', '/5/', 'x', 'shadow', '      0       0 (0)      0      0       0']
    const piece = fc.constantFrom(...letters, ...rowOf, ...longRowOf)
    const name = fc.array(piece, { minLength: 1, maxLength: 24 }).map((pieces) => pieces.join(''))
    const inodes = fc.array(name, { minLength: 1, maxLength: 4 })
    const property = fc.property(inodes, fc.boolean(), (names, escapes) => {
      const all = ['.', ...names]
      // As debugfs prints them: raw in `ls -p`; escaped (1.47) or raw (before) in `ls -l`.
      const shown = (text: string) => (escapes ? text.replaceAll('\n', '\\x0a') : text)
      const plain = all.map((text, index) => `/${20 + index}/100644/0/0/${text}/5/\n`).join('')
      const long = all
        .map(
          (text, index) =>
            `     ${20 + index}  100644 (1)      0      0       5  1-Jan-1970 00:00 ${shown(text)}\n`
        )
        .join('')
      const { rows } = readDirectoryRows(Buffer.from(plain), Buffer.from(long))
      for (const row of rows) expect(all[row.inode - 20]).toBe(row.name)
    })
    fc.assert(property, { numRuns: 3000 })
  })
})

describe('damaged file systems', () => {
  test('truncated', async () => {
    const path = join(scratch, 'cut')
    await tool('cp', good, path)
    await truncate(path, 5_000_000)
    const error = await openingError(path)
    expect(error).toMatchObject({ code: 'IMAGE_DAMAGED', kind: 'usage', path })
    expect(error.message).toMatch(/only 5000000 are there/)
  })

  test('only its superblock is left', async () => {
    const path = join(scratch, 'stump')
    await writeFile(path, (await readFile(good)).subarray(0, 4096))
    expect(await openingError(path)).toMatchObject({ code: 'IMAGE_DAMAGED' })
  })

  test('everything behind the superblock is noise', async () => {
    const bytes = await readFile(good)
    for (let index = 2048; index < bytes.length; index += 1) bytes[index] = (index * 2_654_435_761) >>> 24
    const path = join(scratch, 'noise')
    await writeFile(path, bytes)
    expect(await openingError(path)).toMatchObject({ code: 'IMAGE_DAMAGED' })
  })

  test('a directory that is not one any more', async () => {
    const path = join(scratch, 'no-directory')
    await tool('cp', good, path)
    await tool('debugfs', '-w', '-R', 'clri /etc', path)
    const opened = await openImage(path, io).catch((error: unknown) => error)
    // Either the missing directory is said, or the image is refused; never a silent gap.
    const said = opened instanceof Error ? [(opened as { code?: string }).code] : codesOf(opened as never)
    expect(said).toContainEqual(expect.stringMatching(/IMAGE_DAMAGED|IMAGE_INODE_REJECTED/))
  })

  test('a file whose blocks are gone is an error of that file alone', async () => {
    const path = join(scratch, 'lost-blocks')
    await tool('cp', good, path)
    await tool('debugfs', '-w', '-R', 'set_inode_field /opt/big block[IND] 99999999', path)
    await tool('debugfs', '-w', '-R', 'set_inode_field /opt/big flags 0', path)
    await tool('debugfs', '-w', '-R', 'set_inode_field /opt/big block[0] 99999999', path)
    await withImage(path, async (image) => {
      await expect(image.read('/opt/big')).rejects.toMatchObject({ code: 'IMAGE_DAMAGED' })
      expect(await image.readText('/etc/passwd')).toContain('root')
    })
  })

  test('a directory inside itself does not go round for ever', async () => {
    const path = join(scratch, 'cycle')
    await tool('cp', good, path)
    await tool('debugfs', '-w', '-R', 'link /etc /home/op/again', path)
    await withImage(path, (image) => {
      expect(image.lstat('/home/op/again')).toBeUndefined()
      expect(codesOf(image)).toEqual(['IMAGE_INODE_REJECTED'])
    })
  })

  test('an unclean journal is said', async () => {
    const path = join(scratch, 'journal')
    await tool('cp', good, path)
    await tool('debugfs', '-w', '-R', 'feature needs_recovery', path)
    await withImage(path, (image) => {
      expect(codesOf(image)).toEqual(['IMAGE_NOT_CLEAN'])
    })
  })

  test('more inodes than allowed', async () => {
    const opening = openImage(good, io, { maximumEntries: 10 })
    await expect(opening).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE_TABLE' })
  })
})

test('a private link is made for an odd path and removed again', async () => {
  const path = join(scratch, 'odd ?name')
  const temporaryDirectory = join(scratch, 'tmp')
  await tool('cp', good, path)
  const image = await openImage(path, io, { temporaryDirectory })
  expect(await tool('ls', temporaryDirectory)).toMatch(/^kas-harden-/)
  await image.close()
  expect(await tool('ls', temporaryDirectory)).toBe('')
  await truncate(path, 5_000_000)
  await expect(openImage(path, io, { temporaryDirectory })).rejects.toMatchObject({ code: 'IMAGE_DAMAGED' })
  expect(await tool('ls', temporaryDirectory)).toBe('')
})
