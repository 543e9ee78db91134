import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeExt4 } from '../../lib/build/ext4.ts'
import { extractTree } from '../../lib/build/tree.ts'
import { temporaryDirectory } from '../temporary.ts'
import { exec, output, sumOf, withMmdebstrap, writeTar, type Member } from './world.ts'

const epoch = 1_700_000_000
const options = {
  size: 16 * 1024 * 1024,
  uuid: '11111111-2222-4333-8444-555555555555',
  hashSeed: '66666666-7777-4888-8999-aaaaaaaaaaaa',
  label: 'rootfs',
  epoch
}
/** cap_net_raw+ep as the kernel stores it (linux/capability.h, version 2). */
const netRaw = '\x01\x00\x00\x02\x00\x20\x00\x00' + '\0'.repeat(12)

const touchDirectories = 'find "$1" -type d -exec touch --date=@0 {} +'

const files: Member[] = [
  { name: './bin/su', content: 'su', mode: 0o4755, mtime: 1_600_000_000 },
  { name: './bin/wall', content: 'wall', mode: 0o2755, gid: 5 },
  { name: './bin/ping', content: 'ping', mode: 0o755, xattrs: { 'security.capability': netRaw } },
  { name: './bin/noted', content: 'noted', xattrs: { 'user.note': 'kept' } },
  { name: './home/op', type: 'directory', mode: 0o700, uid: 1234, gid: 5678 },
  { name: './home/op/file', content: 'x'.repeat(9000), mode: 0o600, uid: 1234, gid: 5678 },
  { name: './tmp', type: 'directory', mode: 0o1777 },
  { name: './etc/shadow', content: 'root:*:::::::', mode: 0o640, gid: 42 },
  { name: './lib', type: 'symlink', linkname: 'usr/lib', mode: 0o777 },
  { name: `./long-link`, type: 'symlink', linkname: `../${'long/'.repeat(30)}end`, mode: 0o777 },
  { name: './etc/zeros', content: Buffer.alloc(40_000) },
  { name: './ünï and space', content: 'name' },
  ...Array.from({ length: 300 }, (_, index): Member => ({
    name: `./many/entry-${index}`,
    content: String(index)
  }))
]
const directories: Member[] = ['.', './bin', './etc', './home', './many'].map((name) => ({
  name,
  type: 'directory',
  mode: 0o755
}))
const hardLink: Member = { name: './bin/su-again', type: 'link', linkname: './bin/su', mode: 0o4755 }

const directory = mkdtempSync(join(tmpdir(), 'kas-harden-test-'))
let first: string
let second: string

beforeAll(async () => {
  const make = (name: string, members: readonly Member[], link: Member) =>
    withMmdebstrap(async (mmdebstrap) => {
      const tar = join(directory, `${name}.tar`)
      await writeTar(tar, [...directories, ...members, link])
      const tree = await extractTree(tar, 'tree', mmdebstrap)
      // tar does not restore the time of a directory that it comes back to, and our two orders differ in that.
      await mmdebstrap.privileged('sh', ['-c', touchDirectories, 'sh', tree])
      const image = join(directory, `${name}.ext4`)
      await makeExt4(tree, image, options, mmdebstrap.scratch, exec, mmdebstrap.privileged)
      return image
    })
  first = await make('first', files, hardLink)
  // Another order, so that directories and inode numbers of the tree differ; and another second.
  await new Promise((resolve) => setTimeout(resolve, 1100))
  second = await make(
    'second',
    files.toReversed().sort((a, b) => Number(b.type === 'directory') - Number(a.type === 'directory')),
    hardLink
  )
}, 60_000)

afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
})

/** What debugfs says of a path: `field` of its stat. */
function stat(path: string, field: string): string | undefined {
  return new RegExp(`${field}: +(\\S+)`).exec(output('debugfs', '-R', `stat "${path}"`, first))?.[1]
}

test('two extractions at two times in two orders give the same bytes', () => {
  expect(sumOf(first)).toBe(sumOf(second))
})

test('modes, owners, links and times are those of the tree', () => {
  expect([stat('/bin/su', 'Mode'), stat('/bin/wall', 'Mode'), stat('/tmp', 'Mode')]).toEqual([
    '04755',
    '02755',
    '01777'
  ])
  expect([stat('/home/op', 'User'), stat('/home/op', 'Group'), stat('/home/op/file', 'User')]).toEqual([
    '1234',
    '5678',
    '1234'
  ])
  expect([stat('/etc/shadow', 'Mode'), stat('/etc/shadow', 'Group')]).toEqual(['0640', '42'])
  expect(stat('/bin/su', 'Inode')).toBe(stat('/bin/su-again', 'Inode'))
  expect(stat('/bin/su', 'Links')).toBe('2')
  expect(output('debugfs', '-R', 'stat /lib', first)).toContain('Fast link dest: "usr/lib"')
  expect(output('debugfs', '-R', 'cat "/ünï and space"', first)).toBe('name')
  expect(stat('/bin/su', 'mtime')).toMatch(new RegExp(`^0x${(1_600_000_000).toString(16)}:`))
  for (const time of ['atime', 'ctime', 'crtime']) {
    expect(stat('/bin/su', time), time).toBe(`0x${epoch.toString(16)}:00000000`)
    expect(stat('/lost+found', time), time).toBe(`0x${epoch.toString(16)}:00000000`)
  }
})

test('extended attributes and capabilities are kept', () => {
  expect(output('debugfs', '-R', 'ea_get /bin/noted user.note', first)).toContain('kept')
  const capability = join(temporaryDirectory(), 'capability')
  output('debugfs', '-R', `ea_get -f ${capability} /bin/ping security.capability`, first)
  expect(readFileSync(capability)).toEqual(Buffer.from(netRaw, 'latin1'))
})

test('e2fsck finds nothing to repair', () => {
  expect(output('e2fsck', '-f', '-n', first)).toMatch(/^rootfs: 32\d\/\d+ files/m)
})

test('a tree that does not fit fails with what mke2fs says', async () => {
  await withMmdebstrap(async (mmdebstrap) => {
    const tar = join(temporaryDirectory(), 'large.tar')
    const content = Buffer.alloc(3 * 1024 * 1024, 1)
    await writeTar(tar, [...directories, { name: './etc/large', content }])
    const tree = await extractTree(tar, 'tree', mmdebstrap)
    const small = { ...options, size: 2 * 1024 * 1024 }
    const image = join(mmdebstrap.scratch, 'small.ext4')
    const made = makeExt4(tree, image, small, mmdebstrap.scratch, exec, mmdebstrap.privileged)
    await expect(made).rejects.toMatchObject({ kind: 'build', code: 'TOOL_FAILED' })
  })
})
