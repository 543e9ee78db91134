import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { byCodeUnit } from '../../base/text.ts'
import type { KasProject } from '../kas-project.ts'

/** A layer of the build, with what its layer.conf says about order. */
export interface BbLayer {
  path: string
  /** BBFILE_PRIORITY. */
  priority: number
}

/** The layers BitBake would see, as far as they are on this machine. */
export interface BbLayers {
  /** In the order of BBPATH. */
  path: readonly string[]
  layers: readonly BbLayer[]
  /** Repos whose layers are not on this machine. */
  absent: readonly string[]
}

/**
 * The layers of a project in the order of BBPATH: kas sorts BBLAYERS by repo and layer, each layer.conf puts
 * itself behind (`BBPATH .= ":${LAYERDIR}"`) or before the others.
 */
export function bbLayers(project: Pick<KasProject, 'repos'>): BbLayers {
  const repos = project.repos.toSorted((a, b) => byCodeUnit(a.key, b.key))
  const layers: BbLayer[] = []
  const path: string[] = []
  for (const layer of repos.flatMap((repo) => repo.layers.toSorted(byCodeUnit))) {
    const conf = readIfThere(join(layer, 'conf', 'layer.conf'))
    // Ours never decides what the project itself says.
    if (conf === undefined || /^BBFILE_COLLECTIONS\s*\+=\s*"kas-harden/m.test(conf)) continue
    const priority = /^BBFILE_PRIORITY_[^\s=]+\s*\??=\s*["'](\d+)["']/m.exec(conf)?.[1]
    layers.push({ path: layer, priority: Number(priority ?? 0) })
    const before = /^BBPATH\s*(?:=\.|=\+)|^BBPATH\s*:?=\s*["']\$\{LAYERDIR\}/m.test(conf)
    if (before) path.unshift(layer)
    else path.push(layer)
  }
  return { path, layers, absent: repos.filter((repo) => !repo.present).map((repo) => repo.key) }
}

/** Text of a file, or undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  return existsSync(path) && statSync(path).isFile() ? readFileSync(path, 'utf8') : undefined
}

/** A file as BitBake's `include` finds it: the first one along BBPATH. */
export function alongPath(layers: BbLayers, file: string): string | undefined {
  return layers.path.map((layer) => join(layer, file)).find((path) => existsSync(path))
}

/**
 * The recipe of an image and its `.bbappend` files in the order BitBake reads them. Of several recipes the one of
 * the layer with the highest priority counts, of several versions the last by name.
 */
export function recipeFiles(layers: BbLayers, image: string): string[] {
  const byPriority = layers.layers.toSorted((a, b) => b.priority - a.priority)
  const ofName = (path: string, ending: string) => {
    const name = basename(path, ending)
    return name === image || name.startsWith(`${image}_`)
  }
  const recipe = byPriority
    .flatMap((layer) =>
      recipesIn(layer.path, '.bb')
        .filter((path) => ofName(path, '.bb'))
        .toSorted(byCodeUnit)
        .slice(-1)
    )
    .at(0)
  if (recipe === undefined) return []
  const appends = layers.layers
    .flatMap((layer) => recipesIn(layer.path, '.bbappend'))
    .filter((path) => ofName(path, '.bbappend'))
  return [recipe, ...appends]
}

/** The two folders deep that BBFILES of every layer covers. */
function recipesIn(layer: string, ending: string): string[] {
  const directories = (path: string) =>
    readdirSync(path).filter((name) => statSync(join(path, name), { throwIfNoEntry: false })?.isDirectory())
  return directories(layer)
    .filter((name) => name.startsWith('recipes'))
    .flatMap((name) => directories(join(layer, name)).map((inner) => join(layer, name, inner)))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => path.endsWith(ending))
}
