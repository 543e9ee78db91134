import { composeImage } from '../../lib/image/compose-image.ts'
import { createFindingLog } from '../../lib/image/finding-log.ts'
import type { Image, ImageEntry } from '../../lib/image/image.ts'

/** One inode of a test image: its text, or what is special about it. `null` takes it away. */
type TreeEntry =
  | string
  | null
  | {
      content?: string
      mode?: number
      uid?: number
      gid?: number
      /** A symlink to there. */
      link?: string
      directory?: boolean
    }

/** Path -> entry; directories on the way are made. */
export type Tree = Readonly<Record<string, TreeEntry>>

/** An image in memory, with the look-up of the real ones. Files are 0644 root:root unless they say otherwise. */
export function treeImage(...trees: readonly Tree[]): Image {
  const entries = new Map<string, ImageEntry>()
  const contents = new Map<string, string>()
  const add = (entry: Pick<ImageEntry, 'path' | 'type'> & Partial<ImageEntry>): void => {
    entries.set(entry.path, { mode: 0o755, uid: 0, gid: 0, size: 0, ...entry })
  }
  add({ path: '/', type: 'directory' })
  for (const [path, given] of Object.entries(Object.assign({}, ...trees) as Tree)) {
    if (given === null) continue
    const entry = typeof given === 'string' ? { content: given } : given
    const parts = path.split('/')
    for (let at = 2; at < parts.length; at++) {
      const parent = parts.slice(0, at).join('/')
      if (!entries.has(parent)) add({ path: parent, type: 'directory' })
    }
    const { mode, uid = 0, gid = 0 } = entry
    if (entry.link !== undefined) add({ path, type: 'symlink', mode: 0o777, uid, gid, target: entry.link })
    else if (entry.directory) add({ path, type: 'directory', mode: mode ?? 0o755, uid, gid })
    else {
      const content = entry.content ?? ''
      contents.set(path, content)
      add({ path, type: 'file', mode: mode ?? 0o644, uid, gid, size: Buffer.byteLength(content) })
    }
  }
  return composeImage({
    path: '/test.tar',
    format: 'tar',
    description: 'a test image',
    esp: undefined,
    sha512: undefined,
    entries,
    findings: createFindingLog(),
    capabilities: () => Promise.resolve(new Map()),
    readFile: (entry) => Promise.resolve(Buffer.from(contents.get(entry.path) ?? ''))
  })
}
