import type { Stats } from 'node:fs'
import type { Inode } from './directory-tree.ts'
import type { EntryType } from './image.ts'

/** File types of inode(7), as the bits above the permissions. */
const types: ReadonlyMap<number, EntryType> = new Map([
  [0o10, 'file'],
  [0o04, 'directory'],
  [0o12, 'symlink'],
  [0o06, 'block'],
  [0o02, 'character'],
  [0o01, 'fifo'],
  [0o14, 'socket']
])

const row = /^dev=([0-9a-f]{1,16}),ino=(\d{1,20}),mode=([0-7]{1,7}),uid=(\d{1,10}),gid=(\d{1,10}),/

/**
 * What fakeroot(1) wrote with `-s`: type, permissions and owners of the inodes made under it, which are plain
 * files of this user on the disk. Undefined when a line can't be read: then none of it is trusted.
 */
export function readFakerootInodes(text: string): ((stats: Stats) => Inode | undefined) | undefined {
  const inodes = new Map<string, Inode>()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, dev = '', ino = '', bits = '', uid, gid] = row.exec(line) ?? []
    const mode = Number.parseInt(bits, 8)
    const type = types.get(mode >> 12)
    // Numbers that a double can't hold would let two inodes look like one.
    if (type === undefined || !Number.isSafeInteger(Number(ino))) return undefined
    inodes.set(`${Number.parseInt(dev, 16)}:${Number(ino)}`, {
      type,
      mode: mode & 0o7777,
      uid: Number(uid),
      gid: Number(gid)
    })
  }
  return ({ dev, ino }) => inodes.get(`${dev}:${ino}`)
}
