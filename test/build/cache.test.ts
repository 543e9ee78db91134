import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cacheDirectory, cached, cacheKey } from '../../lib/build/cache.ts'
import { temporaryDirectory } from '../temporary.ts'

describe('the cache', () => {
  test('makes a file once and finds it again', async () => {
    const directory = join(temporaryDirectory(), 'below', 'home')
    let made = 0
    const make = (path: string) => {
      made += 1
      writeFileSync(path, 'content')
      return Promise.resolve()
    }
    const first = await cached(directory, 'base', 'key', '.tar', make)
    const second = await cached(directory, 'base', 'key', '.tar', make)
    expect([made, first.hit, second.hit]).toEqual([1, false, true])
    expect(readFileSync(second.path, 'utf8')).toBe('content')
  })

  test.each(['.tar', '.d'])('two makers at once leave one whole %s and both have it', async (suffix) => {
    const directory = temporaryDirectory()
    let waiting = 0
    let release: () => void = () => undefined
    const both = new Promise<void>((resolve) => (release = resolve))
    const make = async (path: string) => {
      const file = suffix === '.d' ? (mkdirSync(path), join(path, 'file')) : path
      writeFileSync(file, 'half')
      if (++waiting === 2) release()
      await both
      writeFileSync(file, 'whole')
    }
    const [a, b] = await Promise.all([0, 1].map(() => cached(directory, 'base', 'key', suffix, make)))
    expect(a!.path).toBe(b!.path)
    expect(readFileSync(suffix === '.d' ? join(a!.path, 'file') : a!.path, 'utf8')).toBe('whole')
    expect(readdirSync(directory)).toEqual([`base-key${suffix}`])
  })

  test('a maker that fails leaves nothing', async () => {
    const directory = temporaryDirectory()
    const made = cached(directory, 'debs', 'key', '.d', (path) => {
      mkdirSync(path)
      writeFileSync(join(path, 'half'), '')
      return Promise.reject(new Error('no luck'))
    })
    await expect(made).rejects.toThrow('no luck')
    expect(readdirSync(directory)).toEqual([])
  })

  test('keeps the six files of a kind that were used last, and every other kind', async () => {
    const directory = temporaryDirectory()
    const make = (path: string) => {
      writeFileSync(path, '')
      return Promise.resolve()
    }
    for (let index = 0; index < 6; index++) {
      const { path } = await cached(directory, 'base-bookworm', `key${index}`, '.tar', make)
      utimesSync(path, index, index)
    }
    writeFileSync(join(directory, 'base-trixie-key.tar'), '')
    utimesSync(join(directory, 'base-trixie-key.tar'), 0, 0)
    await cached(directory, 'base-bookworm', 'key0', '.tar', make) // used again
    await cached(directory, 'base-bookworm', 'key6', '.tar', make)
    const left = readdirSync(directory).sort()
    expect(left).not.toContain('base-bookworm-key1.tar')
    expect(left).toContain('base-bookworm-key0.tar')
    expect(left).toContain('base-trixie-key.tar')
    expect(left).toHaveLength(7)
  })

  test('what an interrupted machine left behind is removed, what a running build writes is not', async () => {
    const directory = temporaryDirectory()
    const [old, young] = ['.base-0000.partial', '.base-1111.partial'].map((name) =>
      join(directory, name)
    ) as [string, string]
    mkdirSync(old)
    writeFileSync(young, '')
    utimesSync(old, 1, 1)
    await cached(directory, 'base', 'key', '.tar', (path) => {
      writeFileSync(path, '')
      return Promise.resolve()
    })
    expect([existsSync(old), existsSync(young)]).toEqual([false, true])
  })
})

test('a key depends on every part and not on their order', () => {
  expect(cacheKey({ a: 1, b: ['x'] })).toBe(cacheKey({ b: ['x'], a: 1 }))
  expect(cacheKey({ a: 1, b: ['x'] })).not.toBe(cacheKey({ a: 1, b: ['y'] }))
})

test('its directory: our variable, XDG, home, /var/cache', () => {
  expect(cacheDirectory({ KAS_HARDEN_CACHE: '/a b', XDG_CACHE_HOME: '/x', HOME: '/h' })).toBe('/a b')
  expect(cacheDirectory({ XDG_CACHE_HOME: '/x', HOME: '/h' })).toBe('/x/kas-harden')
  expect(cacheDirectory({ HOME: '/h' })).toBe('/h/.cache/kas-harden')
  expect(cacheDirectory({})).toBe('/var/cache/kas-harden')
})
