import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BitbakeVariable } from '../bitbake.ts'
import { type Assignment, type Origin, type ParsedConf, parseConf } from '../bitbake-parse.ts'
import { type EffectiveConfiguration, effectiveConfiguration } from '../effective.ts'
import type { KasProject } from '../kas-project.ts'
import { localConfLines } from '../local-conf.ts'
import type { KasRepo } from '../repos.ts'
import { type LayerFile, layerFiles } from './layer-files.ts'

/** What the rules look at. */
export interface LintContext {
  project: KasProject
  effective: EffectiveConfiguration
  /** local.conf as statements. */
  parsed: ParsedConf
  /** Text files of the project's layers on this machine, those of isar itself left out. */
  layers: readonly LayerFile[]
  /** Packages our controls bring, with the requirement of each. */
  ourPackages: ReadonlyMap<string, string>
  /** Words of OVERRIDES. */
  overrides: ReadonlySet<string>
  variable: (name: string) => BitbakeVariable | undefined
  /** The value, an empty text when nothing sets it. */
  value: (name: string) => string
  /** Where a variable is set last; the first file of the chain when nobody does. */
  originOf: (name: string) => Origin
  /** Where a statement about a variable says this text; else where it is set last. */
  placeOf: (name: string, text: string) => Origin
  /** isar, when the project names it. */
  isar: KasRepo | undefined
}

/** Makes the context of one project; reads the layers once. */
export function lintContext(project: KasProject, ourPackages: ReadonlyMap<string, string>): LintContext {
  const effective = effectiveConfiguration(project)
  const { variables } = effective.conf
  const value = (name: string) => variables.get(name)?.value ?? ''
  const parsed = parseConf(localConfLines(project))
  const originOf = (name: string): Origin =>
    variables.get(name)?.origin ?? { path: project.chainFiles[0] ?? 'kas', line: 1 }
  return {
    project,
    effective,
    parsed,
    layers: layerFiles(project.repos.filter((repo) => !isIsar(repo))),
    ourPackages,
    overrides: new Set(value('OVERRIDES').split(':')),
    variable: (name) => variables.get(name),
    value,
    originOf,
    placeOf: (name, text) =>
      parsed.assignments.findLast((one) => baseOf(one.name) === name && one.value.includes(text))?.origin ??
      originOf(name),
    isar: project.repos.find(isIsar)
  }
}

/** isar is known by its own script, or by its name while it is not checked out. */
function isIsar(repo: KasRepo): boolean {
  if (repo.present && existsSync(join(repo.path, 'isar-init-build-env'))) return true
  return [repo.key, repo.url ?? ''].some((name) => /(?:^|\/)isar(?:\.git)?\/?$/.test(name))
}

/** `IMAGE_INSTALL` of `IMAGE_INSTALL:append:bookworm`. */
function baseOf(name: string): string {
  return name.split(':')[0] ?? name
}

/** The version of the BitBake that comes with isar (`2.8.0`); undefined while isar is not checked out. */
export function bitbakeVersion(isar: KasRepo | undefined): string | undefined {
  const file = join(isar?.path ?? '', 'bitbake', 'lib', 'bb', '__init__.py')
  if (!isar?.present || !existsSync(file)) return undefined
  return /^__version__ = "([^"]+)"/m.exec(readFileSync(file, 'utf8'))?.[1]
}

/** Whether an assignment counts here: its overrides are all active. */
export function isActive(assignment: Assignment, overrides: ReadonlySet<string>): boolean {
  const tail = /:(?:append|prepend|remove)((?::[^:]+)*)$/.exec(assignment.name)?.[1] ?? ''
  return tail
    .split(':')
    .filter((word) => word !== '')
    .every((word) => overrides.has(word))
}
