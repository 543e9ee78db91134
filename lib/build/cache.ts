import { access, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { digestOf } from '../base/digest.ts'
import type { Io } from '../base/io.ts'

/** Directory of the build cache: `KAS_HARDEN_CACHE`, else the XDG cache directory. */
export function cacheDirectory(env: Io['env']): string {
  if (env['KAS_HARDEN_CACHE']) return env['KAS_HARDEN_CACHE']
  const base = env['XDG_CACHE_HOME'] || (env['HOME'] ? join(env['HOME'], '.cache') : '/var/cache')
  return join(base, 'kas-harden')
}

/** A stable key of whatever decides the content of a cached file. */
export function cacheKey(parts: Readonly<Record<string, unknown>>): string {
  const ordered = Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1))
  return digestOf(JSON.stringify(ordered)).slice(0, 32)
}

const keep = 6

/**
 * Gives the cached file `<kind>-<key><suffix>`, making it when it isn't there.
 * `make` writes to the path it gets; the file appears in the cache whole or
 * not at all, so two builds at once don't disturb each other. Old files of the
 * same kind are removed, the latest six stay.
 */
export async function cached(
  directory: string,
  kind: string,
  key: string,
  suffix: string,
  make: (path: string) => Promise<void>
): Promise<{ path: string; hit: boolean }> {
  await mkdir(directory, { recursive: true })
  const path = join(directory, `${kind}-${key}${suffix}`)
  const there = await access(path).then(
    () => true,
    () => false
  )
  if (there) {
    const now = new Date()
    await utimes(path, now, now).catch(() => undefined) // marks it as used; a shared read-only cache is fine
    return { path, hit: true }
  }
  const temporary = join(directory, `.${kind}-${randomBytes(6).toString('hex')}.partial`)
  try {
    await make(temporary)
    await rename(temporary, path).catch((error: unknown) => {
      // A directory can't replace another one: somebody else was first, and made the same.
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
    })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
  await prune(directory, kind, suffix)
  return { path, hit: false }
}

const day = 24 * 60 * 60 * 1000

/** Removes the oldest files of a kind, and what builds left that were killed more than a day ago. */
async function prune(directory: string, kind: string, suffix: string): Promise<void> {
  const dated = await Promise.all(
    (await readdir(directory)).map(async (name) => {
      const found = await stat(join(directory, name)).catch(() => undefined) // another build prunes as well
      return { name, used: found?.mtimeMs ?? 0 }
    })
  )
  const newest = Math.max(...dated.map(({ used }) => used))
  const old = dated
    .filter(({ name }) => name.startsWith(`${kind}-`) && name.endsWith(suffix))
    .sort((a, b) => b.used - a.used)
    .slice(keep)
  const dead = dated.filter(({ name, used }) => /^\..*\.partial$/.test(name) && newest - used > day)
  for (const { name } of [...old, ...dead]) {
    // What another user of a shared cache made stays: tidying up must not fail a build that is done.
    await rm(join(directory, name), { recursive: true, force: true }).catch(() => undefined)
  }
}
