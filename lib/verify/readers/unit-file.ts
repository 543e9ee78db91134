import type { Image } from '../../image/image.ts'
import { isMasked, linkTarget, mergedDropIns } from './glob.ts'
import { afterResets, parseIni } from './ini.ts'
import type { IniSetting } from './ini.ts'
import { readLines } from './lines.ts'

/** Where systemd looks for units of the system manager, highest priority first (systemd.unit(5)). */
export const unitDirectories = [
  '/etc/systemd/system.control',
  '/run/systemd/system.control',
  '/run/systemd/transient',
  '/etc/systemd/system',
  '/etc/systemd/system.attached',
  '/run/systemd/system',
  '/run/systemd/system.attached',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system'
] as const

const names = new WeakMap<Image, ReadonlySet<string>>()

/** Whether a path right below one of the unit directories is there; asked tens of thousands of times per image. */
export function isInUnitDirectory(image: Image, path: string): boolean {
  const known =
    names.get(image) ??
    new Set(unitDirectories.flatMap((one) => image.list(one).map((name) => `${one}/${name}`)))
  names.set(image, known)
  return known.has(path)
}

/** A unit as systemd would load it. */
export interface Unit {
  /** Its main name, aliases resolved. */
  name: string
  /** The file it comes from; undefined when only drop-ins or links name it. */
  fragment: string | undefined
  masked: boolean
  dropIns: readonly string[]
  /** Every assignment of fragment and drop-ins, in order. */
  settings: readonly IniSetting[]
  /** Values of a key that are in force: empty assignments reset, for single values the last one is last. */
  values(section: string, key: string): readonly IniSetting[]
}

/** `getty@tty1.service` -> `getty@.service`; undefined for anything but an instance. */
export function templateOf(name: string): string | undefined {
  const match = /^([^@]+@)[^@]+(\.[a-z]+)$/.exec(name)
  return match ? `${match[1] ?? ''}${match[2] ?? ''}` : undefined
}

/** Whether a text has the form of a unit's name. */
export function isUnitName(name: string): boolean {
  return /^[A-Za-z0-9:_.\\@-]{1,230}\.(?:service|socket|target|timer|path|mount|automount|swap|slice|scope|device)$/.test(
    name
  )
}

/**
 * The main name of a unit: links inside the search path that have another name are aliases; the name they
 * lead to is looked up again from the top (systemd.unit(5), "Unit aliases").
 */
export function mainName(image: Image, name: string): string {
  let current = name
  for (let hops = 0; hops < 8; hops++) {
    const path = fragmentOf(image, current)
    const entry = path === undefined ? undefined : image.lstat(path)
    if (path === undefined || entry?.type !== 'symlink' || isMasked(image, path)) return current
    const target = linkTarget(path, entry.target ?? '')
    let next = target.slice(target.lastIndexOf('/') + 1)
    // An instance whose link names the template stays the instance.
    const instance = /^[^@]+@([^@]+)\.[a-z]+$/.exec(current)?.[1]
    if (instance !== undefined && /@\.[a-z]+$/.test(next)) next = next.replace('@.', `@${instance}.`)
    const inside = unitDirectories.some(
      (directory) => target === `${directory}/${target.slice(target.lastIndexOf('/') + 1)}`
    )
    if (!inside || next === current || !isUnitName(next)) return current
    current = next
  }
  return current
}

/** The file of highest priority that has the unit's name, or its template's. */
export function fragmentOf(image: Image, name: string): string | undefined {
  for (const candidate of [name, templateOf(name)]) {
    if (candidate === undefined) continue
    const found = unitDirectories
      .map((one) => `${one}/${candidate}`)
      .find((path) => isInUnitDirectory(image, path))
    if (found !== undefined) return found
  }
  return undefined
}

/** Loads a unit with its drop-ins; undefined when nothing in the image knows the name. */
export async function loadUnit(image: Image, wanted: string): Promise<Unit | undefined> {
  const name = mainName(image, wanted)
  const fragment = fragmentOf(image, name)
  const masked = fragment !== undefined && isMasked(image, fragment)
  const directories = dropInDirectories(name === wanted ? [name] : [name, wanted])
  const dropIns = mergedDropIns(
    image,
    directories.filter((one) => isInUnitDirectory(image, one)),
    (file) => file.endsWith('.conf')
  )
  if (fragment === undefined && dropIns.length === 0) return undefined
  const settings: IniSetting[] = []
  for (const path of [...(fragment === undefined || masked ? [] : [fragment]), ...dropIns]) {
    settings.push(...parseIni((await readLines(image, path)) ?? []))
  }
  return {
    name,
    fragment,
    masked,
    dropIns,
    settings,
    values: (section, key) =>
      afterResets(settings.filter((one) => one.section === section && one.key === key))
  }
}

/** Drop-in directories by priority: the most specific name first, `foo-bar.service`, `foo-.service`, `service`. */
function dropInDirectories(names: readonly string[]): readonly string[] {
  const stems = names.flatMap((name) => {
    const type = name.slice(name.lastIndexOf('.') + 1)
    const own = [name, templateOf(name)].filter((one) => one !== undefined)
    const base = name.slice(0, name.lastIndexOf('.')).replace(/@.*$/, '')
    const prefixes: string[] = []
    for (let at = base.lastIndexOf('-'); at > 0; at = base.lastIndexOf('-', at - 1)) {
      prefixes.push(`${base.slice(0, at + 1)}.${type}`)
    }
    return [...own, ...prefixes, type]
  })
  return [...new Set(stems)].flatMap((stem) => unitDirectories.map((directory) => `${directory}/${stem}.d`))
}
