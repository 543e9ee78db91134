import { open } from 'node:fs/promises'
import type { ErofsTables } from './erofs-inodes.ts'
import { readErofsTables } from './erofs-inodes.ts'
import type { FileSystemSource } from './file-system.ts'

async function has(tables: ErofsTables, path: string): Promise<boolean> {
  let nid: bigint | undefined = tables.root
  for (const name of path.split('/').slice(1)) {
    const inode = await tables.inodeAt(nid)
    const isDirectory = inode.mode >> 12 === 0o04
    nid = isDirectory ? (await tables.rowsOf(inode)).find((row) => row.name === name)?.nid : undefined
    if (nid === undefined) return false
  }
  return true
}

/** Which of some absolute paths an erofs has, without unpacking it; symlinks are not followed. None where it is damaged. */
export async function erofsHas(
  source: FileSystemSource,
  paths: readonly string[]
): Promise<readonly boolean[]> {
  const file = await open(source.toolPath)
  try {
    const { size } = await file.stat()
    const tables = await readErofsTables(file, source.offset, size - source.offset)
    const found: boolean[] = []
    for (const path of paths) found.push(tables !== undefined && (await has(tables, path)))
    return found
  } catch (error) {
    if (error instanceof RangeError) return paths.map(() => false)
    throw error
  } finally {
    await file.close()
  }
}
