import type { CheckOf } from '../../controls/check.ts'
import type { Evidence } from '../../controls/result.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { failed, passed, undecided } from '../check-context.ts'
import { initScriptOf } from '../readers/init-scripts.ts'
import { obstaclesOf } from '../readers/unit-obstacles.ts'
import type { Pull, Units } from '../readers/units.ts'
import { readUnits } from '../readers/units.ts'

/** Whether a boot starts a unit and it can do its work, or can't be started, or is masked. */
export async function checkUnit(check: CheckOf<'unit'>, context: CheckContext): Promise<Outcome> {
  const { image } = context
  const units = await context.read(readUnits)
  const unit = await units.load(check.unit)
  const name = check.unit

  if (check.state === 'masked') {
    return unit?.masked
      ? passed(`${name} is masked`, [linkAt(context, unit.fragment)])
      : failed(`${name} is not masked`, unit?.fragment === undefined ? [] : [{ path: unit.fragment }])
  }
  const pull = pullOf(units, name)
  if (check.state === 'enabled') {
    if (!unit?.fragment) {
      const script = initScriptOf(image, name)
      if (script) return passed(`${name} is started by its init script`, [{ path: script }])
      return failed(`${name} is not in the image`)
    }
    if (unit.masked) return failed(`${name} is masked`, [linkAt(context, unit.fragment)])
    if (!pull) return failed(`${name} is there but no target starts it`, [{ path: unit.fragment }])
    const obstacles = await obstaclesOf(context, unit)
    for (const status of ['fail', 'unknown'] as const) {
      const found = obstacles.filter((one) => one.status === status)
      if (found.length === 0) continue
      const message = `${name} is enabled, but ${found.map((one) => one.message).join('; ')}`
      const evidence = found.map((one) => one.evidence)
      return status === 'fail' ? failed(message, evidence) : undecided(message, evidence)
    }
    return passed(`${name} is started by ${pull.by}`, [linkAt(context, pull.path)])
  }

  if (unit?.masked) return passed(`${name} is masked`, [linkAt(context, unit.fragment)])
  const pulls = pull ? [pull] : instancesOf(units, name)
  const [first] = pulls
  if (first) return failed(`${name} is started by ${first.by}`, [linkAt(context, first.path)])
  const script = unit?.fragment === undefined ? initScriptOf(image, name) : undefined
  if (script) return failed(`${name} is started by its init script`, [{ path: script }])
  // systemd-getty-generator starts these at boot for every console= on the kernel command line.
  if (/^serial-getty@/.test(name) && unit?.fragment !== undefined) {
    return undecided(`${name} is not masked, so systemd-getty-generator starts it on a serial console`, [
      { path: unit.fragment }
    ])
  }
  return passed(unit?.fragment === undefined ? `${name} is not in the image` : `${name} is not started`)
}

function pullOf(units: Units, name: string): Pull | undefined {
  const main = units.mainName(name)
  return units.started.get(main) ?? units.triggered.get(main)
}

/** For a template, what starts one of its instances. */
function instancesOf(units: Units, name: string): readonly Pull[] {
  const match = /^(.*@)(\.[a-z]+)$/.exec(name)
  if (!match) return []
  const [, stem = '', type = ''] = match
  return [...units.started, ...units.triggered]
    .filter(([one]) => one.startsWith(stem) && one.endsWith(type))
    .map(([, pull]) => pull)
}

function linkAt({ image }: CheckContext, path: string | undefined): Evidence {
  if (path === undefined) return {}
  const target = image.lstat(path)?.target
  return { path, ...(target === undefined ? {} : { value: `-> ${target}` }) }
}
