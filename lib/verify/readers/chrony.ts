import type { CheckContext } from '../check-context.ts'
import { mergedDropIns, globImage } from './glob.ts'
import type { Setting } from './lines.ts'
import { readLines } from './lines.ts'

const maxDepth = 10

/**
 * Every directive of chronyd in reading order: /etc/chrony/chrony.conf, `include` with patterns in place,
 * `confdir` (*.conf) in place, `sourcedir` (*.sources) at the end; several directories on one line are
 * merged by file name, the first directory wins. Undefined without a chrony.conf.
 */
export async function readChrony({ image }: CheckContext): Promise<readonly Setting[] | undefined> {
  if (image.stat('/etc/chrony/chrony.conf') === undefined) return undefined
  const settings: Setting[] = []
  const sourceDirectories: string[] = []

  async function readFile(path: string, depth: number): Promise<void> {
    if (depth > maxDepth)
      throw new RangeError(`${path}: include nests deeper than ${maxDepth}, which chronyd refuses`)
    for (const line of (await readLines(image, path)) ?? []) {
      const text = line.text.trim()
      const match = /^([^\s!;#%]\S*)\s*(.*)$/.exec(text)
      if (!match) continue
      const key = (match[1] ?? '').toLowerCase()
      const value = (match[2] ?? '').replace(/\s+/g, ' ')
      if (key === 'include') {
        for (const included of globImage(image, value)) await readFile(included, depth + 1)
      } else if (key === 'confdir') {
        const files = mergedDropIns(image, value.split(' '), (name) => name.endsWith('.conf'))
        for (const included of files) await readFile(included, depth + 1)
      } else if (key === 'sourcedir') sourceDirectories.push(...value.split(' '))
      else settings.push({ ...line, key, value })
    }
  }

  await readFile('/etc/chrony/chrony.conf', 0)
  for (const path of mergedDropIns(image, sourceDirectories, (name) => name.endsWith('.sources'))) {
    await readFile(path, 1)
  }
  return settings
}
