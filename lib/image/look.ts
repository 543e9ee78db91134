import type { Image, ImageEntry } from './image.ts'
import { createLookup } from './lookup.ts'

/** How a table that is read piece by piece gets more of it. */
export interface PieceLoader {
  /** True when everything in this directory is in the table. */
  isListed: (directory: string) => boolean
  /**
   * Brings inodes into the table: the one at a path, everything in a directory for a path with a slash at its
   * end, the target of a symlink for one that ends with `targetOf`. What is not there stays away.
   */
  load: (keys: readonly string[]) => Promise<void>
}

/** Stands behind the path of a symlink whose target is wanted; no path has a NUL. */
export const targetOf = '\0'

const directoryOf = (key: string) => key.slice(0, Math.max(1, key.lastIndexOf('/')))

/**
 * Brings into a table what the look-up of paths needs, links followed, many at once: step by step each path
 * goes as deep as the table reaches, then all that is missing is loaded together. A path with a slash at its
 * end means everything in that directory.
 */
export function createLook(
  entries: ReadonlyMap<string, ImageEntry>,
  { isListed, load }: PieceLoader
): NonNullable<Image['look']> {
  const lookup = createLookup(entries)
  /** What was asked for once is known, be it that it is not there: the end of every loop of links. */
  const asked = new Set<string>()

  function wantedFor(path: string, followLast: boolean): string | undefined {
    const key = lookup.firstMissing(path, followLast)
    if (key !== undefined) {
      if (!entries.has(key) && isListed(directoryOf(key))) return undefined
      const wanted = entries.has(key) ? `${key}${targetOf}` : key
      return asked.has(wanted) ? undefined : wanted
    }
    const directory = path.endsWith('/') ? lookup.stat(path)?.path : undefined
    if (directory === undefined || isListed(directory)) return undefined
    const listing = `${directory}/`
    return asked.has(listing) ? undefined : listing
  }

  return async (paths, { followLast = true } = {}) => {
    let waiting = paths
    while (waiting.length > 0) {
      const wanted = new Set<string>()
      waiting = waiting.filter((path) => {
        const key = wantedFor(path, followLast)
        if (key !== undefined) wanted.add(key)
        return key !== undefined
      })
      if (wanted.size === 0) return
      for (const key of wanted) asked.add(key)
      await load([...wanted])
    }
  }
}
