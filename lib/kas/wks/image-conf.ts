import { readdirSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { type BitbakeVariable, type EvaluatedConf, evaluateLocalConf } from '../bitbake.ts'
import type { Origin } from '../bitbake-parse.ts'
import type { KasProject } from '../kas-project.ts'
import { type ConfLine, localConfLines } from '../local-conf.ts'
import { overlayKeyPrefix } from '../overlay.ts'
import { alongPath, type BbLayers, bbLayers, readIfThere, recipeFiles } from './bb-layers.ts'

/** What machine, distro, local.conf and the image's recipe say together, without our own overlay. */
export interface ImageConf {
  image: string
  layers: BbLayers
  variable: (name: string) => BitbakeVariable | undefined
  /** Words of a variable; empty when it is not set. */
  words: (name: string) => readonly string[]
  /** The file and line that give a variable its value; undefined where a class of isar does. */
  placeOf: (name: string) => Origin | undefined
  /** Why the whole is not known: files that are not on this machine. */
  unknown: string | undefined
}

/**
 * Evaluates the configuration of an image in BitBake's order: local.conf, conf/machine, conf/distro, the types of
 * the image classes, the recipe with what it requires. Functions and inline python are left out; a value that
 * needs them says so in its `problem`.
 */
export function imageConf(project: KasProject, image: string): ImageConf {
  const layers = bbLayers(project)
  const own = project.headers.filter(({ key }) => !key.startsWith(overlayKeyPrefix))
  const lines: ConfLine[] = localConfLines({ ...project, headers: own })
  const around = { release: project.release?.codename, env: project.env }
  const evaluate = () => evaluateLocalConf(lines, around)
  let missing: string | undefined
  const load = (path: string, depth = 0) => {
    const text = readIfThere(path)
    if (text === undefined || depth > 10) return
    text.split('\n').forEach((line, index) => {
      const required = /^(require|include)\s+(.+?)\s*$/.exec(line)
      if (required === null) lines.push({ text: line, path, line: index + 1 })
      else
        for (const file of expanded(required[2]!, evaluate()).split(/\s+/)) {
          const found = findInclude(layers, dirname(path), file)
          if (found !== undefined) load(found, depth + 1)
          else if (required[1] === 'require' && file !== '') missing ??= file
        }
    })
  }
  for (const [folder, name] of [
    ['machine', project.machine],
    ['distro', project.distro]
  ] as const) {
    const file = `conf/${folder}/${name ?? ''}.conf`
    const found = name === undefined ? undefined : alongPath(layers, file)
    if (found === undefined) missing ??= name === undefined ? `the ${folder}` : file
    else load(found)
  }
  lines.push(...classLines(layers))
  const [recipe, ...appends] = recipeFiles(layers, image)
  if (recipe === undefined) missing ??= `the recipe of ${image}`
  else for (const path of [recipe, ...appends]) load(path)
  lines.push({ text: 'WKS_FILE ??= "sdimage-efi"', path: 'imagetypes_wic.bbclass', line: 1 })
  lines.push({ text: 'IMAGE_FSTYPES ?= "ext4"', path: 'image.bbclass', line: 1 })
  lines.push({ text: `PN = "${image}"`, path: 'bitbake.conf', line: 1 })
  const conf = evaluate()
  // A `?=` sets nothing once a value is there.
  const isDefault = ({ path, line }: Origin) =>
    lines.some((one) => one.path === path && one.line === line && /^[^"'=]*\?=/.test(one.text))
  const placeOf = (name: string) => {
    const origins = conf.variables.get(name)?.origins ?? []
    const found = origins.findLast((origin) => !isDefault(origin)) ?? origins[0]
    return found && isAbsolute(found.path) ? found : undefined
  }
  const unknown = [
    ...project.unresolved.map((one) => `${one.file} of repo '${one.repo}'`),
    ...layers.absent.map((key) => `repo '${key}'`),
    ...(missing === undefined ? [] : [missing])
  ]
  return {
    image,
    layers,
    variable: (name) => conf.variables.get(name),
    words: (name) => (conf.variables.get(name)?.value ?? '').split(/\s+/).filter((word) => word !== ''),
    placeOf,
    unknown: unknown[0]
  }
}

/** `${NAME}` as the lines so far say it; what nothing sets is empty, as a missing include is for BitBake. */
function expanded(text: string, conf: EvaluatedConf): string {
  return text.replaceAll(/\$\{([^}@]+)\}/g, (_, name: string) => conf.variables.get(name)?.value ?? '')
}

function findInclude(layers: BbLayers, from: string, file: string): string | undefined {
  if (file === '') return undefined
  const beside = join(from, file)
  return readIfThere(beside) === undefined ? alongPath(layers, file) : beside
}

/** What the classes of the layers say about image types that bring others (`IMAGE_TYPEDEP:swu:append = " wic"`). */
function classLines(layers: BbLayers): ConfLine[] {
  return layers.path.flatMap((layer) =>
    ['classes', 'classes-recipe', 'classes-global'].flatMap((folder) => {
      const directory = join(layer, folder)
      return namesIn(directory)
        .filter((name) => name.endsWith('.bbclass'))
        .sort()
        .flatMap((name) => {
          const path = join(directory, name)
          return (readIfThere(path) ?? '')
            .split('\n')
            .map((text, index) => ({ text, path, line: index + 1 }))
            .filter(({ text }) => /^IMAGE_TYPEDEP:.*"\s*$/.test(text))
        })
    })
  )
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
