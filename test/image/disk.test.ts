import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { discoverableType } from '../../lib/image/root-types.ts'
import {
  codesOf,
  makeDisk,
  makeExt4,
  makeSmallTree,
  makeSquashfs,
  openingError,
  put,
  sandboxProblem,
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

  test('of two erofs the one that is a Debian root, without unpacking the other', async (context) => {
    const why = await sandboxProblem()
    if (why !== undefined) context.skip(why)
    const directory = join(scratch, 'erofs-data')
    await put(directory, 'var/lib/dpkg/alternatives', 'no status')
    const slots = [
      [join(scratch, 'data.erofs'), directory],
      [join(scratch, 'root.erofs'), join(scratch, 'tree')]
    ] as const
    for (const [file, tree] of slots) await tool('mkfs.erofs', file, tree)
    const disk = slots.map(([image], index) => ({ image, type: linux, name: ['data', 'system'][index]! }))
    await withImage(await makeDisk(join(scratch, 'erofs'), disk), (image) => {
      expect(image.description).toBe(
        'a GPT disk; root is partition 3 ("system") of 3, erofs: it holds os-release and /var/lib/dpkg/status'
      )
      expect(image.stat('/etc/passwd')?.type).toBe('file')
    })
  })

  test('none', async () => {
    const path = await makeDisk(join(scratch, 'rootless'), [{ image: data, type: linux }])
    expect(await openingError(path)).toMatchObject({ code: 'IMAGE_NO_ROOT', kind: 'usage' })
  })

  test('a squashfs root is read, and of two slots the difference is told', async () => {
    const squashfs = await makeSquashfs(join(scratch, 'tree'), join(scratch, 'squashfs'))
    await makeSmallTree(join(scratch, 'newer'))
    await put(join(scratch, 'newer'), 'var/lib/dpkg/status', 'Package: newer\n\n')
    const newer = await makeSquashfs(join(scratch, 'newer'), join(scratch, 'newer.squashfs'))
    const slots = (second: string) => [
      { image: squashfs, type: linux, name: 'systema' },
      { image: second, type: linux, name: 'systemb' }
    ]
    const said: unknown[] = []
    for (const [name, second] of [
      ['same', squashfs],
      ['differ', newer]
    ] as const) {
      await withImage(await makeDisk(join(scratch, `slots-${name}`), slots(second)), (image) => {
        expect(image.description).toMatch(/partition 2 \("systema"\) of 3, squashfs: .* the first of 2$/)
        said.push(...image.findings.map(({ code, severity, message }) => [code, severity, message]))
      })
    }
    expect(said).toEqual([
      ['IMAGE_SEVERAL_ROOTS', 'info', expect.stringMatching(/"systemb".* is the same\.$/)],
      ['IMAGE_SEVERAL_ROOTS', 'warning', expect.stringMatching(/"systemb".* is another\.$/)]
    ])
  })

  test('the partition with the dm-verity hashes is named, and is no root', async () => {
    const hashes = join(scratch, 'hashes')
    await writeFile(hashes, Buffer.concat([Buffer.from('verity\0\0'), Buffer.alloc(2 ** 20 - 8)]))
    const path = await makeDisk(join(scratch, 'verity'), [
      { image: root },
      { image: hashes, type: '2c7357ed-ebd2-46d9-aec1-23d437ec2bf5', name: 'hashes' }
    ])
    await withImage(path, (image) => {
      expect(image.description).toMatch(/x86-64 root; its dm-verity hashes are partition 3 \("hashes"\)$/)
    })
  })

  test('every root type we know is one to sfdisk', async () => {
    const known = (await tool('sfdisk', '--label', 'gpt', '-T')).split('\n')
    const roots = known.filter((line) => /Linux root \([^)]*\)/.test(line)).map((line) => line.slice(0, 36))
    const verity = known
      .filter((line) => line.includes('Linux root verity ('))
      .map((line) => line.slice(0, 36))
    const ours = (role: string, guids: readonly string[]) =>
      guids.filter((guid) => discoverableType(guid)?.role === role).length
    expect([ours('root', roots), ours('root-verity', verity)]).toEqual([10, 10])
    expect([ours('root', verity), ours('root-verity', roots)]).toEqual([0, 0])
  })

  test('a root that we can not read is refused, not replaced by a neighbour', async () => {
    const locked = join(scratch, 'luks')
    await writeFile(locked, Buffer.concat([Buffer.from('LUKS\xba\xbe', 'latin1'), Buffer.alloc(2 ** 20)]))
    const path = await makeDisk(join(scratch, 'luks-disk'), [{ image: locked }, { image: root, type: linux }])
    const error = await openingError(path)
    expect(error).toMatchObject({ code: 'IMAGE_NOT_RECOGNISED' })
    expect(error.message).toMatch(/holds LUKS-encrypted data; we read ext4, squashfs and erofs/)
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
