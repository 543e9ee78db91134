import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { failed, passed } from '../check-context.ts'
import { compare, describeWanted } from '../compare.ts'
import { systemdBytes, systemdSeconds } from '../quantities.ts'
import { seen } from '../readers/lines.ts'
import { readUnits } from '../readers/units.ts'

/** Keys whose lines add up; of every other key the last line counts (systemd.unit(5), systemd.exec(5)). */
const collected =
  /^(?:Exec.*|Environment|EnvironmentFile|(?:Condition|Assert).*|Wants|Requires|BindsTo|Upholds|After|Before|Conflicts|On(?!ActiveSec|BootSec|StartupSec|UnitActiveSec|UnitInactiveSec).*|Listen.*|SystemCallFilter|RestrictAddressFamilies|CapabilityBoundingSet|AmbientCapabilities|.*Paths|LoadCredential.*|Device(?:Allow|Policy)|IPAddress.*|OnCalendar|.*Directory)$/

/** The value of a key of a unit with all its drop-ins. */
export async function checkUnitProperty(
  check: CheckOf<'unit-property'>,
  context: CheckContext
): Promise<Outcome> {
  const unit = await (await context.read(readUnits)).load(check.unit)
  const name = `${check.unit} [${check.section}] ${check.key}`
  const wanted = describeWanted(check.op, check.value)
  if (unit?.fragment === undefined)
    return failed(`${check.unit} is not in the image; ${check.key} must be ${wanted}`)
  if (unit.masked) return failed(`${check.unit} is masked`, [{ path: unit.fragment }])
  const all = unit.values(check.section, check.key)
  const settings = collected.test(check.key) ? all : all.slice(-1)
  if (check.op === 'unset') {
    return settings.length === 0 ? passed(`${name} is not set`) : failed(`${name} is set`, settings.map(seen))
  }
  if (settings.length === 0) {
    return check.op === '!=' || check.op === 'none-of' || check.op === 'not-matches'
      ? passed(`${name} is not set`)
      : failed(`${name} is not set; it must be ${wanted}`, [{ path: unit.fragment }])
  }
  // Bytes for sizes, seconds for times: 15min and 900 are the same.
  const quantity = /(?:Max|Min|High|Low|Swap|Limit(?:FSIZE|AS|DATA|CORE))$|^Memory/.test(check.key)
    ? systemdBytes
    : systemdSeconds
  const text = settings.map(({ value }) => value).join('\n')
  const good = compare(text, check.op, check.value, { booleans: 'systemd', quantity })
  return good
    ? passed(`${name} is ${settings.map(({ value }) => value).join(', ')}`, settings.map(seen))
    : failed(
        `${name} is ${settings.map(({ value }) => value).join(', ')}; it must be ${wanted}`,
        settings.map(seen)
      )
}
