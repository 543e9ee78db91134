import { byCodeUnit } from '../base/text.ts'
import type { Image, ImageEntry } from './image.ts'
import { maximumLinks, maximumPathLength } from './limits.ts'
import { below, parentOf } from './names.ts'

/** Looks paths up in a table of inodes. */
export interface Lookup extends Pick<Image, 'lstat' | 'stat' | 'list'> {
  /**
   * The inode at which a look-up of the path ends for want of it or of its target; undefined when it gets to
   * the end. The table may not hold it yet, or it is not there.
   */
  firstMissing(path: string, followLast: boolean): string | undefined
}

/**
 * Path look-up in a table of inodes the way the kernel does it (path_resolution(7)), with the
 * image's root as `/`: absolute links start there, `..` never leaves it, the 41st link is a loop.
 */
export function createLookup(entries: ReadonlyMap<string, ImageEntry>): Lookup {
  let children: Map<string, string[]> | undefined
  let childrenOfSize = 0

  function resolve(
    path: string,
    followLast: boolean,
    missing?: (key: string) => void
  ): ImageEntry | undefined {
    if (path === '' || path.length > maximumPathLength) return undefined
    const pending = path.split('/').reverse()
    let current = entries.get('/')
    let links = 0
    while (pending.length > 0) {
      const name = pending.pop()
      if (current?.type !== 'directory') return undefined // ENOTDIR, also for `file/` and `file/..`
      if (name === undefined || name === '' || name === '.') continue
      if (name === '..') {
        current = entries.get(parentOf(current.path))
        continue
      }
      const key: string = below(current.path, name)
      const next = entries.get(key)
      const isFollowed = next?.type === 'symlink' && (followLast || pending.length > 0)
      if (missing && (!next || (isFollowed && next.target === undefined))) missing(key)
      if (next && isFollowed) {
        links += 1
        if (links > maximumLinks || !next.target) return undefined
        if (next.target.startsWith('/')) current = entries.get('/')
        pending.push(...next.target.split('/').reverse())
        continue
      }
      current = next
    }
    return current
  }

  function childrenOf(path: string): string[] {
    // A table that is read on demand grows.
    if (!children || childrenOfSize !== entries.size) {
      children = new Map()
      childrenOfSize = entries.size
      for (const key of entries.keys()) {
        if (key === '/') continue
        const parent = parentOf(key)
        const names = children.get(parent)
        const name = key.slice(key.lastIndexOf('/') + 1)
        if (names) names.push(name)
        else children.set(parent, [name])
      }
      for (const names of children.values()) names.sort(byCodeUnit)
    }
    return children.get(path) ?? []
  }

  return {
    lstat: (path) => resolve(path, false),
    stat: (path) => resolve(path, true),
    firstMissing(path, followLast) {
      let first: string | undefined
      resolve(path, followLast, (key) => (first ??= key))
      return first
    },
    list(path) {
      const entry = resolve(path, true)
      return entry?.type === 'directory' ? childrenOf(entry.path) : []
    }
  }
}
