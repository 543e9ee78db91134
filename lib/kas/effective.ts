import type { Finding } from '../base/finding.ts'
import { type AccountReader, imageGroups, type ImageGroup, type ImageUser, imageUsers } from './accounts.ts'
import { type BitbakeValue, type EvaluatedConf, evaluateLocalConf } from './bitbake.ts'
import type { Origin } from './bitbake-parse.ts'
import { localConfLines } from './local-conf.ts'
import { architectureOf } from './machine.ts'
import { type OnlyIsar, onlyIsar } from './only-isar.ts'
import type { KasProject } from './kas-project.ts'

/** What a kas project says about its image, as far as local.conf says it. */
export interface EffectiveConfiguration {
  machine: string | undefined
  distro: string | undefined
  /** Debian architecture; undefined when nothing at hand tells that of the machine. */
  arch: string | undefined
  /** IMAGE_PREINSTALL: Debian packages by name. */
  installPackages: readonly string[]
  /** IMAGE_INSTALL: recipes isar builds, ours among them. */
  isarRecipes: readonly string[]
  /** HOSTNAME, where the project uses it. */
  hostname: string | undefined
  users: readonly ImageUser[]
  groups: readonly ImageGroup[]
  /** KERNEL_NAME, or the default of the architecture (`amd64`). */
  kernelName: string
  /** IMAGE_FSTYPES; empty means the default of the machine. */
  fsTypes: readonly string[]
  /** Every KAS_HARDEN_* variable that is set. */
  harden: Readonly<Record<string, string>>
  /** What the embedded engine cannot build. */
  onlyIsar: readonly OnlyIsar[]
  /** Where a variable was set last. */
  originOf: (variable: string) => Origin | undefined
  conf: EvaluatedConf
  /** Errors: statements outside the subset, values that cannot be known, unresolved includes. */
  findings: readonly Finding[]
}

/**
 * Evaluates the local.conf kas would write for this project and reads from it what the image will be.
 * A finding of severity error means: this configuration is not known well enough to build from it.
 */
export function effectiveConfiguration(project: KasProject): EffectiveConfiguration {
  const lines = localConfLines(project)
  const arch = architectureOf(project)
  const conf = evaluateLocalConf(lines, {
    release: project.release?.codename,
    arch,
    env: project.env
  })
  const findings: Finding[] = [...conf.findings, ...unresolvedFindings(project)]
  const asked = new Set<string>()
  const note = (name: string, found: BitbakeValue | undefined): string | undefined => {
    if (found?.problem && !asked.has(name)) findings.push(found.problem)
    asked.add(name)
    return found?.value
  }
  const ask = (name: string) => note(name, conf.variables.get(name))
  const words = (name: string) => (ask(name) ?? '').split(/\s+/).filter((word) => word !== '')
  const originOf = (name: string) => conf.variables.get(name)?.origin
  const reader: AccountReader = {
    words,
    flag: (name, flag) => note(`${name}[${flag}]`, conf.variables.get(name)?.flags.get(flag)),
    origin: (name) => {
      const variable = conf.variables.get(name)
      return variable?.origin ?? [...(variable?.flags.values() ?? [])].find((flag) => flag.origin)?.origin
    }
  }
  const harden = [...conf.variables.keys()]
    .filter((name) => /^KAS_HARDEN_[A-Z0-9_]+$/.test(name))
    .sort()
    .flatMap((name) => {
      const value = ask(name)
      return value === undefined ? [] : [[name, value] as const]
    })
  const architecture = ask('DISTRO_ARCH') ?? arch
  return {
    machine: ask('MACHINE'),
    distro: ask('DISTRO'),
    arch: architecture,
    installPackages: unique(words('IMAGE_PREINSTALL')),
    isarRecipes: unique(words('IMAGE_INSTALL')),
    hostname: ask('HOSTNAME'),
    users: imageUsers(reader),
    groups: imageGroups(reader),
    kernelName: ask('KERNEL_NAME') ?? defaultKernel(architecture),
    fsTypes: unique(words('IMAGE_FSTYPES')),
    harden: Object.fromEntries(harden),
    onlyIsar: onlyIsar(project, conf, architecture),
    originOf,
    conf,
    findings
  }
}

function unresolvedFindings(project: KasProject): Finding[] {
  return project.unresolved.map((one) => ({
    code: 'KAS_UNRESOLVED',
    severity: 'error',
    message: `${one.file} is not readable: ${one.reason}`,
    path: one.includedBy,
    range: { line: one.line, column: 1 },
    hint: one.hint
  }))
}

function defaultKernel(arch: string | undefined): string {
  return arch === undefined ? 'amd64' : arch === 'armhf' ? 'armmp' : arch
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)]
}
