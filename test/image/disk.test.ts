import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  codesOf,
  makeDisk,
  makeExt4,
  makeSmallTree,
  openingError,
  put,
  scratchDirectory,
  tool,
  withImage
} from './images.ts'

const scratch = await scratchDirectory()
const linux = '0fc63daf-8483-4772-8e79-3d69d8477de4'
let root = ''
let data = ''
let good = ''

beforeAll(async () => {
  await makeSmallTree(join(scratch, 'tree'))
  root = await makeExt4(join(scratch, 'tree'), join(scratch, 'root'), '4M')
  await put(join(scratch, 'data-tree'), 'home/op/file', 'data')
  data = await makeExt4(join(scratch, 'data-tree'), join(scratch, 'data'), '4M')
  await writeFile(join(scratch, 'hello.txt'), 'hello from the ESP\n')
  good = await makeDisk(join(scratch, 'good'), [{ image: root }], {
    '/EFI/BOOT/hello.txt': join(scratch, 'hello.txt')
  })
})

describe('which partition is the root', () => {
  test('by content when the types say nothing', async () => {
    const path = await makeDisk(join(scratch, 'untyped'), [
      { image: data, type: linux, name: 'data' },
      { image: root, type: linux, name: 'system' }
    ])
    await withImage(path, async (image) => {
      expect(image.description).toBe(
        'a GPT disk; root is partition 3 ("system") of 3, ext4: it holds os-release and /var/lib/dpkg/status'
      )
      expect(await image.readText('/etc/passwd')).toContain('root')
      expect(image.findings).toMatchObject([{ code: 'IMAGE_PARTITION_NOT_READ', severity: 'info' }])
    })
  })

  test('the first of two that could be, and the second is named', async () => {
    const path = await makeDisk(join(scratch, 'ab'), [
      { image: root, name: 'rootA' },
      { image: root, name: 'rootB' }
    ])
    await withImage(path, (image) => {
      expect(image.description).toMatch(/partition 2 \("rootA"\).* the first of 2/)
      expect(image.findings).toContainEqual(
        expect.objectContaining({
          code: 'IMAGE_SEVERAL_ROOTS',
          message: expect.stringContaining('rootB') as string
        })
      )
    })
  })

  test('none', async () => {
    const path = await makeDisk(join(scratch, 'rootless'), [{ image: data, type: linux }])
    expect(await openingError(path)).toMatchObject({ code: 'IMAGE_NO_ROOT', kind: 'usage' })
  })

  test('a root that is no ext4 is refused, not replaced by a neighbour', async () => {
    const squashfs = join(scratch, 'squashfs')
    await writeFile(squashfs, 'hsqs'.padEnd(10_000))
    const path = await makeDisk(join(scratch, 'squashed'), [
      { image: squashfs },
      { image: root, type: linux }
    ])
    const error = await openingError(path)
    expect(error).toMatchObject({ code: 'IMAGE_NOT_RECOGNISED' })
    expect(error.message).toMatch(/holds a squashfs file system; we read ext4/)
  })
})

describe('a table that lies', () => {
  /** Changes the second partition's last sector in both tables, checksums included. */
  async function stretched(lastSector: bigint): Promise<string> {
    const bytes = await readFile(good)
    for (const header of [512, bytes.length - 512]) {
      const entries = Number(bytes.readBigUInt64LE(header + 72)) * 512
      bytes.writeBigUInt64LE(lastSector, entries + 128 + 40)
      bytes.writeUInt32LE(crc32(bytes.subarray(entries, entries + 128 * 128)), header + 88)
      bytes.writeUInt32LE(0, header + 16)
      bytes.writeUInt32LE(crc32(bytes.subarray(header, header + 92)), header + 16)
    }
    const path = join(scratch, `stretched-${lastSector}`)
    await writeFile(path, bytes)
    return path
  }

  test.each([400_000n, 2n ** 62n])('root up to sector %s', async (lastSector) => {
    expect(await openingError(await stretched(lastSector))).toMatchObject({
      code: 'IMAGE_DAMAGED',
      kind: 'usage'
    })
  })

  test('a truncated disk', async () => {
    const path = join(scratch, 'cut')
    await tool('cp', good, path)
    await truncate(path, 7_000_000)
    expect(await openingError(path)).toMatchObject({ code: 'IMAGE_DAMAGED' })
    await truncate(path, 1024)
    expect(await openingError(path)).toMatchObject({ code: 'IMAGE_DAMAGED' })
  })

  test('the backup table is used when the first is broken, and that is said', async () => {
    const bytes = await readFile(good)
    bytes.writeUInt8(bytes.readUInt8(512 + 90) ^ 1, 512 + 90)
    const path = join(scratch, 'backup')
    await writeFile(path, bytes)
    await withImage(path, (image) => {
      expect(codesOf(image)).toEqual(['IMAGE_TABLE_ODD'])
    })
  })

  test('a file that is two things at once', async () => {
    const bytes = await readFile(good)
    bytes.writeUInt16LE(0xef53, 1080)
    const path = join(scratch, 'both')
    await writeFile(path, bytes)
    await withImage(path, (image) => {
      expect(image.format).toBe('wic')
      expect(codesOf(image)).toContain('IMAGE_AMBIGUOUS')
    })
  })
})

describe('the EFI system partition', () => {
  test('lists and reads files, letters in any case', async () => {
    await withImage(good, async ({ esp }) => {
      expect(await esp?.list('/')).toEqual(['EFI/'])
      expect(await esp?.list('/EFI/BOOT')).toEqual(['hello.txt'])
      expect(await esp?.list('/EFI/nothing')).toEqual([])
      expect((await esp?.read('/efi/boot/HELLO.TXT'))?.toString()).toBe('hello from the ESP\n')
      expect(await esp?.read('/EFI/BOOT/missing')).toBeUndefined()
      expect(await esp?.read('/EFI')).toBeUndefined()
      expect(await esp?.read('/EFI/BOOT/*')).toBeUndefined()
      await expect(esp?.read('/EFI/BOOT/hello.txt', 5)).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' })
    })
  })

  test('a broken FAT is an error when it is asked for', async () => {
    const bytes = await readFile(good)
    bytes.fill(0xff, 2 ** 20, 2 ** 20 + 4096)
    const path = join(scratch, 'broken-fat')
    await writeFile(path, bytes)
    await withImage(path, async (image) => {
      await expect(image.esp?.list('/')).rejects.toMatchObject({ code: 'ESP_UNREADABLE', kind: 'usage' })
    })
  })
})

test('an MBR disk is read too', async () => {
  const path = join(scratch, 'mbr')
  await tool('truncate', '-s', '6M', path)
  await tool('sh', '-c', `printf 'label: dos\\nstart=2048, size=4MiB, type=83\\n' | sfdisk -q '${path}'`)
  await tool('dd', `if=${root}`, `of=${path}`, 'bs=1M', 'seek=1', 'conv=notrunc', 'status=none')
  await withImage(path, async (image) => {
    expect(image.description).toMatch(/^a MBR disk; root is partition 1 of 1/)
    expect(await image.readText('/etc/passwd')).toContain('root')
  })
})
