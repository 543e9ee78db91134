import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { layerRepo } from './overlay.ts'
import type { KasRepo } from './repos.ts'

/** A layer of the project that can change an image in ways local.conf does not show. */
export interface ForeignLayer {
  repo: string
  path: string
  reason: string
}

/**
 * Layers whose `.bbappend` files change recipes of others, and layers nobody can look into because their repo is
 * not on this machine. isar's own layers and ours are left out; a layer with recipes alone changes nothing that
 * `IMAGE_INSTALL` does not name.
 */
export function foreignLayers(repos: readonly KasRepo[]): ForeignLayer[] {
  return repos
    .filter((repo) => !isIsar(repo))
    .flatMap((repo) => repo.layers.flatMap((layer) => judge(repo, layer)))
}

function judge(repo: KasRepo, layer: string): ForeignLayer[] {
  if (repo.key === layerRepo || isOurLayer(layer)) return []
  const found = (reason: string) => [{ repo: repo.key, path: layer, reason }]
  if (!repo.present) return found('this layer is not checked out, so nobody knows what it changes')
  const conf = join(layer, 'conf', 'layer.conf')
  if (!existsSync(conf)) return []
  const append = appends(layer)[0]
  return append === undefined ? [] : found(`this layer changes recipes (${append})`)
}

/** Our own layer, wherever it lies: a copy in the project, or checked out from git. */
export function isOurLayer(layer: string): boolean {
  const conf = join(layer, 'conf', 'layer.conf')
  return existsSync(conf) && /^BBFILE_COLLECTIONS\s*\+=\s*"kas-harden/m.test(readFileSync(conf, 'utf8'))
}

/** isar is known by its own script, or by its name while it is not checked out. */
function isIsar(repo: KasRepo): boolean {
  if (repo.present) return existsSync(join(repo.path, 'isar-init-build-env'))
  return [repo.key, repo.url ?? ''].some((name) => /(?:^|\/)isar(?:\.git)?\/?$/.test(name))
}

/** `recipes-x/y/z.bbappend`, the two folders deep that BBFILES of every layer covers. */
function appends(layer: string): string[] {
  const directories = (path: string) =>
    readdirSync(path).filter((name) => statSync(join(path, name), { throwIfNoEntry: false })?.isDirectory())
  return directories(layer)
    .filter((name) => name.startsWith('recipes'))
    .flatMap((name) => directories(join(layer, name)).map((inner) => join(name, inner)))
    .flatMap((folder) => readdirSync(join(layer, folder)).map((name) => join(folder, name)))
    .filter((name) => name.endsWith('.bbappend'))
    .sort()
}
