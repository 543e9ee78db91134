import { link, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { beforeAll, expect, test } from 'vitest'
import { formatCapabilities } from '../../lib/image/capabilities.ts'
import { createCheckContext } from '../../lib/verify/check-context.ts'
import { checkPermissions } from '../../lib/verify/checks/permissions.ts'
import { createFindingLog } from '../../lib/image/finding-log.ts'
import { readErofsCapabilities } from '../../lib/image/erofs-capabilities.ts'
import { readSquashfsCapabilities } from '../../lib/image/squashfs-capabilities.ts'
import { createTarTable } from '../../lib/image/tar-table.ts'
import { passOverTar } from '../../lib/image/tar-stream-pass.ts'
import { openImage } from '../../lib/image/open-image.ts'
import {
  io,
  makeDisk,
  makeExt4,
  makeSmallTree,
  makeSquashfs,
  makeTar,
  put,
  sandboxProblem,
  scratchDirectory,
  tool,
  withImage
} from './images.ts'

/** File capabilities in every form that can tell them; setcap(8) and getcap(8) say what is true. */

const scratch = await scratchDirectory()
const tree = join(scratch, 'tree')
const at = (name: string) => join(scratch, name)
const expected = new Map([
  ['/usr/bin/ping', 'cap_net_raw=ep'],
  ['/usr/bin/ping-again', 'cap_net_raw=ep'],
  ['/usr/bin/suid-in-disguise', 'cap_setgid,cap_setuid=ep'],
  ['/usr/lib/new', 'cap_chown,cap_bpf=ip']
])
beforeAll(async () => {
  await makeSmallTree(tree)
  for (const path of ['usr/bin/ping', 'usr/bin/suid-in-disguise', 'usr/lib/new', 'usr/bin/plain'])
    await put(tree, path, path, 0o755)
  await tool('setcap', 'cap_net_raw+ep', join(tree, 'usr/bin/ping'))
  await tool('setcap', 'cap_setuid,cap_setgid+ep', join(tree, 'usr/bin/suid-in-disguise'))
  await tool('setcap', 'cap_chown,cap_bpf=ip', join(tree, 'usr/lib/new'))
  await link(join(tree, 'usr/bin/ping'), join(tree, 'usr/bin/ping-again'))
  await makeTar(tree, at('tar'), '--xattrs', '--xattrs-include=*')
  await makeExt4(tree, at('ext4'))
  await makeDisk(at('disk'), [{ image: at('ext4') }])
  await makeSquashfs(tree, at('squashfs'))
  await tool('mksquashfs', tree, at('squashfs-plain'), '-noappend', '-no-progress', '-quiet', '-no-xattrs')
})

const sorted = (found: ReadonlyMap<string, string> | undefined) => found && new Map([...found].sort())

test.each(['tree', 'ext4', 'disk', 'tar', 'squashfs'])('%s: as getcap prints them', async (form) => {
  await withImage(at(form), async (image) => {
    expect(sorted(await image.capabilities())).toEqual(expected)
  })
})

test('tar: wherever the pieces it comes in are cut', async () => {
  const whole = await readFile(at('tar'))
  for (const length of [100, 513, 1300]) {
    const table = createTarTable(createFindingLog())
    const count = Math.ceil(whole.length / length)
    const pieces = Array.from({ length: count }, (_, index) =>
      whole.subarray(index * length, (index + 1) * length)
    )
    await passOverTar('tar', Readable.from(pieces), {
      member(member) {
        table.add(member)
        return false
      }
    })
    expect(sorted(table.capabilities)).toEqual(expected)
  }
})

test.each(['gzip', 'xz', 'zstd'])('squashfs, packed with %s: as getcap prints them', async (compressor) => {
  const file = at(`squashfs-${compressor}`)
  await tool('mksquashfs', tree, file, '-noappend', '-no-progress', '-quiet', '-comp', compressor)
  await withImage(file, async (image) => {
    expect(sorted(await image.capabilities())).toEqual(expected)
  })
})

test('squashfs and erofs: more directories and attributes than one block holds', async () => {
  const many = at('many')
  await makeSmallTree(many)
  const all = new Map<string, string>()
  for (let index = 0; index < 1500; index += 1) {
    await put(many, `opt/${index % 60}/${'x'.repeat(60)}${index}`, '', 0o755)
    if (index % 3 === 0) all.set(`/opt/${index % 60}/${'x'.repeat(60)}${index}`, 'cap_net_raw=ep')
  }
  await tool('setcap', ...[...all.keys()].flatMap((path) => ['cap_net_raw+ep', `${many}${path}`]))
  await tool('setfattr', '-n', 'user.long', '-v', 'y'.repeat(3000), join(many, 'opt/0'))
  await tool('setfattr', '-n', 'user.long', '-v', 'y'.repeat(3000), `${many}${[...all.keys()][0] ?? ''}`)
  await makeSquashfs(many, at('many.squashfs'))
  await withImage(at('many.squashfs'), async (image) => {
    expect(sorted(await image.capabilities())).toEqual(new Map([...all].sort()))
    const file = at('many.erofs')
    await tool('mkfs.erofs', file, many)
    const { size } = await stat(file)
    const source = { imagePath: file, toolPath: file, offset: 0 }
    expect(sorted(await readErofsCapabilities(source, size, image.entries))).toEqual(new Map([...all].sort()))
  })
})

test('squashfs: nothing is said where the tables are none, or packed in a way we do not know', async () => {
  const file = at('squashfs-bad')
  await tool('mksquashfs', tree, at('squashfs-lz4'), '-noappend', '-no-progress', '-quiet', '-comp', 'lz4')
  await withImage(at('squashfs-lz4'), async (image) => {
    expect(await image.capabilities()).toBeUndefined()
  })
  const whole = await readFile(at('squashfs'))
  const attributes = Number(whole.readBigUInt64LE(56))
  whole.fill(0xff, attributes, attributes + 24)
  await writeFile(file, whole)
  const source = { imagePath: file, toolPath: file, offset: 0 }
  expect(await readSquashfsCapabilities(source, new Map(), io)).toBeUndefined()
})

test.each([
  { options: [] as string[], found: expected },
  { options: ['-zlz4'], found: expected },
  { options: ['-x0'], found: expected },
  { options: ['-x-1'], found: new Map<string, string>() }
])('erofs made with $options: as getcap prints them', async ({ options, found }) => {
  const file = at('erofs')
  await tool('mkfs.erofs', ...options, file, tree)
  const entries = await withImage(tree, (image) => Promise.resolve(image.entries))
  const { size } = await stat(file)
  const source = { imagePath: file, toolPath: file, offset: 0 }
  expect(sorted(await readErofsCapabilities(source, size, entries))).toEqual(found)
  const fewer = new Map([...entries].slice(1))
  expect(await readErofsCapabilities(source, size, fewer)).toBeUndefined()
})

test('erofs: an opened one tells them', async (context) => {
  const why = await sandboxProblem()
  if (why !== undefined) context.skip(why)
  await tool('mkfs.erofs', at('erofs'), tree)
  await withImage(at('erofs'), async (image) => {
    expect(sorted(await image.capabilities())).toEqual(expected)
  })
})

test.each([
  ['the inodes begin', 64, 2n ** 40n],
  ['the inodes begin', 64, 2n ** 63n],
  ['the directories begin', 72, 2n ** 40n],
  ['the attributes begin', 56, 2n ** 33n],
  ['the owners begin', 48, 2n ** 62n],
  ['the root stands', 32, 2n ** 60n]
])('squashfs: nothing is said where the superblock lies about where %s', async (_, at_, place) => {
  const bytes = await readFile(at('squashfs'))
  bytes.writeBigUInt64LE(place, at_)
  const file = at('squashfs-lies')
  await writeFile(file, bytes)
  const source = { imagePath: file, toolPath: file, offset: 0 }
  expect(await readSquashfsCapabilities(source, new Map(), io)).toBeUndefined()
})

test('squashfs: none without attributes', async () => {
  await withImage(at('squashfs-plain'), async (image) => {
    expect(await image.capabilities()).toEqual(new Map())
  })
})

test('an image opened on demand does not know', async () => {
  for (const form of ['tree', 'ext4']) {
    const image = await openImage(at(form), io, { walk: 'on-demand' })
    expect(await image.capabilities()).toBeUndefined()
    await image.close()
  }
})

test('a name with a line break hides nothing', async () => {
  const odd = at('odd')
  await makeSmallTree(odd)
  await put(odd, `usr/a\n${odd}/usr/b`, '', 0o755)
  await tool('setcap', 'cap_net_raw+ep', join(odd, `usr/a\n${odd}/usr/b`))
  await withImage(odd, async (image) => {
    expect(await image.capabilities()).toBeUndefined()
  })
})

test('a value that is none is not taken for nothing', () => {
  expect(formatCapabilities(Buffer.alloc(3))).toBe('capabilities')
  expect(formatCapabilities(Buffer.alloc(20))).toBe('capabilities')
})

test('the check for setuid programs refuses them too, and knows when it can not', async () => {
  const outcome = (form: string, allow: string[]) =>
    withImage(at(form), (image) =>
      checkPermissions(
        { id: 'setuid', type: 'permissions', rule: 'setuid', allow, title: 'Setuid', for: ['CR 2.1'] },
        createCheckContext({ image, exec: io.exec, uid: 0, release: 'bookworm' })
      )
    )
  expect(await outcome('tree', ['/usr/bin/ping*'])).toMatchObject({
    status: 'fail',
    evidence: [
      { path: '/usr/bin/suid-in-disguise', value: 'cap_setgid,cap_setuid=ep' },
      { path: '/usr/lib/new', value: 'cap_chown,cap_bpf=ip' }
    ]
  })
  expect(await outcome('ext4', ['/usr/bin/*', '/usr/lib/new'])).toMatchObject({ status: 'pass' })
  expect(await outcome('squashfs', [])).toMatchObject({ status: 'fail' })
  expect(await outcome('squashfs-lz4', [])).toMatchObject({ status: 'unknown' })
})
