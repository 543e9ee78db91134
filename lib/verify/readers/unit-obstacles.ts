import type { Evidence } from '../../controls/result.ts'
import type { CheckContext } from '../check-context.ts'
import { readBootOrders } from './command-lines.ts'
import { linkTarget } from './glob.ts'
import { seen } from './lines.ts'
import { splitCommand } from './unit-commands.ts'
import { conditionsOf } from './unit-conditions.ts'
import { relationObstacles } from './unit-relations.ts'
import { dropInObstacles } from './unit-drop-ins.ts'
import type { Unit } from './unit-file.ts'
import { readUnits, triggersOf } from './units.ts'

/** Why a started unit would do nothing, or why nobody can tell. */
export interface Obstacle {
  /** `fail`: it surely does nothing; `unknown`: that hangs on the running system. */
  status: 'fail' | 'unknown'
  message: string
  evidence: Evidence
}

/** Commands that do nothing. */
const idle = new Set(['true', 'false', ':', 'sleep'])

/**
 * Looks for what keeps a unit from doing its work although it is started: a condition that does not hold, a unit it
 * needs and that is not there or one that excludes it, a drop-in that takes it elsewhere, no command at all, a command
 * that does nothing or is not in the image; for a timer, socket or path the same of the unit it starts.
 */
export async function obstaclesOf(context: CheckContext, unit: Unit): Promise<readonly Obstacle[]> {
  const { words } = await context.read(readBootOrders)
  const { failing, undecided } = conditionsOf(context.image, unit, words)
  const found: Obstacle[] = [
    ...failing.map((one) => ({
      status: 'fail' as const,
      message: `${one.key}=${one.value} does not hold`,
      evidence: seen(one)
    })),
    ...undecided.map((one) => ({
      status: 'unknown' as const,
      message: `whether ${one.key}=${one.value} holds is not known`,
      evidence: seen(one)
    })),
    ...(await relationObstacles(context, unit)),
    ...(await dropInObstacles(context, unit))
  ]
  if (unit.name.endsWith('.service')) return [...found, ...commandObstacles(context, unit)]
  const units = await context.read(readUnits)
  for (const { name } of triggersOf(context.image, unit)) {
    const target = await units.load(name)
    if (target?.fragment === undefined || target.masked) {
      const message = `${name}, which it starts, is ${target?.masked ? 'masked' : 'not in the image'}`
      found.push({ status: 'fail', message, evidence: { path: target?.fragment ?? unit.fragment ?? '' } })
    } else if (target.name.endsWith('.service')) {
      const own = await obstaclesOf(context, target)
      found.push(...own.map((one) => ({ ...one, message: `${name}: ${one.message}` })))
    }
  }
  return found
}

/**
 * Why a unit's work is not done at a boot: masked, not started, or an obstacle; undefined when it is done.
 * For checks of what a unit loads.
 */
export async function notDone(context: CheckContext, name: string): Promise<Obstacle | undefined> {
  const units = await context.read(readUnits)
  const unit = await units.load(name)
  const evidence = { path: unit?.fragment ?? '' }
  if (unit?.fragment === undefined)
    return { status: 'fail', message: `${name} is not in the image`, evidence: {} }
  if (unit.masked) return { status: 'fail', message: `${name} is masked`, evidence }
  if (!units.started.has(unit.name) && !units.triggered.has(unit.name)) {
    return { status: 'fail', message: `${name} is not started`, evidence }
  }
  const [first] = await obstaclesOf(context, unit)
  return first && { ...first, message: `${name}: ${first.message}` }
}

function commandObstacles({ image }: CheckContext, unit: Unit): readonly Obstacle[] {
  const found: Obstacle[] = []
  const starts = unit.values('Service', 'ExecStart')
  for (const one of unit.values('Service', 'ExecCondition')) {
    if (idle.has((splitCommand(one.value)[0] ?? '').replace(/^.*\//, '')) && !/\btrue$/.test(one.value))
      found.push({ status: 'fail', message: `ExecCondition=${one.value} does not hold`, evidence: seen(one) })
  }
  const oneshot = unit.values('Service', 'Type').at(-1)?.value === 'oneshot'
  if (starts.length === 0 && !(oneshot && unit.values('Service', 'ExecStop').length > 0)) {
    found.push({ status: 'fail', message: 'it has no ExecStart', evidence: { path: unit.fragment ?? '' } })
  }
  for (const setting of oneshot ? starts : starts.slice(-1)) {
    const program = splitCommand(setting.value)[0] ?? ''
    const fail = (message: string) => found.push({ status: 'fail', message, evidence: seen(setting) })
    if (idle.has(program.slice(program.lastIndexOf('/') + 1))) {
      fail(`its command ${program} does nothing`)
      continue
    }
    if (!program.startsWith('/') || program.includes('%')) continue
    const entry = image.stat(program)
    const optional = /^[@:+!]*-/.test(setting.value)
    if (entry?.type !== 'file') {
      const link = image.lstat(program)
      const name = link?.type === 'symlink' ? linkTarget(program, link.target ?? '') : undefined
      if (!optional)
        fail(`its command ${program}${name === undefined ? '' : ` -> ${name}`} is not in the image`)
    } else if ((entry.mode & 0o111) === 0) fail(`its command ${program} is not executable`)
  }
  return found
}
