import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeExec } from '../../lib/base/exec.ts'
import type { Image } from '../../lib/image/image.ts'
import { openImage } from '../../lib/image/open-image.ts'
import {
  bigContent,
  codesOf,
  io,
  longName,
  longPath,
  makeDisk,
  makeExt4,
  makeSquashfs,
  makeTar,
  makeTree,
  osRelease,
  sandboxProblem,
  scratchDirectory,
  status,
  tableOf,
  tool,
  withImage
} from './images.ts'

/** The same root file system in every form must give the same image. */

const scratch = await scratchDirectory()
const tree = join(scratch, 'tree')
const paths: Record<string, string> = {
  directory: tree,
  tar: join(scratch, 'plain'),
  'tar in PAX format': join(scratch, 'pax'),
  'tar.gz': join(scratch, 'gzipped'),
  'tar.zst': join(scratch, 'zstd-packed'),
  'tar.xz': join(scratch, 'xz-packed'),
  // Characters that debugfs and mtools would take for their own syntax.
  ext4: join(scratch, 'root?offset=4096 @@1.img'),
  wic: join(scratch, 'disk?x @@2.wic'),
  squashfs: join(scratch, '-squashed root'),
  'squashfs in wic': join(scratch, 'disk with squashfs'),
  'ext4.zst': join(scratch, 'packed ext4'),
  'wic.gz': join(scratch, 'packed disk'),
  'squashfs.xz': join(scratch, 'packed squashfs'),
  erofs: join(scratch, '-erofs of a root'),
  'erofs in wic': join(scratch, 'disk with erofs')
}
const whyNoErofs = await sandboxProblem()
const forms = Object.keys(paths).filter((form) => whyNoErofs === undefined || !form.startsWith('erofs'))
test('erofs too', (context) => {
  if (whyNoErofs !== undefined) context.skip(whyNoErofs)
})

function kindOf(stats: Stats): string {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  if (stats.isSymbolicLink()) return 'symlink'
  if (stats.isFIFO()) return 'fifo'
  return stats.isBlockDevice() ? 'block' : 'character'
}

/** What the tree really is, from find(1) and lstat(2). */
async function realTable(): Promise<string[]> {
  const found = (await tool('find', tree, '-print0')).split('\0').filter((path) => path !== '')
  return found
    .map((path) => {
      const stats = lstatSync(path)
      const kind = kindOf(stats)
      const size = kind === 'file' ? stats.size : 0
      const target = kind === 'symlink' ? ` -> ${readlinkSync(path)}` : ''
      const inside = path.slice(tree.length) || '/'
      return `${inside} ${kind} ${(stats.mode & 0o7777).toString(8)} ${stats.uid}:${stats.gid} ${size}${target}`
    })
    .sort()
}

beforeAll(async () => {
  await makeTree(tree)
  const tar = await makeTar(tree, paths['tar'] ?? '')
  await makeTar(tree, paths['tar in PAX format'] ?? '', '--format=pax')
  for (const [form, packer] of [
    ['tar.gz', 'gzip'],
    ['tar.zst', 'zstd'],
    ['tar.xz', 'xz']
  ] as const) {
    await tool('sh', '-c', `${packer} -c '${tar}' > '${paths[form] ?? ''}'`)
  }
  const ext4 = await makeExt4(tree, join(scratch, 'ext4'))
  await rename(await makeDisk(join(scratch, 'disk'), [{ image: ext4 }]), paths['wic'] ?? '')
  const squashfs = await makeSquashfs(tree, paths['squashfs'] ?? '')
  const squashedDisk = await makeDisk(join(scratch, 'disk2'), [{ image: squashfs }])
  await rename(squashedDisk, paths['squashfs in wic'] ?? '')
  for (const [form, packer, source] of [
    ['ext4.zst', 'zstd -q', ext4],
    ['wic.gz', 'gzip', paths['wic'] ?? ''],
    ['squashfs.xz', 'xz', squashfs]
  ] as const) {
    await tool('sh', '-c', `${packer} -c < '${source}' > '${paths[form] ?? ''}'`)
  }
  await tool('mkfs.erofs', '-zlz4hc,1', paths['erofs'] ?? '', tree)
  await rename(
    await makeDisk(join(scratch, 'disk3'), [{ image: paths['erofs'] ?? '' }]),
    paths['erofs in wic'] ?? ''
  )
  await rename(ext4, paths['ext4'] ?? '')
})

describe.each(forms)('%s', (form) => {
  const path = paths[form] ?? ''
  let image: Image
  beforeAll(async () => {
    image = await openImage(path, io)
  })
  afterAll(() => image.close())

  test('has every inode with type, mode, owner, size and target', async () => {
    expect(tableOf(image)).toEqual(await realTable())
    expect(image.hasFiles).toBe(true)
    expect(codesOf(image)).toEqual([])
  })

  test('gives the content of small, large, empty and oddly named files', async () => {
    expect(await image.readText('/var/lib/dpkg/status')).toBe(status)
    expect(await image.readText('/etc/os-release')).toBe(osRelease)
    expect(await image.readText('/etc/empty')).toBe('')
    expect(await image.readText(longPath)).toBe('long path')
    expect(await image.readText(`/opt/${longName}`)).toBe('long name')
    expect(await image.readText('/opt/Grüße mit Leerzeichen')).toBe('ä\n')
    expect(await image.readText('/bin/su-again')).toBe('su')
    expect((await image.read('/opt/big'))?.equals(bigContent)).toBe(true)
  })

  test('gives many files at once', async () => {
    const wanted = ['/opt/big', '/home/op/notes', '/bin/wall', '/etc/passwd', '/missing', '/opt/big']
    const found = await Promise.all(wanted.map((file) => image.read(file)))
    expect(found.map((data) => data?.length)).toEqual([
      bigContent.length,
      9,
      4,
      32,
      undefined,
      bigContent.length
    ])
  })

  test('follows links inside the image only', async () => {
    expect(image.stat('/etc/out')?.path).toBe('/etc/passwd')
    expect(image.stat('/absolute')?.path).toBe('/etc/passwd')
    expect(image.lstat('/bin/su')?.path).toBe('/usr/bin/su')
    expect(image.stat('/etc/up/etc/up/../etc/passwd')?.path).toBe('/etc/passwd')
    expect(image.stat('/../../etc/passwd')?.path).toBe('/etc/passwd')
    for (const missing of ['/loop1', '/dangling', '/etc/passwd/', '/etc/passwd/..', '/nothing', '']) {
      expect(image.stat(missing)).toBeUndefined()
    }
    expect(image.lstat('/loop1')?.target).toBe('loop2')
    expect(await image.readText('/etc/out')).toContain('root:x:0:0')
    expect(await image.read('/loop1')).toBeUndefined()
    expect(await image.read('/etc')).toBeUndefined()
    expect(await image.read('/dev/null')).toBeUndefined()
  })

  test('lists directories sorted, through links too', () => {
    expect(image.list('/bin')).toEqual(['su', 'su-again', 'wall'])
    expect(image.list('/etc/up/dev/')).toEqual(['null', 'sda'])
    expect(image.list('/')).toContain('loop1')
    expect(image.list('/etc/passwd')).toEqual([])
    expect(image.list('/nothing')).toEqual([])
  })

  test('refuses a file above the limit', async () => {
    const reading = image.read('/opt/big', 2 ** 20)
    await expect(reading).rejects.toMatchObject({ code: 'FILE_TOO_LARGE', kind: 'usage' })
  })

  test('carries the SHA-512 of the file, a directory none', async () => {
    const real =
      form === 'directory' ? undefined : createHash('sha512').update(readFileSync(path)).digest('hex')
    expect(await image.sha512()).toBe(real)
  })
})

test('every form says what it is', async () => {
  const said: Record<string, string> = {}
  for (const form of forms) {
    await withImage(paths[form] ?? '', (image) => {
      said[form] = `${image.format}: ${image.description}`
    })
  }
  expect(said).toEqual({
    directory: 'directory: an unpacked root file system',
    tar: 'tar: a tar archive',
    'tar in PAX format': 'tar: a tar archive',
    'tar.gz': 'tar: a tar archive, gzip-compressed',
    'tar.zst': 'tar: a tar archive, zstd-compressed',
    'tar.xz': 'tar: a tar archive, xz-compressed',
    ext4: 'ext4: an ext4 file system',
    wic: 'wic: a GPT disk; root is partition 2 ("root") of 2, ext4: its type says x86-64 root',
    squashfs: 'squashfs: a squashfs file system',
    'squashfs in wic':
      'wic: a GPT disk; root is partition 2 ("root") of 2, squashfs: its type says x86-64 root',
    'ext4.zst': 'ext4: an ext4 file system, zstd-compressed',
    'wic.gz':
      'wic: a GPT disk; root is partition 2 ("root") of 2, ext4: its type says x86-64 root, gzip-compressed',
    'squashfs.xz': 'squashfs: a squashfs file system, xz-compressed',
    ...(whyNoErofs === undefined && {
      erofs: 'erofs: an erofs file system, unpacked for reading',
      'erofs in wic': 'wic: a GPT disk; root is partition 2 ("root") of 2, erofs: its type says x86-64 root'
    })
  })
})

test('a directory and a plain tar need no tool', async () => {
  const none = { exec: { run: () => Promise.reject(new Error('no tools')), stream: () => ({}) as never } }
  for (const form of ['directory', 'tar', 'tar.gz']) {
    const image = await openImage(paths[form] ?? '', none)
    expect(await image.readText('/etc/os-release')).toBe(osRelease)
    expect((await image.read('/opt/big'))?.length).toBe(bigContent.length)
    await image.close()
  }
})

test('a missing tool is named', async () => {
  const real = nodeExec(process.env)
  const nothing = { env: { PATH: '/nonexistent' } }
  const poor = {
    exec: {
      run: (file: string, args: readonly string[]) => real.run(file, args, nothing),
      stream: (file: string, args: readonly string[]) => real.stream(file, args, nothing)
    }
  }
  for (const [form, name] of [
    ['tar.zst', 'zstd'],
    ['ext4', 'debugfs'],
    ['wic', 'sfdisk'],
    ['squashfs', 'unsquashfs']
  ] as const) {
    const opening = openImage(paths[form] ?? '', poor)
    await expect(opening).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      message: expect.stringContaining(name) as string
    })
  }
})
