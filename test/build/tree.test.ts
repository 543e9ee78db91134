import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Mmdebstrap } from '../../lib/build/mmdebstrap.ts'
import { openMmdebstrap } from '../../lib/build/mmdebstrap.ts'
import { silent } from '../../lib/build/progress.ts'
import { extractTree, finishTree, packTree, removeTree } from '../../lib/build/tree.ts'
import { collectingIo } from '../run-cli.ts'
import { temporaryDirectory } from '../temporary.ts'
import { output, sumOf, writeTar, type Member } from './world.ts'

const epoch = 1_700_000_000
const system: Member[] = [
  ...['.', './boot', './dev', './etc', './usr', './usr/lib', './var', './var/lib', './var/lib/dpkg'].map(
    (name): Member => ({ name, type: 'directory', mode: 0o755 })
  ),
  { name: './dev/file', content: 'left by something' },
  { name: './usr/lib/os-release', content: 'ID=debian\n' },
  { name: './var/lib/dpkg/status', content: 'Package: apt\n' }
]
const kernels: Member[] = [
  { name: './boot/vmlinuz-6.1.0-9-amd64', content: 'old' },
  { name: './boot/vmlinuz-6.1.0-40-amd64', content: 'new', mode: 0o600 },
  { name: './boot/initrd.img-6.1.0-9-amd64', content: 'old' },
  { name: './boot/initrd.img-6.1.0-40-amd64', content: 'new initrd', mode: 0o600 }
]

describe('a tree', () => {
  const parent = mkdtempSync(join(tmpdir(), 'kas-harden-test-'))
  let mmdebstrap: Mmdebstrap
  let number = 0

  beforeAll(async () => {
    mmdebstrap = await openMmdebstrap(collectingIo(parent, { TMPDIR: parent }).io, silent)
  })
  afterAll(async () => {
    await mmdebstrap.dispose()
    rmSync(parent, { recursive: true, force: true })
  })

  /** A tree of its own, with a place for what is taken from it. */
  async function tree(members: readonly Member[]): Promise<{ path: string; engine: Mmdebstrap }> {
    const tar = join(temporaryDirectory(), 'tree.tar')
    await writeTar(tar, members)
    const own = join(mmdebstrap.trees, String((number += 1)))
    await mmdebstrap.privileged('mkdir', [own])
    const engine = { ...mmdebstrap, trees: own }
    return { path: await extractTree(tar, 'image', engine), engine }
  }

  test('gives its newest kernel as versions count, and what the disk needs to know', async () => {
    const { path, engine } = await tree([...system, ...kernels])
    const facts = await finishTree(path, epoch, engine)
    expect(readFileSync(facts.kernel, 'utf8')).toBe('new')
    expect(readFileSync(facts.initrd, 'utf8')).toBe('new initrd')
    expect(facts).toMatchObject({ osRelease: 'ID=debian\n', status: 'Package: apt\n' })
    expect(facts.ext4Size % 4096).toBe(0)
  })

  test.each<[string, Member[], string]>([
    ['no kernel', system, 'NO_KERNEL'],
    ['a kernel without initrd', [...system, kernels[0]!], 'NO_KERNEL'],
    [
      'a kernel that is a link to somewhere',
      [...system, kernels[2]!, { name: './boot/vmlinuz-6', type: 'symlink', linkname: '/etc/hostname' }],
      'NO_KERNEL'
    ],
    ['no dpkg status', [...system.slice(0, -1), ...kernels], 'TREE_INCOMPLETE']
  ])('with %s is no image', async (_, members, code) => {
    const { path, engine } = await tree(members)
    await expect(finishTree(path, epoch, engine)).rejects.toMatchObject({ kind: 'build', code })
  })

  test('loses device nodes and times after the epoch, keeps older times', async () => {
    const late = epoch + 1000
    const { path, engine } = await tree([
      ...system,
      ...kernels,
      { name: './etc/old', mtime: epoch - 1000 },
      { name: './etc/young', mtime: late },
      { name: './etc/link', type: 'symlink', linkname: 'nowhere', mtime: late }
    ])
    await finishTree(path, epoch, engine)
    const times = output('find', path, '-printf', '%P %T@\\n')
    expect(times).toContain(`etc/old ${epoch - 1000}.`)
    expect(times).toContain(`etc/young ${epoch}.`)
    expect(times).toContain(`etc/link ${epoch}.`)
    expect(times).not.toContain('dev/')
  })

  test('packs to the same bytes whatever the order and time its files were made in', async () => {
    const members = [
      ...kernels,
      { name: './etc/a', uid: 7, gid: 8, mode: 0o4750 },
      { name: './etc/b', content: 'x' }
    ]
    const sums: string[] = []
    for (const order of [members, members.toReversed()]) {
      const { path, engine } = await tree([...system, ...order])
      await finishTree(path, epoch, engine)
      const packed = join(temporaryDirectory(), 'packed.tar.zst')
      await packTree(path, packed, epoch, engine)
      sums.push(sumOf(packed))
      const listing = output('tar', '--list', '--verbose', '--numeric-owner', '--file', packed)
      expect(listing).toMatch(/^-rwsr-x--- 7\/8 .*\.\/etc\/a$/m)
      await new Promise((resolve) => setTimeout(resolve, 1100))
    }
    expect(sums[0]).toBe(sums[1])
  })

  test('packs to the same bytes on one core and on many', async () => {
    const { path, engine } = await tree([
      ...system,
      ...kernels,
      { name: './etc/large', content: Buffer.alloc(9e6, 'large ') }
    ])
    await finishTree(path, epoch, engine)
    const [all, one] = ['all', 'one'].map((name) => join(temporaryDirectory(), name)) as [string, string]
    await packTree(path, all, epoch, engine)
    const pinned: Mmdebstrap = {
      ...engine,
      privileged: (file, args, env, redirection) =>
        engine.privileged('taskset', ['1', file, ...args], env, redirection)
    }
    await packTree(path, one, epoch, pinned)
    expect(sumOf(one)).toBe(sumOf(all))
  })

  test('is removed, whoever owns its files', async () => {
    const { path, engine } = await tree([...system, { name: './etc/other', uid: 1000, mode: 0o600 }])
    await removeTree(path, engine)
    expect(() => statSync(path)).toThrow('ENOENT')
  })
})
