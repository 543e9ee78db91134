import { spawnSync } from 'node:child_process'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseOsRelease, readOsRelease } from '../../lib/image/os-release.ts'
import { put, scratchDirectory, withImage } from './images.ts'

const scratch = await scratchDirectory()

describe('parseOsRelease', () => {
  test('reads plain, double- and single-quoted values', () => {
    const text = [
      '# a comment',
      'ID=debian',
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"',
      "SINGLE='as $it is'",
      'ESCAPED="a \\"b\\" \\$c \\\\ \\` d"',
      'EMPTY=',
      '',
      'VERSION_ID="11"',
      'VERSION_ID="12"\r',
      'no assignment',
      'BROKEN="no end',
      'TWO=words here'
    ].join('\n')
    expect(parseOsRelease(text)).toEqual({
      ID: 'debian',
      PRETTY_NAME: 'Debian GNU/Linux 12 (bookworm)',
      SINGLE: 'as $it is',
      ESCAPED: 'a "b" $c \\ ` d',
      EMPTY: '',
      VERSION_ID: '12'
    })
  })

  test('a hostile key is only a key', () => {
    const fields = parseOsRelease('__proto__=x\nconstructor=y\n')
    expect(Object.keys(fields)).toEqual(['__proto__', 'constructor'])
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  test('agrees with the shell on every quoted value', () => {
    const characters = fc.constantFrom('a', 'Z', '0', ' ', '"', "'", '\\', '$', '`', '#', '=', '(', 'ä')
    const property = fc.property(fc.array(characters, { maxLength: 12 }), (parts) => {
      const value = parts.join('')
      const quoted = `X="${value.replace(/[$"\\`]/g, '\\$&')}"`
      const shell = spawnSync('sh', ['-c', `${quoted}; printf %s "$X"`], { encoding: 'utf8' })
      expect(parseOsRelease(quoted)['X']).toBe(shell.stdout)
      expect(shell.stdout).toBe(value)
    })
    fc.assert(property, { numRuns: 60 })
  })
})

describe('readOsRelease', () => {
  test('takes /etc before /usr/lib, and neither is undefined', async () => {
    const root = join(scratch, 'both')
    await put(root, 'etc/os-release', 'ID=etc\n')
    await put(root, 'usr/lib/os-release', 'ID=vendor\n')
    await withImage(root, async (image) => {
      expect(await readOsRelease(image)).toEqual({ ID: 'etc' })
    })
    const vendor = join(scratch, 'vendor')
    await put(vendor, 'usr/lib/os-release', 'ID=vendor\n')
    await mkdir(join(vendor, 'etc'))
    await symlink('/nowhere', join(vendor, 'etc/os-release'))
    await withImage(vendor, async (image) => {
      expect(await readOsRelease(image)).toEqual({ ID: 'vendor' })
    })
    await mkdir(join(scratch, 'none'))
    await withImage(join(scratch, 'none'), async (image) => {
      expect(await readOsRelease(image)).toBeUndefined()
    })
  })
})
