import { HardenError } from '../base/errors.ts'
import type { Image } from '../image/image.ts'
import { createLookup } from '../image/lookup.ts'
import { parentOf } from '../image/names.ts'

/**
 * An image whose answers are about what could be read only: what lies where this user may not look (a root-owned
 * tree verified by an ordinary user) is neither there nor missing, so asking for it is an error and the check that
 * asked is `unknown`. So is everything that walks all inodes, for nobody knows what the walk left out.
 */
export function onlyWhatIsRead(image: Image): Image {
  const { unread } = image
  if (!unread || unread.size === 0) return image
  const lookup = createLookup(image.entries)

  function refuse(path: string): never {
    throw new HardenError('environment', 'FILE_UNREADABLE', `This user may not look into ${path}.`, {
      path,
      hint: 'Run as a user who may read every file of the image (root).'
    })
  }

  function ask(path: string, followLast: boolean): void {
    const missing = lookup.firstMissing(path, followLast)
    if (missing === undefined) return
    for (const where of [missing, parentOf(missing)]) if (unread?.has(where)) refuse(where)
  }

  return {
    ...image,
    get entries(): never {
      return refuse([...unread].slice(0, 3).join(', '))
    },
    get findings() {
      return image.findings
    },
    lstat(path) {
      ask(path, false)
      return image.lstat(path)
    },
    stat(path) {
      ask(path, true)
      return image.stat(path)
    },
    list(path) {
      ask(path, true)
      const directory = image.stat(path)?.path
      if (directory !== undefined && unread.has(directory)) refuse(directory)
      return image.list(path)
    },
    async read(path, limit) {
      ask(path, true)
      return image.read(path, limit)
    },
    async readText(path, limit) {
      ask(path, true)
      return image.readText(path, limit)
    }
  }
}
