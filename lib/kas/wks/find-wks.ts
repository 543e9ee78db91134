import { basename, isAbsolute, join } from 'node:path'
import type { Origin } from '../bitbake-parse.ts'
import { type BbLayers, readIfThere } from './bb-layers.ts'
import type { ImageConf } from './image-conf.ts'

/** The disk layout an image is made by. */
export interface FoundWks {
  /** WKS_FILE as BitBake sees it without us. */
  value: string
  /** Absolute path. */
  path: string
  text: string
}

/** Why no disk layout is known. */
export interface NoWks {
  reason: string
  /** The place that sets the variable it comes from. */
  origin: Origin | undefined
}

/** Image types with all they bring along, without conversions (`wic.xz` is `wic`), as image.bbclass computes them. */
export function imageTypes(conf: ImageConf): ReadonlySet<string> {
  const types = new Set<string>()
  const visit = (type: string) => {
    const base = type.split('.')[0]!.replaceAll('-', '_')
    if (types.has(base)) return
    types.add(base)
    for (const needed of conf.words(`IMAGE_TYPEDEP:${base}`)) visit(needed)
  }
  for (const type of conf.words('IMAGE_FSTYPES')) visit(type)
  return types
}

/**
 * The .wks or .wks.in file of an image, found as isar finds it (meta/classes*\/imagetypes_wic.bbclass): an absolute
 * WKS_FILE as it is, else `wic/` of every layer along BBPATH, then `scripts/lib/wic/canned-wks/` of every layer and
 * of isar itself; `.wks` is added where no ending stands.
 */
export function findWks(conf: ImageConf): FoundWks | NoWks {
  if (!imageTypes(conf).has('wic')) {
    const types = conf.words('IMAGE_FSTYPES').join(' ')
    return {
      reason: `the image is made as ${types}, not as a disk by wic`,
      origin: conf.placeOf('IMAGE_FSTYPES')
    }
  }
  const variable = conf.variable('WKS_FILE')
  const value = variable?.value?.trim() ?? ''
  if (variable?.problem !== undefined || value === '') {
    return { reason: variable?.problem?.message ?? 'WKS_FILE is empty', origin: conf.placeOf('WKS_FILE') }
  }
  const name = /\.wks(?:\.in)?$/.test(value) ? value : `${value}.wks`
  const candidates = isAbsolute(name) ? [name] : searchPath(conf.layers).map((folder) => join(folder, name))
  for (const path of candidates) {
    const text = readIfThere(path)
    if (text !== undefined) return { value, path, text }
  }
  return { reason: `WKS_FILE '${value}' is in no layer`, origin: conf.placeOf('WKS_FILE') }
}

function searchPath(layers: BbLayers): string[] {
  const canned = 'scripts/lib/wic/canned-wks'
  return [
    ...layers.path.map((layer) => join(layer, 'wic')),
    ...layers.path.map((layer) => join(layer, canned)),
    ...isarRoots(layers).map((root) => join(root, canned))
  ]
}

/** COREBASE: the folder above isar's core layer. */
export function isarRoots(layers: BbLayers): string[] {
  return layers.path
    .filter((layer) => basename(layer) === 'meta')
    .map((layer) => join(layer, '..'))
    .filter((root) => readIfThere(join(root, 'isar-init-build-env')) !== undefined)
}

/** A file that a .wks includes, as wic finds it: by its name in the canned folders of the layers. */
export function includedWks(layers: BbLayers, name: string): { path: string; text: string } | undefined {
  const folders = [
    ...layers.path.flatMap((layer) => [join(layer, 'wic'), join(layer, 'scripts/lib/wic/canned-wks')]),
    ...isarRoots(layers).map((root) => join(root, 'scripts/lib/wic/canned-wks'))
  ]
  for (const path of isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name))) {
    const text = readIfThere(path)
    if (text !== undefined) return { path, text }
  }
  return undefined
}
