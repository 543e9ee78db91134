import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Image } from '../../lib/image/image.ts'
import { openImage } from '../../lib/image/open-image.ts'
import { io } from './images.ts'

const scratch = mkdtempSync(join(tmpdir(), 'kas-harden-test-'))
const tree = join(scratch, 'tree')
const ext4 = join(scratch, 'root.ext4')

/** Links of every kind on the way: relative, absolute, in a chain, in a circle, to nothing, out of the root. */
beforeAll(() => {
  for (const path of ['usr/bin', 'usr/lib/deep/er', 'etc', 'var/lib/dpkg', 'opt/not/asked/for'])
    mkdirSync(join(tree, path), { recursive: true })
  for (const path of ['usr/bin/tool', 'usr/lib/deep/er/file', 'etc/passwd', 'var/lib/dpkg/status'])
    writeFileSync(join(tree, path), `content of ${path}\n`)
  for (const [path, target] of [
    ['bin', 'usr/bin'],
    ['etc/absolute', '/usr/lib/deep/er/file'],
    ['etc/chain', 'absolute'],
    ['etc/circle', 'circle'],
    ['etc/nothing', '../no/such/thing'],
    ['etc/out', '../../../../../etc/passwd'],
    ['etc/long', `${'./'.repeat(40)}passwd`]
  ] as const)
    symlinkSync(target, join(tree, path))
  execFileSync('truncate', ['-s', '2M', ext4])
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-O', '^has_journal', '-d', tree, ext4], {
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` }
  })
})
afterAll(() => {
  rmSync(scratch, { recursive: true })
})

const paths = [
  '/bin/tool',
  '/bin/../bin/./tool',
  '/etc/absolute',
  '/etc/chain',
  '/etc/circle',
  '/etc/nothing',
  '/etc/out',
  '/etc/long',
  '/etc/passwd/below',
  '/no/such/file',
  '/'
]

async function answers(image: Image) {
  return Promise.all(
    paths.map(async (path) => [path, image.lstat(path), image.stat(path), await image.readText(path)])
  )
}

describe.each([
  ['directory', tree],
  ['ext4', ext4]
])('%s opened on demand', (_, path) => {
  test('says of what it was asked to look at the same as one walked whole', async () => {
    const whole = await openImage(path, io)
    const image = await openImage(path, io, { walk: 'on-demand' })
    try {
      await image.look?.(paths)
      expect(await answers(image)).toEqual(await answers(whole))
      expect(image.entries.size).toBeLessThan(whole.entries.size)
      expect(image.findings).toEqual(whole.findings)
    } finally {
      await Promise.all([image.close(), whole.close()])
    }
  })

  test('lists a directory after a look at it, also when some of it was known, and reads without', async () => {
    const image = await openImage(path, io, { walk: 'on-demand' })
    try {
      expect(await image.readText('/var/lib/dpkg/status')).toBe('content of var/lib/dpkg/status\n')
      await image.look?.(['/etc/passwd'])
      await image.look?.(['/etc/', '/bin/', '/no/such/directory/'])
      expect(image.list('/etc')).toEqual(
        ['absolute', 'chain', 'circle', 'long', 'nothing', 'out', 'passwd'].sort()
      )
      expect(image.list('/bin')).toEqual(['tool'])
      expect(image.findings).toEqual([])
    } finally {
      await image.close()
    }
  })

  test('has no more inodes than allowed', async () => {
    const opening = openImage(path, io, { walk: 'on-demand', maximumEntries: 5 })
    const looking = opening.then((image) => image.look?.(['/etc/', '/usr/bin/', '/usr/lib/deep/er/file']))
    await expect(looking).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE_TABLE' })
  })
})
