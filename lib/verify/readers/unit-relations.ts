import type { CheckContext } from '../check-context.ts'
import { seen } from './lines.ts'
import type { Unit } from './unit-file.ts'
import { isUnitName, templateOf } from './unit-file.ts'
import type { Obstacle } from './unit-obstacles.ts'
import { readUnits } from './units.ts'

/** Without these it does not start (systemd.unit(5)). */
const needed = ['Requires', 'Requisite', 'BindsTo'] as const

/** Units that a generator, fstab or the kernel makes; files of an image can't deny them. */
const made = /\.(?:mount|automount|swap|device|slice|scope)$/

/**
 * What other units do to this one: one it needs is not there or masked, one it asks to run already (Requisite=) is not
 * started, or one that is started excludes it (Conflicts= of either), so that at most one of the two runs.
 */
export async function relationObstacles(context: CheckContext, unit: Unit): Promise<readonly Obstacle[]> {
  const units = await context.read(readUnits)
  const found: Obstacle[] = []
  for (const key of needed) {
    for (const setting of unit.values('Unit', key)) {
      for (const name of setting.value.split(/\s+/)) {
        if (made.test(name) && key === 'BindsTo' && setting.path !== unit.fragment) {
          const message = `it waits for ${name}, which nobody knows (BindsTo=)`
          found.push({ status: 'unknown', message, evidence: seen(setting) })
        }
        if (!isUnitName(name) || made.test(name) || name.includes('%')) continue
        const other = await units.load(name)
        const main = units.mainName(name)
        const gone = other?.fragment === undefined || other.masked
        if (gone || (key === 'Requisite' && !units.started.has(main))) {
          const why = gone ? (other?.masked ? 'masked' : 'not in the image') : 'not started'
          found.push({
            status: 'fail',
            message: `${name}, which it needs (${key}=), is ${why}`,
            evidence: seen(setting)
          })
        }
      }
    }
  }
  if (!units.started.has(unit.name)) return found
  for (const [one, other] of await conflictsOf(context, unit)) {
    found.push({
      status: 'fail',
      message: `${other} is started too, and only one of the two can run (Conflicts=)`,
      evidence: one
    })
  }
  return found
}

async function conflictsOf(context: CheckContext, unit: Unit) {
  const units = await context.read(readUnits)
  const table = await context.read(readConflicts)
  const own = unit
    .values('Unit', 'Conflicts')
    .flatMap((setting) =>
      setting.value.split(/\s+/).map((name) => [seen(setting), units.mainName(name)] as const)
    )
    .filter(([, name]) => name !== unit.name && units.started.has(name))
  const names = [unit.name, templateOf(unit.name)]
  return [
    ...own,
    ...table
      .filter(({ against, by }) => by !== unit.name && names.includes(against))
      .map(({ by, place }) => [place, by] as const)
  ]
}

/** Every Conflicts= of a started unit. */
async function readConflicts(context: CheckContext) {
  const units = await context.read(readUnits)
  const found: { by: string; against: string; place: ReturnType<typeof seen> }[] = []
  for (const by of units.started.keys()) {
    const unit = await units.load(by)
    for (const setting of unit?.values('Unit', 'Conflicts') ?? []) {
      for (const name of setting.value.split(/\s+/))
        if (name !== '') found.push({ by, against: units.mainName(name), place: seen(setting) })
    }
  }
  return found
}
