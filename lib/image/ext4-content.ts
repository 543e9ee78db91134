import { contentsOf, createContentReader } from './content-reader.ts'
import type { Debugfs } from './debugfs.ts'
import type { ExtTable } from './ext4-walk.ts'
import type { FileSystemSource } from './file-system.ts'
import type { ImageEntry } from './image.ts'
import { damaged } from './limits.ts'

/**
 * Reads files of an ext4 file system on demand by inode number, many by one answer of debugfs.
 * The reader throws `IMAGE_DAMAGED` for a file whose blocks can't be read.
 */
export function createExt4Reader(
  source: FileSystemSource,
  table: ExtTable,
  debugfs: Debugfs
): (entry: ImageEntry) => Promise<Buffer> {
  const read = createContentReader(
    () => contentsOf(table.entries, (path) => table.inodeOf(path)),
    async (run) => {
      const bytes = run.reduce((sum, { size }) => sum + size, 0)
      const commands = run.map(({ number }) => `cat <${number}>`)
      const outputs = await debugfs.run(commands, bytes)
      const found = new Map<number, Buffer>()
      for (const [index, { number, size }] of run.entries()) {
        // Copied: a piece of the output would keep all of it in memory.
        if (outputs[index]!.length === size) found.set(number, Buffer.from(outputs[index]!))
      }
      return found
    }
  )

  return async (entry) => {
    if (entry.size === 0) return Buffer.alloc(0)
    const data = await read(table.inodeOf(entry.path) ?? 0)
    if (!data) throw damaged(source.imagePath, `the content of ${entry.path} can't be read.`)
    return data
  }
}
