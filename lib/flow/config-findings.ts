import type { Finding, Range } from '../base/finding.ts'
import type { Catalogue } from '../catalogue/entry.ts'
import { requirementsFor } from '../catalogue/requirements-for.ts'
import type { ProjectConfig } from '../config/config.ts'
import { nearest } from '../config/suggest.ts'
import type { Control } from '../controls/control.ts'
import type { Target } from '../controls/target.ts'

interface Input {
  config: ProjectConfig
  target: Target
  catalogue: Catalogue
  controls: readonly Control[]
  /** Milliseconds; a waiver's last day counts whole, in UTC. */
  now: number
}

type Place = Pick<Finding, 'path' | 'range'>

/** Where a parameter's value stands in kas-harden.yml; only the file for one that isn't there. */
export function parameterPlaces({ path, places }: ProjectConfig): (name: string) => Place {
  return (name) => ({
    path,
    range: places && Object.hasOwn(places.parameters, name) ? places.parameters[name] : undefined
  })
}

/**
 * What of kas-harden.yml has no effect: waivers that ended, and waivers and statements on lines or checks that
 * are none. Warnings: a project with several targets may carry lines for each.
 */
export function configFindings({ config, target, catalogue, controls, now }: Input): Finding[] {
  const findings: Finding[] = []
  const asked = new Set(requirementsFor(target, catalogue).map(({ id }) => id))
  const checks = new Set(controls.flatMap(({ id, checks }) => checks.map((one) => `${id}/${one.id}`)))
  const warn = (code: string, message: string, range: Range | undefined, hint: string): void => {
    findings.push({ code, severity: 'warning', message, path: config.path, range, hint })
  }
  const components = target.components.join(' + ')
  const notAsked = (id: string): string =>
    catalogue.entries.some((entry) => entry.id === id)
      ? `'${id}' is no line of ${components} at SL-C ${String(target.securityLevel)}`
      : `IEC 62443-4-2 has no line '${id}'`

  config.waivers.forEach(({ requirement, check, expires }, index) => {
    const range = config.places?.waivers[index]
    const what = requirement ?? check ?? ''
    if (requirement !== undefined && !asked.has(requirement)) {
      warn(
        'WAIVER_UNKNOWN',
        `The waiver of ${what} has no effect: ${notAsked(what)}.`,
        range,
        meant(what, asked)
      )
    } else if (check !== undefined && !checks.has(check)) {
      const message = `The waiver of ${what} has no effect: no control has this check.`
      warn('WAIVER_UNKNOWN', message, range, meant(what, checks))
    } else if (now >= Date.parse(`${expires}T00:00:00Z`) + 86_400_000) {
      const message = `The waiver of ${what} ended on ${expires} and has no effect any more.`
      warn(
        'WAIVER_EXPIRED',
        message,
        range,
        'Close the gap and remove the waiver, or decide anew and give it another day.'
      )
    }
  })
  config.statements.forEach(({ requirement }, index) => {
    if (asked.has(requirement)) return
    const message = `The statement on ${requirement} does not count: ${notAsked(requirement)}.`
    warn(
      'STATEMENT_UNKNOWN_REQUIREMENT',
      message,
      config.places?.statements[index],
      meant(requirement, asked)
    )
  })
  return findings
}

/** Lines of a component have its letters in place of CR: `CR 2.13` is `EDR 2.13` for an embedded device. */
function meant(name: string, known: ReadonlySet<string>): string {
  const number = name.replace(/^\S+ /, '')
  const same = [...known].find((id) => /^\S+ \d/.test(id) && id.replace(/^\S+ /, '') === number)
  const found = same ?? nearest(name, [...known])
  return found === undefined
    ? 'kas-harden catalogue lists the lines of the target.'
    : `Did you mean ${found}?`
}
