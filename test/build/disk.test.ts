import { randomBytes } from 'node:crypto'
import { mkdirSync, openSync, readFileSync, readSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { guidOf, makeDisk, type DiskLayout } from '../../lib/build/disk.ts'
import { imageIdentity } from '../../lib/build/identity.ts'
import { defaultStub, makeUki } from '../../lib/build/uki.ts'
import { temporaryDirectory } from '../temporary.ts'
import { exec, output, sumOf } from './world.ts'

const mebibyte = 1024 * 1024
const epoch = 1_700_000_000

interface Section {
  name: string
  size: number
  address: number
}

/** The sections of a PE file, as objdump lists them. */
function sectionsOf(path: string): Section[] {
  const rows = output('objdump', '-h', path).matchAll(/^ +\d+ (\S+) +([0-9a-f]+) +([0-9a-f]+) /gm)
  return [...rows].map((row) => ({
    name: row[1]!,
    size: parseInt(row[2]!, 16),
    address: parseInt(row[3]!, 16)
  }))
}

function sectionContent(path: string, section: string): Buffer {
  const copy = join(temporaryDirectory(), 'section')
  output('objcopy', '-O', 'binary', '--only-section', section, path, copy)
  return readFileSync(copy)
}

test(
  'sections of a UKI do not overlap, whatever their sizes, and read back as they were',
  { timeout: 60_000 },
  async () => {
    const directory = temporaryDirectory()
    const [kernel, initrd, uki] = ['kernel', 'initrd', 'uki'].map((name) => join(directory, name)) as [
      string,
      string,
      string
    ]
    const sizes = fc.tuple(fc.integer({ min: 1, max: 40_000 }), fc.integer({ min: 1, max: 40_000 }))
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.string({ minLength: 1, maxLength: 6000 }),
        async ([kernelSize, initrdSize], text) => {
          writeFileSync(kernel, randomBytes(kernelSize))
          writeFileSync(initrd, randomBytes(initrdSize))
          const cmdline = `root=PARTUUID=x ro ${text}`
          await makeUki({ kernel, initrd, cmdline, osRelease: 'ID=debian\n' }, uki, directory, exec)
          const sections = sectionsOf(uki).sort((a, b) => a.address - b.address)
          for (const [index, { address, size }] of sections.entries()) {
            const next = sections[index + 1]
            if (next) expect(address + size, next.name).toBeLessThanOrEqual(next.address)
          }
          expect(sections.map(({ name }) => name).slice(-4)).toEqual([
            '.osrel',
            '.cmdline',
            '.linux',
            '.initrd'
          ])
          expect(sections.slice(-4).every(({ address }) => address % 4096 === 0)).toBe(true)
          expect(sectionContent(uki, '.cmdline').toString()).toBe(cmdline)
          expect(sectionContent(uki, '.linux')).toEqual(readFileSync(kernel))
          expect(sectionContent(uki, '.initrd')).toEqual(readFileSync(initrd))
        }
      ),
      { numRuns: 8, examples: [[[4096, 8192], 'x'.repeat(4096)]] }
    )
  }
)

test('a stub that is none is named', async () => {
  const directory = temporaryDirectory()
  const stub = join(directory, 'stub')
  writeFileSync(stub, 'no program')
  const parts = { kernel: stub, initrd: stub, cmdline: '', osRelease: '', stub }
  await expect(makeUki(parts, join(directory, 'uki'), directory, exec)).rejects.toMatchObject({
    kind: 'environment'
  })
})

/** A disk of a small ext4 and a UKI, in a directory of its own. */
async function disk(
  directory: string
): Promise<{ path: string; uki: string; root: string; layout: DiskLayout }> {
  mkdirSync(directory)
  const [uki, root, path] = ['uki', 'root', 'disk.wic'].map((name) => join(directory, name)) as [
    string,
    string,
    string
  ]
  writeFileSync(uki, Buffer.alloc(3 * mebibyte, 'uki'))
  writeFileSync(root, '')
  truncateSync(root, 8 * mebibyte)
  output('mke2fs', '-q', '-t', 'ext4', '-U', guidOf('test'), '-E', `hash_seed=${guidOf('seed')}`, root)
  const identity = imageIdentity({ image: 'image', distro: 'distro', machine: 'machine' }, epoch)
  const layout = { ...identity.disk, uki, root, epoch }
  await makeDisk(layout, path, directory, exec)
  return { path, uki, root, layout }
}

interface Table {
  partitiontable: {
    label: string
    id: string
    partitions: { start: number; size: number; type: string; uuid: string; name: string }[]
  }
}

test('the disk has a table sfdisk finds no fault with, an ESP mtools reads and the root as it was', async () => {
  const directory = join(temporaryDirectory(), 'with space')
  const { path, uki, root, layout } = await disk(directory)
  expect(output('sfdisk', '--verify', path)).toContain('No errors detected')
  const { partitiontable } = JSON.parse(output('sfdisk', '--json', path)) as Table
  expect(partitiontable).toMatchObject({ label: 'gpt', id: layout.diskGuid.toUpperCase() })
  const [esp, rootPartition] = partitiontable.partitions
  // UEFI 2.10, 5.3.3; the Discoverable Partitions Specification for x86-64.
  expect(esp).toMatchObject({
    type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
    uuid: layout.espGuid.toUpperCase()
  })
  expect(rootPartition).toMatchObject({
    type: '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709',
    uuid: layout.rootGuid.toUpperCase(),
    name: 'rootfs',
    size: (8 * mebibyte) / 512
  })

  const copy = join(directory, 'copy')
  output('mcopy', '-i', `${path}@@${esp!.start * 512}`, '::/EFI/BOOT/BOOTX64.EFI', copy)
  expect(sumOf(copy)).toBe(sumOf(uki))
  output(
    'dd',
    `if=${path}`,
    `of=${copy}`,
    'bs=1M',
    `skip=${esp!.start / 2048}`,
    `count=${esp!.size / 2048}`,
    'status=none'
  )
  expect(output('fsck.vfat', '-n', copy)).toContain('files')

  const content = Buffer.alloc(8 * mebibyte)
  readSync(openSync(path, 'r'), content, 0, content.length, rootPartition!.start * 512)
  expect(content.equals(readFileSync(root))).toBe(true)
  expect(statSync(path).blocks * 512, 'what is empty stays a hole').toBeLessThan(statSync(path).size / 2)
})

test('the same parts give the same bytes at another time', async () => {
  const parent = temporaryDirectory()
  const first = await disk(join(parent, 'first'))
  await new Promise((resolve) => setTimeout(resolve, 2100)) // FAT counts in steps of two seconds
  const again = join(parent, 'again.wic')
  await makeDisk({ ...first.layout }, again, parent, exec)
  expect(sumOf(again)).toBe(sumOf(first.path))
})

test('ids are RFC 9562 and differ by image and epoch', () => {
  const request = { image: 'image', distro: 'distro', machine: 'machine' }
  const identity = imageIdentity(request, epoch)
  const ids = [
    identity.rootGuid,
    identity.ext4.uuid,
    identity.ext4.hashSeed,
    identity.disk.diskGuid,
    identity.disk.espGuid
  ]
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(imageIdentity(request, epoch + 1).rootGuid).not.toBe(identity.rootGuid)
  expect(imageIdentity({ ...request, machine: 'other' }, epoch).rootGuid).not.toBe(identity.rootGuid)
})

test('the default stub is the one of systemd-boot-efi', () => {
  expect(sectionsOf(defaultStub).map(({ name }) => name)).toContain('.sdmagic')
})
