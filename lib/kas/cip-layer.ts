import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { KasProject } from './kas-project.ts'
import { packagesOfImages } from './lint/image-recipes.ts'
import { type LayerFile, layerFiles } from './lint/layer-files.ts'
import type { KasRepo } from './repos.ts'
import { headCommit } from './repository.ts'

/** isar-cip-core as this project has it. */
export interface CipLayer {
  /** Key of its repo in the configuration. */
  repo: string
  /** The commit its work tree stands on; undefined outside git. */
  commit: string | undefined
  /** Recipes in the image of the project's targets, isar-cip-core's own among them. */
  recipes: ReadonlySet<string>
  /** `path:line` below the layer, of the first line of the recipe's folder that matches; undefined when none does. */
  find: (recipe: string, line: RegExp) => string | undefined
}

/** isar-cip-core's packages that bring others of its own (their DEBIAN_DEPENDS). */
const brings: Readonly<Record<string, readonly string[]>> = { 'security-customizations': ['customizations'] }

/** isar-cip-core among the repos of a project, known by the name of its layer collection; undefined without it. */
export function findCipLayer(project: Pick<KasProject, 'repos' | 'targets'>): CipLayer | undefined {
  for (const repo of project.repos.filter(({ present }) => present)) {
    const path = repo.layers.find(isCip)
    if (path !== undefined) return readLayer(repo, path, project.targets)
  }
  return undefined
}

function isCip(layer: string): boolean {
  const conf = join(layer, 'conf', 'layer.conf')
  return existsSync(conf) && /^BBFILE_COLLECTIONS\s*\+=\s*"\s*cip-core\b/m.test(readFileSync(conf, 'utf8'))
}

function readLayer(repo: KasRepo, path: string, targets: readonly string[]): CipLayer {
  const files = layerFiles([{ ...repo, layers: [path] }])
  const named = packagesOfImages(targets, files).map(({ name }) => name)
  return {
    repo: repo.key,
    commit: headCommit(repo.path),
    recipes: new Set(named.flatMap((name) => [name, ...(brings[name] ?? [])])),
    find: (recipe, line) => firstLine(files, path, recipe, line)
  }
}

function firstLine(
  files: readonly LayerFile[],
  layer: string,
  recipe: string,
  line: RegExp
): string | undefined {
  for (const { path, lines } of files) {
    const place = relative(layer, path)
    // recipes-core/<recipe>/…: the folder that BBFILES of every layer covers
    if (place.split('/')[1] !== recipe) continue
    const index = lines.findIndex((text) => !/^\s*#/.test(text) && line.test(text))
    if (index !== -1) return `${place}:${index + 1}`
  }
  return undefined
}
