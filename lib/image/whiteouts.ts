import type { ImageEntry } from './image.ts'
import { below, parentOf } from './names.ts'
import type { TarTable } from './tar-table.ts'

/** What one layer brings and deletes, OCI image specification, "Image Layer Filesystem Changeset". */
export interface LayerChanges {
  /** True for a whiteout: it says what to delete and is no file itself. */
  takes(name: string): boolean
  /** Notes an entry this layer brought; its own whiteouts do not touch it. */
  brought(entry: ImageEntry): void
  /** Deletes what the whiteouts name of all layers below. Call once, at the end of the layer. */
  apply(): void
}

/** Collects the whiteouts of one layer, so that deleting is one look at the table, however many there are. */
export function createLayerChanges(table: TarTable): LayerChanges {
  const own = new Set<string>()
  const deleted = new Set<string>()
  const emptied = new Set<string>()

  function isGone(path: string): boolean {
    if (deleted.has(path)) return true
    for (let above = parentOf(path); ; above = parentOf(above)) {
      if (deleted.has(above) || emptied.has(above)) return true
      if (above === '/') return false
    }
  }

  return {
    takes(name) {
      const slash = name.lastIndexOf('/')
      const last = name.slice(slash + 1)
      if (!last.startsWith('.wh.')) return false
      const directory = table.placeOf(slash < 0 ? '.' : name.slice(0, slash + 1))
      if (directory === undefined) return true
      if (last === '.wh..wh..opq') emptied.add(directory)
      else if (!last.startsWith('.wh..wh.')) deleted.add(below(directory, last.slice(4)))
      return true
    },
    brought(entry) {
      // Its directories are needed as well, whoever brought them.
      for (let path = entry.path; !own.has(path); path = parentOf(path)) own.add(path)
    },
    apply() {
      if (deleted.size === 0 && emptied.size === 0) return
      table.remove([...table.entries.keys()].filter((path) => path !== '/' && !own.has(path) && isGone(path)))
    }
  }
}
