import type { Finding } from '../base/finding.ts'
import { createDataStore } from './bitbake-data.ts'
import { type Origin, parseConf } from './bitbake-parse.ts'
import type { DataStore, Expansion } from './data-store.ts'
import type { ConfLine } from './local-conf.ts'

/** A value with the place that set it last. `problem` is set when the value cannot be known. */
export interface BitbakeValue {
  value: string | undefined
  origin: Origin | undefined
  problem: Finding | undefined
}

/** A variable after the whole file was read. */
export interface BitbakeVariable extends BitbakeValue {
  /** Every place that sets or changes it, first to last. */
  origins: readonly Origin[]
  flags: ReadonlyMap<string, BitbakeValue>
}

/** An evaluated local.conf. */
export interface EvaluatedConf {
  variables: ReadonlyMap<string, BitbakeVariable>
  /** Statements outside our subset; all of severity error. */
  findings: readonly Finding[]
}

/** What stands around local.conf: what machine, distro and environment contribute. */
export interface ConfSurroundings {
  /** BASE_DISTRO_CODENAME: the Debian release. */
  release?: string
  /** Name of the distro, e.g. `debian-bookworm`. */
  distro?: string
  machine?: string
  /** DISTRO_ARCH: `amd64`. */
  arch?: string
  /** Environment variables kas passes through. */
  env?: Readonly<Record<string, string>>
  /** Further overrides with the highest priority, in OVERRIDES order. */
  overrides?: readonly string[]
}

/**
 * Evaluates local.conf in the documented subset of BitBake (docs/bitbake-subset.md) and gives the value of
 * every variable as a recipe would see it, unless machine, distro or recipe change it later.
 */
export function evaluateLocalConf(lines: readonly ConfLine[], around: ConfSurroundings): EvaluatedConf {
  const { assignments, findings } = parseConf(lines)
  const store = createDataStore()
  presetSurroundings(store, around)
  for (const assignment of assignments) store.assign(assignment)
  const variables = new Map<string, BitbakeVariable>()
  for (const name of store.names()) {
    const origins = store.origins(name)
    const flags = store.flagNames(name).map((flag) => {
      const origin = store.flagOrigin(name, flag)
      return [flag, known(`${name}[${flag}]`, store.readFlag(name, flag), origin)] as const
    })
    variables.set(name, {
      ...known(name, store.read(name), origins.at(-1)),
      origins,
      flags: new Map(flags)
    })
  }
  return { variables, findings }
}

/** isar's own OVERRIDES (meta/conf/bitbake.conf), lowest priority first; local.conf may extend it. */
function presetSurroundings(store: DataStore, around: ConfSurroundings): void {
  for (const [name, value] of Object.entries(around.env ?? {})) store.preset(name, value)
  store.preset('MACHINEOVERRIDES', '${MACHINE}', true)
  store.preset('DISTROOVERRIDES', '${DISTRO}', true)
  store.preset('PACKAGE_ARCH', '${DISTRO_ARCH}', true)
  store.preset('BASE_DISTRO', 'debian', true)
  if (around.machine !== undefined) store.preset('MACHINE', around.machine, true)
  if (around.distro !== undefined) store.preset('DISTRO', around.distro, true)
  if (around.arch !== undefined) store.preset('DISTRO_ARCH', around.arch, true)
  if (around.release !== undefined) store.preset('BASE_DISTRO_CODENAME', around.release)
  const extra = (around.overrides ?? []).map((override) => `:${override}`).join('')
  store.preset(
    'OVERRIDES',
    `\${PACKAGE_ARCH}:\${MACHINEOVERRIDES}:\${DISTROOVERRIDES}:\${BASE_DISTRO_CODENAME}:\${BASE_DISTRO}${extra}:forcevariable`
  )
}

function known(name: string, expansion: Expansion, origin: Origin | undefined): BitbakeValue {
  return { value: expansion.value, origin, problem: problemOf(name, expansion, origin) }
}

function problemOf(
  name: string,
  { circle, python, unset }: Expansion,
  origin: Origin | undefined
): Finding | undefined {
  const why =
    circle !== undefined
      ? `refers to itself (${circle.join(' -> ')})`
      : python.length > 0
        ? `needs inline python: ${python.join(' ')}`
        : unset.length > 0
          ? `refers to what local.conf does not set: ${unset.map((one) => `\${${one}}`).join(' ')}`
          : undefined
  if (why === undefined) return undefined
  return {
    code: 'BITBAKE_VALUE',
    severity: 'error',
    message: `the value of ${name} ${why}`,
    path: origin?.path,
    range: origin ? { line: origin.line, column: 1 } : undefined,
    hint: 'Write the value out, or build with kas, where BitBake itself evaluates it.'
  }
}
