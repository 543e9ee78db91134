import { readFile, stat } from 'node:fs/promises'
import { digestOfFile } from '../base/digest.ts'
import { HardenError } from '../base/errors.ts'
import { fileTooLarge, once } from './compose-image.ts'
import type { Image } from './image.ts'
import { defaultReadLimit } from './limits.ts'

/** Where `read` gives the whole file of a form that is one text. */
const places = { 'dpkg-status': '/var/lib/dpkg/status', manifest: '/manifest' } as const

const descriptions = {
  'dpkg-status': 'a dpkg status file without its image: packages only, no files',
  manifest: "isar's manifest without its image: names and versions, not what is installed"
} as const

/**
 * Opens a bare dpkg status file or an isar manifest: no inodes, one readable text.
 * `read` throws `FILE_TOO_LARGE` as everywhere.
 */
export function openTextImage(path: string, format: 'dpkg-status' | 'manifest'): Image {
  async function read(wanted: string, limit = defaultReadLimit): Promise<Buffer | undefined> {
    if (wanted !== places[format]) return undefined
    const { size } = await stat(path)
    if (size > limit) throw fileTooLarge(wanted, size, limit)
    try {
      return await readFile(path)
    } catch (error) {
      throw new HardenError('environment', 'FILE_UNREADABLE', `${path} can't be read any more.`, {
        path,
        cause: error
      })
    }
  }

  return {
    path,
    format,
    description: descriptions[format],
    sha512: once(() => digestOfFile(path)),
    hasFiles: false,
    entries: new Map(),
    findings: [],
    lstat: () => undefined,
    stat: () => undefined,
    list: () => [],
    read,
    async readText(wanted, limit) {
      return (await read(wanted, limit))?.toString('utf8')
    },
    capabilities: () => Promise.resolve(undefined),
    close: () => Promise.resolve()
  }
}
