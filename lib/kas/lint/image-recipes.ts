import { basename } from 'node:path'
import type { Origin } from '../bitbake-parse.ts'
import type { LayerFile } from './layer-files.ts'

/** A package that a recipe installs into the image, and the line that says so. */
export interface RecipePackage {
  name: string
  at: Origin
}

/**
 * The packages that the recipes of the targets install, and the files these recipes require, as far as they are
 * written out. What other conditions and overrides do to them is BitBake's to know.
 */
export function packagesOfImages(targets: readonly string[], layers: readonly LayerFile[]): RecipePackage[] {
  const images = new Set(targets.map((target) => target.split(':').at(-1) ?? target))
  const open = layers.filter(({ path }) => images.has(basename(path).replace(/(?:_[^_]*)?\.bb$/, '')))
  const seen = new Set<LayerFile>()
  while (open.length > 0) {
    const file = open.pop()
    if (!file || seen.has(file)) continue
    seen.add(file)
    for (const line of file.lines) {
      const required = /^(?:require|include)\s+([\w./+-]+)\s*$/.exec(line)?.[1]
      if (required === undefined) continue
      open.push(...layers.filter(({ path }) => path.endsWith(`/${required.replace(/^(?:\.\.?\/)+/, '')}`)))
    }
  }
  return [...seen].flatMap(packagesIn)
}

function packagesIn({ path, lines }: LayerFile): RecipePackage[] {
  const found: RecipePackage[] = []
  let inside = false
  lines.forEach((text, index) => {
    const starts = /^IMAGE_(?:PREINSTALL|INSTALL)(?!\S*:remove)[^\s=]*\s*[?+.]*=\+?/.exec(text)?.[0]
    const said = starts === undefined ? text : text.slice(starts.length)
    if (starts !== undefined || inside) {
      for (const [name] of said.matchAll(/[a-z0-9][a-z0-9+.-]+/g)) {
        found.push({ name, at: { path, line: index + 1 } })
      }
      inside = text.trimEnd().endsWith('\\')
    }
  })
  return found
}
