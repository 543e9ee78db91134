import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { changeIn, tryIn, type Run } from './debian-tree.ts'
import { recipes, renderSite } from './site-source.ts'

/** Our two sources, built in a tree of the release. */
export interface BuiltDebs {
  /** Directory in the build tree, as seen from outside. */
  directory: string
  /** SHA-256 by file name of every .deb. */
  digests: Readonly<Record<string, string>>
  version: string
}

/**
 * Builds both sources without a network, below `/<where>` of the tree. The site has
 * every part.
 */
export async function buildDebs(tree: string, where: string): Promise<BuiltDebs> {
  const directory = join(tree, where)
  mkdirSync(directory)
  cpSync(join(recipes, 'kas-harden-settings', 'files'), join(directory, 'settings'), { recursive: true })
  const version = await renderSite({}, join(directory, 'site'))
  for (const source of ['settings', 'site']) {
    changeIn(tree, `cd "/$1/$2" && chmod +x debian/rules && dpkg-buildpackage -b -uc -us -d`, where, source)
  }
  const debs = readdirSync(directory).filter((name) => name.endsWith('.deb'))
  const digests = debs.map((name) => [
    name,
    createHash('sha256').update(readFileSync(join(directory, name))).digest('hex')
  ])
  return { directory, digests: Object.fromEntries(digests) as Record<string, string>, version }
}

/** The release's own lintian on all of it; hints are on. */
export function lintian(tree: string, where: string): Run {
  return tryIn(tree, 'cd "/$1" && lintian --allow-root --fail-on error,warning ./*.changes', where)
}
