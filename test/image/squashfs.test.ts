import { mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSquashfsRows } from '../../lib/image/squashfs-rows.ts'
import {
  codesOf,
  makeSmallTree,
  makeSquashfs,
  openingError,
  put,
  scratchDirectory,
  withImage
} from './images.ts'

const scratch = await scratchDirectory()

async function squashed(name: string, fill: (tree: string) => Promise<unknown>): Promise<string> {
  const tree = join(scratch, `${name}-tree`)
  await makeSmallTree(tree)
  await fill(tree)
  return makeSquashfs(tree, join(scratch, name))
}

describe('names made to deceive', () => {
  test('a line break in a name or a link target forges no row', async () => {
    const forged = '-rwsr-xr-x 0/0                       3 2026-11-22 07:08 squashfs-root/etc/sudo'
    const path = await squashed('forged', async (tree) => {
      await mkdir(join(tree, `opt/a\n${forged.split('/')[0] ?? ''}`), { recursive: true })
      await writeFile(join(tree, `a\n${forged.replaceAll('/', '_')}`), 'x')
      await symlink(`x\n${forged}`, join(tree, 'link'))
    })
    await withImage(path, (image) => {
      expect([...image.entries.keys()].filter((name) => name.includes('sudo'))).toEqual([])
      expect(image.lstat('/link')?.target).toBe(`x\n${forged}`)
      expect(codesOf(image)).toEqual(['IMAGE_NAME_REJECTED', 'IMAGE_NAME_REJECTED'])
    })
  })

  test('arrows, patterns, dashes, quotes and spaces are parts of names', async () => {
    const names = ['a -> b', '-cat', '*', '[a]', 'x y', '"quoted"', 'back\\slash', 'trailing ']
    const path = await squashed('odd', async (tree) => {
      for (const name of names) await put(tree, name, `content of ${name}`)
      await symlink('to -> there', join(tree, 'link -> from'))
    })
    await withImage(path, async (image) => {
      for (const name of names) expect(await image.readText(`/${name}`)).toBe(`content of ${name}`)
      expect(image.lstat('/link -> from')?.target).toBe('to -> there')
      expect(image.findings).toEqual([])
    })
  })

  test('a name that is not UTF-8 is listed, and reading it says why not', async () => {
    const path = await squashed('latin', (tree) =>
      writeFile(Buffer.concat([Buffer.from(`${tree}/b`), Buffer.from([0xe4])]), 'x')
    )
    await withImage(path, async (image) => {
      expect(image.lstat('/b\ufffd')?.size).toBe(1)
      await expect(image.read('/b\ufffd')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    })
  })
})

describe('damage', () => {
  test('a squashfs that breaks off', async () => {
    const path = await squashed('cut', (tree) => put(tree, 'opt/x', 'x'.repeat(10_000)))
    await truncate(path, 400)
    expect(await openingError(path)).toMatchObject({ code: 'IMAGE_DAMAGED', kind: 'usage' })
    await writeFile(path, 'hsqs'.padEnd(10_000, '\0'))
    expect(await openingError(path)).toMatchObject({ code: 'IMAGE_DAMAGED', kind: 'usage' })
  })

  test('one broken file is named, the others are read', async () => {
    const big = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7919) >> 5))
    const path = await squashed('hole', async (tree) => {
      await put(tree, 'etc/big', big)
      await put(tree, 'etc/good', 'good')
    })
    const bytes = await readFile(path)
    bytes.fill(0x55, 100, 400) // the first data block, big's
    await writeFile(path, bytes)
    await withImage(path, async (image) => {
      const both = await Promise.allSettled([image.read('/etc/big'), image.read('/etc/good')])
      expect(both).toMatchObject([
        { status: 'rejected', reason: { code: 'IMAGE_DAMAGED' } },
        { status: 'fulfilled', value: Buffer.from('good') }
      ])
    })
  })
})

test('rows are read with every permission bit', () => {
  const mark = 'MARK'
  const row = (letters: string) => `${letters} 0/42                       3 2026-11-22 07:08 ${mark}/f\n`
  const modes = ['-rwsr-xr-x', '-rwSr--r--', 'drwxrwxrwt', '-rwxr-sr-x', '-rw-r-Sr-T', '----------']
  const { rows, rejected } = readSquashfsRows(Buffer.from(modes.map(row).join('')), mark)
  expect(rows.map(({ mode }) => mode.toString(8))).toEqual(['4755', '4644', '1777', '2755', '3644', '0'])
  expect([rejected, rows[0]?.uid, rows[0]?.gid, rows[0]?.size]).toEqual([0, 0, 42, 3])
})
