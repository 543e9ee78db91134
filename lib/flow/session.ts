import { HardenError } from '../base/errors.ts'
import type { Finding } from '../base/finding.ts'
import type { Io } from '../base/io.ts'
import type { Catalogue } from '../catalogue/entry.ts'
import { loadCatalogue } from '../catalogue/load-catalogue.ts'
import type { ProjectConfig } from '../config/config.ts'
import { loadProjectConfig } from '../config/load.ts'
import { componentTypes, releases, type ComponentType, type Release } from '../controls/control.ts'
import { loadControls, type LoadedControl } from '../controls/load-controls.ts'
import type { Target } from '../controls/target.ts'
import { configFindings } from './config-findings.ts'

/** What the user chose on the command line; the project's own file fills the rest. */
export interface TargetChoice {
  securityLevel?: number
  components?: readonly string[]
  edition?: string
  /** Path of kas-harden.yml; default the one in the current directory, if there is one. */
  config?: string
}

/** Everything that is the same for all verbs: configuration, target, standard and controls. */
export interface Session {
  config: ProjectConfig
  target: Target
  catalogue: Catalogue
  controls: readonly LoadedControl[]
  findings: readonly Finding[]
}

function componentsOf(names: readonly string[]): ComponentType[] {
  return names.map((name) => {
    const found = componentTypes.find((type) => type === name.toUpperCase())
    if (found) return found
    throw new HardenError('usage', 'COMPONENT_UNKNOWN', `There is no component type '${name}'.`, {
      hint: `Known: ${componentTypes.join(', ')} (software application, embedded device, host device, network device).`
    })
  })
}

function throwOnErrors(findings: readonly Finding[], what: string): void {
  const errors = findings.filter((finding) => finding.severity === 'error')
  if (errors.length > 0) throw new HardenError('usage', 'CONFIGURATION', what, { findings: errors })
}

/**
 * A complete target from its parts.
 * @throws HardenError usage for unknown component types and levels.
 */
export function targetOf(parts: {
  components: readonly string[]
  securityLevel: number
  edition: string
  application?: string
}): Target {
  const { securityLevel, edition, application } = parts
  if (!Number.isInteger(securityLevel) || securityLevel < 1 || securityLevel > 4) {
    throw new HardenError('usage', 'SECURITY_LEVEL', `Security levels are 1 to 4, not ${securityLevel}.`)
  }
  return {
    components: componentsOf(parts.components),
    securityLevel,
    edition,
    ...(application === undefined ? {} : { application })
  }
}

/**
 * Reads configuration and controls and settles the target: the command line
 * first, then kas-harden.yml.
 * @throws HardenError usage when there is no target or a file has an error.
 */
export async function openSession(choice: TargetChoice, io: Io): Promise<Session> {
  const { config, findings: loaded } = await loadProjectConfig(choice.config, io)
  const components = choice.components?.length ? choice.components : config.target?.components
  const securityLevel = choice.securityLevel ?? config.target?.securityLevel
  if (!components?.length || securityLevel === undefined) {
    throw new HardenError(
      'usage',
      'NO_TARGET',
      'What is the target? A component type and a security level are needed.',
      {
        hint: 'Name them, --component EDR --sl 2, or write them into kas-harden.yml.'
      }
    )
  }
  const target = targetOf({
    components,
    securityLevel,
    edition: choice.edition ?? config.target?.edition ?? '2019',
    application: config.target?.application
  })
  const { controls, findings } = await loadControls(config.controls)
  throwOnErrors(findings, 'A control has errors:')
  const catalogue = loadCatalogue(target.edition)
  const about = configFindings({ config, target, catalogue, controls, now: io.now() })
  return {
    config,
    target,
    catalogue,
    controls,
    findings: [...loaded, ...findings, ...about]
  }
}

/** The release by name, or an error that lists those we have settings for. */
export function releaseNamed(name: string | undefined, where: string): Release {
  const release = releases.find((one) => one === name)
  if (release) return release
  throw new HardenError(
    'usage',
    'UNKNOWN_RELEASE',
    name
      ? `There are no settings for Debian '${name}' (${where}).`
      : `The Debian release of ${where} is not known.`,
    { hint: `We have ${releases.join(' and ')}; name one: --release ${releases[0]}` }
  )
}
