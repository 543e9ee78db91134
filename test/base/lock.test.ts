import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HardenError } from '../../lib/base/errors.ts'
import { lockName, withLock } from '../../lib/base/lock.ts'
import { temporaryDirectory } from '../temporary.ts'

const io = { now: Date.now }

function locked(directory: string): Promise<string> {
  return withLock(directory, 'second', io, () => Promise.resolve('worked')).catch((error: unknown) => {
    if (error instanceof HardenError && error.code === 'LOCKED') return error.message
    throw error
  })
}

describe('a lock', () => {
  it('lets one in at a time, names the other, and is gone afterwards', async () => {
    const directory = temporaryDirectory()
    const said = await withLock(directory, 'first', io, () => locked(directory))
    expect(said).toMatch(
      new RegExp(`^Another kas-harden \\(first, process ${process.pid}, since 20.*\\) is at work here`)
    )
    expect(await locked(directory)).toBe('worked')
    expect(readdirSync(directory)).toEqual([])
  })

  it('is gone after work that failed, with the directories that were made for it', async () => {
    const directory = temporaryDirectory()
    const fails = () => Promise.reject(new Error('no'))
    await expect(withLock(join(directory, 'a/b'), 'x', io, fails)).rejects.toThrow('no')
    expect(readdirSync(directory)).toEqual([])
    await withLock(join(directory, 'a/b'), 'x', io, () => {
      writeFileSync(join(directory, 'a/b/result'), '')
      return Promise.resolve()
    })
    expect(readdirSync(join(directory, 'a/b'))).toEqual(['result'])
  })

  it('of many at once lets exactly one in', async () => {
    const directory = temporaryDirectory()
    let inside = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setTimeout(resolve, 20))
      inside--
    }
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => withLock(directory, 'x', io, work)))
    expect(most).toBe(1)
    expect(all.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0)
    expect(readdirSync(directory)).toEqual([])
  })

  describe('that was left over', () => {
    /** The lock of this process, changed. */
    async function left(directory: string, change: Record<string, unknown>): Promise<void> {
      let text = ''
      await withLock(directory, 'killed', io, () => {
        text = readFileSync(join(directory, lockName), 'utf8')
        return Promise.resolve()
      })
      writeFileSync(join(directory, lockName), JSON.stringify({ ...(JSON.parse(text) as object), ...change }))
    }

    it('by a process that is gone, or whose number another one has, is taken over', async () => {
      const directory = temporaryDirectory()
      for (const change of [{ pid: 2 ** 22 + 1 }, { started: '1' }]) {
        await left(directory, change)
        expect(await locked(directory)).toBe('worked')
      }
      expect(readdirSync(directory)).toEqual([])
    })

    it('by many who see it at once is taken over once at a time', async () => {
      const directory = temporaryDirectory()
      await left(directory, { pid: 2 ** 22 + 1 })
      let inside = 0
      const work = async () => {
        expect(++inside).toBe(1)
        await new Promise((resolve) => setTimeout(resolve, 20))
        inside--
      }
      const all = await Promise.allSettled(
        Array.from({ length: 8 }, () => withLock(directory, 'x', io, work))
      )
      expect(all.some(({ status }) => status === 'fulfilled')).toBe(true)
      expect(readdirSync(directory)).toEqual([])
    })

    it('on another machine counts as long as it was touched in the last minutes', async () => {
      const directory = temporaryDirectory()
      await left(directory, { space: 'elsewhere' })
      expect(await locked(directory)).toContain('killed')
      const old = new Date(Date.now() - 10 * 60_000)
      utimesSync(join(directory, lockName), old, old)
      expect(await locked(directory)).toBe('worked')
    })

    it('with anything in it is told of, and taken over when it is old', async () => {
      const directory = temporaryDirectory()
      writeFileSync(join(directory, lockName), '')
      expect(await locked(directory)).toContain('Another kas-harden is at work here')
      const old = new Date(Date.now() - 10 * 60_000)
      utimesSync(join(directory, lockName), old, old)
      expect(await locked(directory)).toBe('worked')
    })
  })

  it('is no hindrance where nothing can be written: the work itself says so', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'file'), '')
    expect(await locked(join(directory, 'file'))).toBe('worked')
    mkdirSync(join(directory, 'other'))
    expect(existsSync(join(directory, 'other', lockName))).toBe(false)
  })
})
