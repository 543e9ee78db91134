import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { digestOfFile } from '../../lib/base/digest.ts'

const folder = mkdtempSync(join(tmpdir(), 'kas-harden-digest-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe('digestOfFile', () => {
  const piece = 4 << 20
  it.each([0, 1, 4095, 4097, piece - 1, piece, piece + 1, 2 * piece + 7])(
    'agrees with sha512sum on %i bytes',
    async (size) => {
      const path = join(folder, String(size))
      writeFileSync(path, randomBytes(size))
      const [expected] = execFileSync('sha512sum', [path], { encoding: 'utf8' }).split(' ')
      expect(await digestOfFile(path)).toBe(expected)
    }
  )

  it('reads a file to its end although it says it is empty', async () => {
    const [expected] = execFileSync('sha256sum', ['/proc/version'], { encoding: 'utf8' }).split(' ')
    expect(await digestOfFile('/proc/version', 'sha256')).toBe(expected)
  })
})
