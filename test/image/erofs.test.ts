import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { HardenError } from '../../lib/base/errors.ts'
import type { Exec } from '../../lib/base/exec.ts'
import type { OpenImageOptions } from '../../lib/image/limits.ts'
import { openImage } from '../../lib/image/open-image.ts'
import { io, makeSmallTree, put, sandboxProblem, scratchDirectory, tool } from './images.ts'

/** What an erofs may do to the machine that unpacks it, and what it may not. */

const scratch = await scratchDirectory()
const tree = join(scratch, 'tree')
const image = join(scratch, 'good.erofs')
const temporaryDirectory = join(scratch, 'temporary')
const problem = await sandboxProblem()

beforeAll(async () => {
  await makeSmallTree(tree)
  await put(tree, 'opt/sixteen-letters/marker', 'inside\n')
  await put(tree, 'usr/bin/su', 'su', 0o4755)
  await put(tree, 'opt/large', Buffer.alloc(2 ** 20))
  await symlink(`${temporaryDirectory}/..`, join(tree, 'opt/sixteen-leading'))
  await mkdir(temporaryDirectory)
  await tool('mkfs.erofs', '-E', 'nosbcrc', image, tree)
})

beforeEach((context) => {
  if (problem !== undefined) context.skip(problem)
})

/** The image with one text replaced by another of the same length wherever it stands. */
async function patched(name: string, from: string, to: string): Promise<string> {
  expect(to).toHaveLength(from.length)
  const bytes = await readFile(image)
  expect(bytes.includes(from)).toBe(true)
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from)) bytes.write(to, at)
  const path = join(scratch, name)
  await writeFile(path, bytes)
  return path
}

/** Code of the error of opening it, or the paths it has. */
async function outcome(path: string, options: OpenImageOptions = {}, exec: Exec = io.exec) {
  try {
    const opened = await openImage(path, { ...io, exec }, { temporaryDirectory, ...options })
    const paths = [...opened.entries.keys()]
    await opened.close()
    return paths
  } catch (error) {
    if (error instanceof HardenError) return error.code
    throw error
  }
}

describe('an erofs', () => {
  test('is unpacked only while it is open', async () => {
    const opened = await openImage(image, io, { temporaryDirectory })
    expect(await readdir(temporaryDirectory)).toHaveLength(1)
    expect(opened.lstat('/usr/bin/su')?.mode).toBe(0o4755)
    expect(await opened.readText('/opt/sixteen-letters/marker')).toBe('inside\n')
    await opened.close()
    expect(await readdir(temporaryDirectory)).toEqual([])
  })

  test('with a name that leads out of it changes nothing outside', async () => {
    const path = await patched('out', 'sixteen-letters', '../../../../out')
    const before = await readdir(scratch)
    expect(await outcome(path)).toBe('IMAGE_DAMAGED')
    expect(await readdir(scratch)).toEqual(before)
    expect(await readdir(temporaryDirectory)).toEqual([])
  })

  test('with a link where a directory of the same name follows writes nothing through it', async () => {
    const path = await patched('through', 'sixteen-letters', 'sixteen-leading')
    await outcome(path)
    expect(await readdir(scratch)).not.toContain('marker')
    expect(await readdir(temporaryDirectory)).toEqual([])
  })

  test('with a directory that contains the root comes to an end', async () => {
    const path = await patched('loop', '...marker', '.zzmarker')
    expect(await outcome(path)).toBe('IMAGE_DAMAGED')
    expect(await readdir(temporaryDirectory)).toEqual([])
  })

  test('whose root is a link, a file or a device is damaged, and leads nowhere', async () => {
    const bytes = await readFile(image)
    const root = bytes.readUInt32LE(1024 + 40) * 4096 + bytes.readUInt16LE(1024 + 14) * 32
    // The link's target: content that ends before the first NUL.
    const target = bytes.readUInt16LE(root) & 1 ? root + 64 : root + 32
    bytes.write('/etc\0', target)
    if (bytes.readUInt16LE(root) & 1) bytes.writeBigUInt64LE(4n, root + 8)
    else bytes.writeUInt32LE(4, root + 8)
    for (const mode of [0o120777, 0o100644, 0o020644]) {
      bytes.writeUInt16LE(mode, root + 4)
      await writeFile(join(scratch, 'root'), bytes)
      expect(await outcome(join(scratch, 'root'))).toBe('IMAGE_DAMAGED')
    }
    expect(await readdir(temporaryDirectory)).toEqual([])
  })

  test('is held to the limits on bytes and inodes', async () => {
    expect(await outcome(image, { maximumDecompressedBytes: 2 ** 19 })).toBe('IMAGE_TOO_LARGE')
    expect(await outcome(image, { maximumDecompressedBytes: 2 ** 20 })).toBe('IMAGE_TOO_LARGE')
    // Which limit is seen first depends on what else writes to the same file system.
    expect(await outcome(image, { maximumEntries: 3 })).toMatch(/^IMAGE_TOO_LARGE(?:_TABLE)?$/)
    expect(await readdir(temporaryDirectory)).toEqual([])
  })

  test('that breaks off is damaged', async () => {
    const cut = join(scratch, 'cut')
    await writeFile(cut, (await readFile(image)).subarray(0, 6000))
    expect(await outcome(cut)).toBe('IMAGE_DAMAGED')
  })

  test('is not unpacked where nothing can be shut in', async () => {
    const refusing: Exec = {
      ...io.exec,
      stream: (_file, _args, options) =>
        io.exec.stream(
          'sh',
          ['-c', 'echo "bwrap: No permissions to create new namespace" >&2; exit 1'],
          options
        )
    }
    expect(await outcome(image, {}, refusing)).toBe('SANDBOX_UNAVAILABLE')
    expect(await readdir(temporaryDirectory)).toEqual([])
  })
})
