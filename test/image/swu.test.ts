import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseCpioHeader } from '../../lib/image/cpio-members.ts'
import { readImageFile } from '../../lib/image/read-image-file.ts'
import {
  codesOf,
  io,
  makeDisk,
  makeExt4,
  makeSmallTree,
  makeSquashfs,
  makeTar,
  openingError,
  put,
  scratchDirectory,
  status,
  tool,
  withImage
} from './images.ts'

const scratch = await scratchDirectory()
const description = (name: string) => `software = { version = "1"; images: ( { filename = "${name}"; } ); }\n`

/** A package as SWUpdate's manual makes it: cpio in the crc form. */
async function makeSwu(name: string, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const directory = join(scratch, `${name}-parts`)
  for (const [file, content] of Object.entries(files)) await put(directory, file, content)
  const path = join(scratch, name)
  const list = Object.keys(files).join('\n')
  await tool('sh', '-c', `cd '${directory}' && echo '${list}' | cpio --quiet -o -H crc -R 0:0 > '${path}'`)
  return path
}

let squashfs = ''
let disk = ''
let ext4 = ''
let tar = ''
beforeAll(async () => {
  const tree = join(scratch, 'tree')
  await makeSmallTree(tree)
  squashfs = await makeSquashfs(tree, join(scratch, 'root.squashfs'))
  ext4 = await makeExt4(tree, join(scratch, 'root.ext4'), '4M')
  disk = await makeDisk(join(scratch, 'disk'), [{ image: squashfs }])
  tar = await makeTar(tree, join(scratch, 'root.tar'))
  await tool('zstd', '-q', ext4, '-o', join(scratch, 'root.ext4.zst'))
})

describe('an update package', () => {
  test('its root is the largest member with a package database, and it says so', async () => {
    await put(join(scratch, 'data-tree'), 'data', 'x'.repeat(300_000))
    const data = await makeTar(join(scratch, 'data-tree'), join(scratch, 'data.tar'))
    const path = await makeSwu('update.swu', {
      'sw-description': description('root.squashfs'),
      'sw-description.sig': 'signature',
      'kernel.efi': 'MZ'.padEnd(100_000),
      'data.tar': await readFile(data),
      'root.squashfs': await readFile(squashfs)
    })
    await withImage(path, async (image) => {
      expect(image.format).toBe('swu')
      expect(image.description).toMatch(
        /^an update package \(SWUpdate\), signed \(.* not checked here\); root is its member "root.squashfs", a squashfs file system: the largest/
      )
      expect(await image.readText('/var/lib/dpkg/status')).toBe(status)
      expect(codesOf(image)).toEqual(['IMAGE_MEMBER_NOT_READ', 'IMAGE_MEMBER_NOT_READ'])
    })
  })

  test('with a packed root', async () => {
    const path = await makeSwu('packed.swu', {
      'sw-description': description('root.ext4.zst'),
      'root.ext4.zst': await readFile(join(scratch, 'root.ext4.zst'))
    })
    await withImage(path, async (image) => {
      expect(image.description).toMatch(/not signed; .* an ext4 file system, zstd-compressed: the largest/)
      expect(await image.readText('/etc/passwd')).toContain('root')
    })
  })

  test('without a root, encrypted, damaged or cut', async () => {
    const rootless = await makeSwu('rootless.swu', {
      'sw-description': `${description('x')} encrypted = true`,
      x: 'encrypted bytes'
    })
    expect(await openingError(rootless)).toMatchObject({ code: 'IMAGE_NO_ROOT' })
    expect((await openingError(rootless)).message).toMatch(/encrypted/)
    const good = await makeSwu('flipped.swu', {
      'sw-description': description('root.tar'),
      'root.tar': await readFile(tar)
    })
    const bytes = await readFile(good)
    bytes.writeUInt8(bytes.readUInt8(4000) ^ 1, 4000)
    await writeFile(good, bytes)
    expect((await openingError(good)).message).toMatch(/checksum of its member "root.tar" is wrong/)
    await truncate(good, 3000)
    expect(await openingError(good)).toMatchObject({ code: 'IMAGE_DAMAGED' })
  })

  test('an initrd is none', async () => {
    const path = await makeSwu('initrd', { init: 'x' })
    const error = await openingError(path)
    expect(error).toMatchObject({ code: 'IMAGE_NOT_RECOGNISED' })
    expect(error.hint).toMatch(/inside it/)
  })
})

test('a cpio header is hex and nothing else', () => {
  const bytes = fc.uint8Array({ minLength: 110, maxLength: 110 })
  fc.assert(fc.property(bytes, (data) => parseCpioHeader(Buffer.from(data)) === undefined))
  const field = fc.integer({ min: 0, max: 0xffff_ffff })
  fc.assert(
    fc.property(fc.array(field, { minLength: 13, maxLength: 13 }), (fields) => {
      const text = `070702${fields.map((value) => value.toString(16).padStart(8, '0')).join('')}`
      const header = parseCpioHeader(Buffer.from(text))
      expect(header).toEqual({ size: fields[6], nameSize: fields[11], sum: fields[12] })
    })
  )
})

test('one file is read out of every form alike, links and limits included', async () => {
  for (const path of [squashfs, ext4, disk, tar, join(scratch, 'tree'), join(scratch, 'root.ext4.zst')]) {
    expect((await readImageFile(path, '/var/lib/dpkg/status', io))?.toString()).toBe(status)
    expect(await readImageFile(path, '/var/lib/nothing', io)).toBeUndefined()
    expect(await readImageFile(path, '/etc', io)).toBeUndefined()
    const reading = readImageFile(path, '/etc/passwd', io, {}, 5)
    await expect(reading).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' })
  }
})
