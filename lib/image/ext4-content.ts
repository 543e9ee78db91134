import type { ExtSource } from './debugfs.ts'
import { runDebugfs } from './debugfs.ts'
import type { ExtTable } from './ext4-walk.ts'
import type { ImageEntry } from './image.ts'
import { keptGroup, maximumKeptBytes } from './kept-files.ts'
import type { ImageIo } from './limits.ts'
import { damaged } from './limits.ts'
import { onDemand } from './on-demand.ts'

/** What one debugfs process fetches at most, unless a single file is larger. */
const bytesPerRun = 64 * 2 ** 20
const filesPerRun = 5000

interface Content {
  inode: number
  size: number
  group: string | undefined
}

/** Every inode with content, once; of its names one that puts it into a group counts. */
function contentsOf(table: ExtTable): Map<number, Content> {
  const contents = new Map<number, Content>()
  for (const { path, type, size } of table.entries.values()) {
    const inode = table.inodeOf(path)
    if (type !== 'file' || size === 0 || inode === undefined) continue
    const group = keptGroup(path, size) ?? contents.get(inode)?.group
    contents.set(inode, { inode, size, group })
  }
  return contents
}

/** Cuts a list into runs of bounded size. */
function* runsOf(contents: readonly Content[]): Generator<Content[]> {
  let run: Content[] = []
  let bytes = 0
  for (const content of contents) {
    if (run.length > 0 && (bytes + content.size > bytesPerRun || run.length === filesPerRun)) {
      yield run
      run = []
      bytes = 0
    }
    run.push(content)
    bytes += content.size
  }
  if (run.length > 0) yield run
}

/**
 * Reads files of an ext4 file system on demand, many in one process; the first request for a file of
 * a group (`keptGroup`) brings the whole group.
 * The reader throws `IMAGE_DAMAGED` for a file whose blocks can't be read.
 */
export function createExt4Reader(
  source: ExtSource,
  table: ExtTable,
  io: ImageIo
): (entry: ImageEntry) => Promise<Buffer> {
  const kept = new Map<number, Buffer>()
  let keptBytes = 0
  let contents: ReadonlyMap<number, Content> | undefined

  async function fetch(wanted: readonly Content[]): Promise<Map<number, Buffer>> {
    const found = new Map<number, Buffer>()
    for (const run of runsOf(wanted)) {
      const bytes = run.reduce((sum, { size }) => sum + size, 0)
      const commands = run.map(({ inode }) => `cat <${inode}>`)
      const { outputs } = await runDebugfs(source, commands, io, bytes)
      for (const [index, { inode, size }] of run.entries()) {
        // Copied: a piece of the output would keep all of it in memory.
        if (outputs[index]!.length === size) found.set(inode, Buffer.from(outputs[index]!))
      }
    }
    return found
  }

  const readInode = onDemand(async (wanted) => {
    contents ??= contentsOf(table)
    const asked = [...wanted].map((inode) => contents?.get(inode)).filter((content) => content !== undefined)
    const groups = new Set(asked.map(({ group }) => group))
    let room = maximumKeptBytes - keptBytes
    const company = [...contents.values()].filter(({ inode, size, group }) => {
      if (group === undefined || !groups.has(group) || kept.has(inode) || wanted.has(inode)) return false
      room -= size
      return room >= 0
    })
    const found = await fetch([...asked, ...company])
    for (const [inode, data] of found) {
      if (contents.get(inode)?.group === undefined || keptBytes + data.length > maximumKeptBytes) continue
      if (!kept.has(inode)) keptBytes += data.length
      kept.set(inode, data)
    }
    return found
  })

  return async (entry) => {
    if (entry.size === 0) return Buffer.alloc(0)
    const inode = table.inodeOf(entry.path) ?? 0
    const data = kept.get(inode) ?? (await readInode(inode))
    if (!data) throw damaged(source.imagePath, `the content of ${entry.path} can't be read.`)
    return data
  }
}
