import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  readLockFile,
  renderLockFile,
  requireAvailable,
  requireLocked,
  type LockFile
} from '../../lib/build/lock-file.ts'
import { temporaryDirectory } from '../temporary.ts'

function entry(name: string, version = '1.0-1', sha256 = 'a'.repeat(64)) {
  return { name, version, architecture: 'amd64', sha256, filename: `pool/${name}.deb` }
}

function lock(...packages: ReturnType<typeof entry>[]): LockFile {
  const pinned = packages.map(({ name, version, architecture, sha256 }) => ({
    name,
    version,
    architecture,
    sha256
  }))
  return { lockVersion: 1, release: 'bookworm', architecture: 'amd64', packages: pinned }
}

describe('a lock file', () => {
  test('reads back as it was written, in an order of its own', async () => {
    const path = join(temporaryDirectory(), 'lock.json')
    writeFileSync(path, renderLockFile(lock(entry('zlib'), entry('apt'))))
    expect(await readLockFile(path)).toEqual(lock(entry('apt'), entry('zlib')))
    expect(renderLockFile(lock(entry('zlib'), entry('apt')))).toBe(
      renderLockFile(lock(entry('apt'), entry('zlib')))
    )
  })

  test.each([
    ['that is missing', undefined],
    ['that is no JSON', '{'],
    ['of another version', renderLockFile(lock()).replace('"lockVersion": 1', '"lockVersion": 2')],
    [
      'without hashes',
      JSON.stringify({ ...lock(), packages: [{ name: 'apt', version: '1', architecture: 'amd64' }] })
    ],
    ['with more than we know', JSON.stringify({ ...lock(), mirror: 'http://example.org' })]
  ])('%s is refused with its path', async (_, text) => {
    const path = join(temporaryDirectory(), 'lock.json')
    if (text !== undefined) writeFileSync(path, text)
    await expect(readLockFile(path)).rejects.toMatchObject({ kind: 'usage', code: 'LOCK_UNREADABLE', path })
  })
})

describe("compared with the archive's index", () => {
  test('it fits when every version is there with its hash, whatever else there is', () => {
    const shown = [entry('apt'), entry('apt', '2.0-1', 'b'.repeat(64)), entry('zlib')]
    expect(() => {
      requireAvailable(lock(entry('apt'), entry('zlib')), shown)
    }).not.toThrow()
  })

  test('it names versions that are gone and hashes that differ, and no other', () => {
    const shown = [entry('apt', '2.0-1'), entry('bash', '1.0-1', 'b'.repeat(64)), entry('zlib')]
    expect(() => {
      requireAvailable(lock(entry('apt'), entry('bash'), entry('zlib')), shown, '/lock.json')
    }).toThrow(
      expect.objectContaining({
        kind: 'build',
        code: 'LOCK_DIFFERS',
        path: '/lock.json',
        message: expect.stringMatching(
          /apt 1\.0-1 is no longer.*\n.*bash 1\.0-1 has another SHA-256 there$/
        ) as string
      }) as Error
    )
  })

  test('many differences are counted, not listed', () => {
    const many = Array.from({ length: 50 }, (_, index) => entry(`package-${index}`))
    expect(() => {
      requireAvailable(lock(...many), [])
    }).toThrow(/and 30 more$/)
  })
})

test('compared with what was installed, every difference is named', () => {
  const wanted = lock(entry('apt'), entry('bash'), entry('gone'), entry('same'))
  const got = lock(entry('apt', '1.1-1'), entry('bash', '1.0-1', 'c'.repeat(64)), entry('new'), entry('same'))
  expect(() => {
    requireLocked(wanted, wanted)
  }).not.toThrow()
  expect(() => {
    requireLocked(wanted, got)
  }).toThrow(
    /apt: 1\.1-1 instead of 1\.0-1\nbash 1\.0-1 has another SHA-256\ngone 1\.0-1 is missing\nnew is not in/
  )
})
