import { formatCapabilities, someCapabilities } from './capabilities.ts'
import { createDebugfs } from './debugfs.ts'
import type { ExtTable } from './ext4-walk.ts'
import type { FileSystemSource } from './file-system.ts'
import type { ImageIo } from './limits.ts'

/** Room for extended attributes beside the layout. */
const listingBytes = 64 * 2 ** 20

/**
 * Files with capabilities in a table that was read whole: one debugfs process lists the attributes of every
 * file somebody may execute (others' capabilities have no effect). Undefined when it has anything to complain about.
 * @throws HardenError as `Debugfs.run`
 */
export async function readExt4Capabilities(
  source: FileSystemSource,
  table: ExtTable,
  io: ImageIo
): Promise<ReadonlyMap<string, string> | undefined> {
  const programs = [...table.entries.values()].filter(
    ({ type, mode }) => type === 'file' && (mode & 0o111) !== 0
  )
  const inodes = [...new Set(programs.map(({ path }) => table.inodeOf(path) ?? 0))]
  const commands = inodes.map((inode) => `ea_list <${inode}>`)
  // One of its own, so that the complaints are about these commands.
  const debugfs = createDebugfs(source, io)
  const outputs = await debugfs.run(commands, listingBytes)
  if ((await debugfs.complaints()) !== '') return undefined
  const byInode = new Map<number, string>()
  for (const [index, inode] of inodes.entries()) {
    const match = /^ *security\.capability \(\d+\)(?: = ((?:[0-9a-f]{2} )+)$)?/m.exec(
      outputs[index]!.toString('latin1')
    )
    if (!match) continue
    const hex = match[1]?.replaceAll(' ', '')
    byInode.set(inode, hex === undefined ? someCapabilities : formatCapabilities(Buffer.from(hex, 'hex')))
  }
  const found = new Map<string, string>()
  for (const { path } of programs) {
    const capabilities = byInode.get(table.inodeOf(path) ?? 0)
    if (capabilities !== undefined) found.set(path, capabilities)
  }
  return found
}
