import type { CheckContext } from '../check-context.ts'
import type { Image } from '../../image/image.ts'
import { byCodeUnit } from '../../base/text.ts'
import { readBootOrders } from './command-lines.ts'
import { isMasked } from './glob.ts'
import {
  fragmentOf,
  isInUnitDirectory,
  isUnitName,
  loadUnit,
  mainName,
  templateOf,
  unitDirectories
} from './unit-file.ts'
import type { Unit } from './unit-file.ts'

/** Why a unit starts: the unit that pulls it in, and the file that says so. */
export interface Pull {
  by: string
  path: string
}

/** The units of an image and which of them a boot starts. */
export interface Units {
  /** Whether there is a systemd at all. */
  present: boolean
  /** Units a boot reaches from its targets, by main name; masked ones are not in it. */
  started: ReadonlyMap<string, Pull>
  /** Main names of units only a started socket, timer or path would start. */
  triggered: ReadonlyMap<string, Pull>
  load(name: string): Promise<Unit | undefined>
  mainName(name: string): string
  /** Names of all unit files, sorted. */
  names: readonly string[]
}

const pulling = ['Wants', 'Requires', 'BindsTo', 'Upholds'] as const
const maxUnits = 20_000

/**
 * Follows the links and directives a boot follows: from default.target (and sysinit.target, which every
 * service needs) through Wants=, Requires=, BindsTo=, Upholds= and the `.wants`, `.requires`, `.upholds`
 * directories of all search paths. Presets and [Install] sections start nothing by themselves. What the kernel
 * command line masks (systemd.mask=), wants or starts instead counts as well.
 */
export async function readUnits(context: CheckContext): Promise<Units> {
  const { image } = context
  const orders = await context.read(readBootOrders)
  const masks = new Set([...orders.masks].map((name) => mainName(image, name)))
  const loaded = new Map<string, Promise<Unit | undefined>>()
  const load = (name: string): Promise<Unit | undefined> => {
    const main = mainName(image, name)
    const known =
      loaded.get(main) ??
      loadUnit(image, main).then((unit) => (unit && masks.has(main) ? { ...unit, masked: true } : unit))
    loaded.set(main, known)
    return known
  }
  const started = new Map<string, Pull>()
  const triggered = new Map<string, Pull>()
  const queue: { name: string; pull: Pull; into: Map<string, Pull> }[] = [
    {
      name: orders.unit ?? 'default.target',
      pull: { by: 'the boot', path: defaultTarget(image) },
      into: started
    },
    ...orders.wants.map((name) => ({
      name,
      pull: { by: 'the kernel command line', path: defaultTarget(image) },
      into: started
    })),
    {
      name: 'sysinit.target',
      pull: { by: 'the boot', path: '/usr/lib/systemd/system/sysinit.target' },
      into: started
    }
  ]
  for (let next = queue.shift(); next; next = queue.shift()) {
    const name = mainName(image, next.name)
    const { into } = next
    if (!isUnitName(name) || into.has(name) || started.has(name)) continue
    const unit = await load(name)
    if (!unit || unit.masked || unit.fragment === undefined) continue
    if (into.size > maxUnits) throw new RangeError(`More than ${maxUnits} units are reachable`)
    into.set(name, next.pull)
    for (const pull of pullsOf(image, unit)) queue.push({ ...pull, into })
    for (const pull of triggersOf(image, unit)) queue.push({ ...pull, into: triggered })
  }
  return {
    present: ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'].some(
      (path) => image.stat(path) !== undefined
    ),
    started,
    triggered,
    load,
    mainName: (name) => mainName(image, name),
    names: unitNames(image)
  }
}

function defaultTarget(image: Image): string {
  return fragmentOf(image, 'default.target') ?? '/usr/lib/systemd/system/default.target'
}

function pullsOf(image: Image, unit: Unit): { name: string; pull: Pull }[] {
  const pulls = pulling.flatMap((key) =>
    unit
      .values('Unit', key)
      .flatMap((setting) =>
        setting.value.split(/\s+/).map((name) => ({ name, pull: { by: unit.name, path: setting.path } }))
      )
  )
  const template = templateOf(unit.name)
  for (const suffix of ['wants', 'requires', 'upholds']) {
    const seen = new Set<string>()
    for (const stem of template === undefined ? [unit.name] : [unit.name, template]) {
      for (const directory of unitDirectories) {
        const path = `${directory}/${stem}.${suffix}`
        if (!isInUnitDirectory(image, path)) continue
        for (const name of image.list(path)) {
          if (seen.has(name)) continue
          seen.add(name)
          // A link to /dev/null takes back what a directory of lower priority asks for.
          if (!isMasked(image, `${path}/${name}`))
            pulls.push({ name, pull: { by: unit.name, path: `${path}/${name}` } })
        }
      }
    }
  }
  return pulls
}

/** What a socket, timer or path unit starts when it fires. */
export function triggersOf(image: Image, unit: Unit): { name: string; pull: Pull }[] {
  const match = /^(.*)\.(socket|timer|path)$/.exec(unit.name)
  if (!match) return []
  const [, stem = '', type = ''] = match
  const section = type.charAt(0).toUpperCase() + type.slice(1)
  const named = unit.values(section, type === 'socket' ? 'Service' : 'Unit').at(-1)?.value
  const accepts = unit.values('Socket', 'Accept').at(-1)?.value
  const own = /^(?:yes|true|1|on)$/i.test(accepts ?? '') ? `${stem}@0.service` : `${stem}.service`
  return [{ name: named ?? own, pull: { by: unit.name, path: unit.fragment ?? '' } }]
}

function unitNames(image: Image): readonly string[] {
  return [...new Set(unitDirectories.flatMap((directory) => image.list(directory).filter(isUnitName)))].sort(
    byCodeUnit
  )
}
