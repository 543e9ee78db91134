import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageIo, OpenImageOptions } from './limits.ts'

/** A path no program takes for an option. */
export function toolPath(path: string): string {
  return path.startsWith('-') ? `./${path}` : path
}

/** A path that every tool reads literally, and what has to be removed when it is no longer needed. */
export interface PlainPath {
  path: string
  remove: () => Promise<void>
}

/** A directory only this user can look into (mkdtemp(3) makes it 0700). */
export async function privateDirectory(io: ImageIo, options: OpenImageOptions): Promise<PlainPath> {
  const parent = options.temporaryDirectory ?? io.env?.['TMPDIR'] ?? '/tmp'
  await mkdir(parent, { recursive: true })
  const path = await mkdtemp(join(parent, 'kas-harden-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/**
 * debugfs takes what follows a `?` as options and mtools what follows `@@` as an offset. A path
 * with any unusual character is therefore given to them through a link in a private directory.
 */
export async function plainPath(path: string, io: ImageIo, options: OpenImageOptions): Promise<PlainPath> {
  if (/^[\w./+,=~-]+$/.test(path)) return { path: toolPath(path), remove: () => Promise.resolve() }
  const { path: directory, remove } = await privateDirectory(io, options)
  const link = join(directory, 'image')
  await symlink(await realpath(path), link)
  return { path: link, remove }
}
