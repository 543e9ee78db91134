import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { HardenError, messageOf } from '../lib/base/errors.ts'
import { byCodeUnit } from '../lib/base/text.ts'
import type { DpkgPackage } from '../lib/debian/package.ts'

const maxFiles = 200_000
/** isar's own packages lie deepest: `isar-apt/<distro>-<arch>/apt/<distro>/pool/main/<letter>/<source>`. */
const maxDepth = 8

/** File name of a binary package without its epoch, as archives store it: `openssl_3.0.17-1_amd64.deb`. */
export function debFileName(one: Pick<DpkgPackage, 'name' | 'version' | 'architecture'>): string {
  return `${one.name}_${one.version.replace(/^\d+:/, '')}_${one.architecture}.deb`
}

/**
 * Finds the .deb files of packages below directories (isar's download directory, apt's cache, a pool) by the file
 * name archives give them or the one apt's cache does (`name_1%3a2.0_amd64.deb`). Links to directories are not followed;
 * what the first directory has is not looked for in the next.
 * @throws HardenError `DEB_DIRECTORY` (usage) when one can't be read or holds more than 200,000 files.
 */
export async function findDebFiles(
  directories: readonly string[],
  packages: readonly DpkgPackage[]
): Promise<ReadonlyMap<DpkgPackage, string>> {
  const files = new Map<string, string>()
  for (const directory of directories) {
    for (const [name, path] of await namesBelow(directory)) if (!files.has(name)) files.set(name, path)
  }
  const found = new Map<DpkgPackage, string>()
  for (const one of packages) {
    const cached = `${one.name}_${one.version.replaceAll(':', '%3a')}_${one.architecture}.deb`
    const path = files.get(cached) ?? files.get(debFileName(one))
    if (path !== undefined) found.set(one, path)
  }
  return found
}

/** Path by file name; of two files with one name the first in order. */
async function namesBelow(root: string): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  let seen = 0
  const walk = async (directory: string, depth: number): Promise<void> => {
    const entries = await readdir(directory, { withFileTypes: true })
    for (const entry of entries.sort((a, b) => byCodeUnit(a.name, b.name))) {
      if (++seen > maxFiles) throw new Error(`it holds more than ${maxFiles} files`)
      const path = join(directory, entry.name)
      if (entry.isDirectory() && depth < maxDepth) await walk(path, depth + 1)
      else if (entry.isFile() && entry.name.endsWith('.deb') && !files.has(entry.name))
        files.set(entry.name, path)
    }
  }
  try {
    await walk(root, 0)
  } catch (error) {
    throw new HardenError(
      'usage',
      'DEB_DIRECTORY',
      `The directory of .deb files can't be used: ${messageOf(error)}`,
      {
        path: root,
        hint: "Give isar's downloads/deb directory, apt's cache or a pool of an archive.",
        cause: error
      }
    )
  }
  return files
}
