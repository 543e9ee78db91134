import { relative } from 'node:path'
import { HardenError } from '../base/errors.ts'
import type { Finding } from '../base/finding.ts'
import type { Catalogue } from '../catalogue/entry.ts'
import { releases, type Control, type Release } from '../controls/control.ts'
import { resolveParameters } from '../controls/parameters.ts'
import { profileFor, type Profile } from '../controls/profile.ts'
import type { ParameterValues, Target } from '../controls/target.ts'
import type { KasProject } from '../kas/project.ts'
import { imageConf, type ImageConf } from '../kas/wks/image-conf.ts'
import { imagesOf, kernelCommandLine, type WksCopy } from '../kas/wks/kernel-command-line.ts'
import { readOnlyRoot, type ReadOnlyRoot } from '../kas/wks/read-only-root.ts'
import { authorizedKeys, checkWaysIn, type PersonAccount } from './accounts.ts'
import type { GitLayer } from './layer-source.ts'
import { checkApplication, checkSecondFactor, checkSshPort, checkUsbguard } from './lock-out.ts'
import { overlayText } from './overlay.ts'
import { writableFindings, writablePaths, type WritablePaths } from './read-only-root.ts'
import { type CipSettings, whoProvides } from './provides-cip.ts'

/** Folder of ours inside a project. */
export const projectFolder = 'kas-harden'

/** Our overlay, relative to the root of the project, as kas includes it. */
export const overlayFile = `${projectFolder}/harden.yml`

/** What a plan is made from. */
export interface PlanInput {
  project: KasProject
  target: Target
  accounts: readonly PersonAccount[]
  /** Values of parameters from kas-harden.yml, by name. */
  parameters: Readonly<Record<string, unknown>>
  /** Where a value stands, for the findings. */
  placeOf?: (parameter: string) => Pick<Finding, 'path' | 'range'>
  controls: readonly Control[]
  catalogue: Catalogue
  /** Release where the project's files don't tell it. */
  release?: string
  /** Our layer from git instead of a copy inside the project. */
  layer?: GitLayer
  example?: boolean
}

/** One requirement of the profile and what the plan does about it. */
export interface PlannedRequirement {
  id: string
  title: string
  controls: readonly { id: string; title: string; contribution: 'full' | 'partial'; covers?: string }[]
  packages: readonly string[]
  settings: readonly string[]
}

/** What apply would write and why. Data only; nothing is changed by making it. */
export interface Plan {
  chain: string
  machine: string | undefined
  distro: string | undefined
  release: Release
  target: Target
  profile: Profile
  values: ParameterValues
  accounts: readonly PersonAccount[]
  requirements: readonly PlannedRequirement[]
  /** Requirements no control serves; a supplier, hardware or another control has to. */
  open: readonly { id: string; title: string }[]
  /** CCSC 1: what each control may break. */
  breaks: readonly { control: string; what: string }[]
  overlay: { path: string; text: string }
  /** Layer folder below the project's root. */
  layer: string
  /** The repository our recipes come from; undefined for a copy in the layer folder. */
  source: GitLayer | undefined
  /** Copies of disk layouts with the kernel arguments; apply writes them into `wic/` of the layer. */
  wks: readonly WksCopy[]
  /** What the controls write, where the root is read-only. */
  readOnlyRoot: WritablePaths | undefined
  /** On isar-cip-core: who makes the settings that both sides know. */
  provides: CipSettings | undefined
  /** The chain to build after apply. */
  buildChain: string
  findings: readonly Finding[]
}

function releaseOf(project: KasProject, wanted: string | undefined): Release {
  const codename = wanted ?? project.release?.codename
  const release = releases.find((one) => one === codename)
  if (release) return release
  throw new HardenError(
    'usage',
    'UNKNOWN_RELEASE',
    codename
      ? `There are no settings for Debian ${codename}; we have ${releases.join(' and ')}.`
      : 'The Debian release is not known: the file that sets `distro` is not on this machine.',
    { hint: `Run \`kas checkout\` first, or name the release: --release ${releases[0]}` }
  )
}

function plannedRequirements(profile: Profile): PlannedRequirement[] {
  return profile.requirements.map(({ id, title }) => {
    const controls = profile.served.get(id) ?? []
    return {
      id,
      title,
      controls: controls.map((control) => {
        const claim = control.requirements.find((requirement) => requirement.id === id)!
        return {
          id: control.id,
          title: control.title,
          contribution: claim.contribution,
          covers: claim.covers
        }
      }),
      packages: profile.packages.filter((entry) => entry.requirement === id).map((entry) => entry.name),
      settings: [...new Set(controls.flatMap((control) => control.settings))]
    }
  })
}

/** The root of the first image; undefined when it is writable or its configuration is not at hand. */
function readOnlyRootOf(project: KasProject, confOf: (image: string) => ImageConf): ReadOnlyRoot | undefined {
  const [image] = imagesOf(project)
  if (image === undefined) return undefined
  const conf = confOf(image)
  return conf.unknown === undefined ? readOnlyRoot(conf) : undefined
}

/** Reading the configuration of an image takes a good part of a plan's time, and two steps need it. */
function onceEach<T>(work: (name: string) => T): (name: string) => T {
  const done = new Map<string, T>()
  return (name) => {
    const known = done.get(name)
    if (known !== undefined) return known
    const made = work(name)
    done.set(name, made)
    return made
  }
}

/** Requirements of the controls that need the kernel command line. */
function kernelRequirements(profile: Profile): string[] {
  const controls = profile.controls.filter(({ cmdline }) => cmdline.length > 0)
  const ids = new Set(controls.flatMap(({ requirements }) => requirements.map(({ id }) => id)))
  return profile.requirements.map(({ id }) => id).filter((id) => ids.has(id))
}

/**
 * Target x controls x kas project -> what to write.
 * @throws HardenError usage `PLAN_REFUSED` with findings when a parameter is missing, nobody could log in or
 *   the application of a SAR has no name.
 */
export function plan(input: PlanInput): Plan {
  const { project, target, accounts } = input
  const release = releaseOf(project, input.release)
  const profile = profileFor(target, input.catalogue, input.controls, release, input.parameters)
  const given = { ...input.parameters, 'ssh.authorized_keys': authorizedKeys(accounts) }
  const known = input.controls.flatMap((control) => control.parameters.map(({ name }) => name))
  const names = [...known, 'ssh.authorized_keys']
  const resolved = resolveParameters(profile.parameters, given, names, input.placeOf)
  const findings = [
    ...project.findings,
    ...resolved.findings,
    ...checkApplication(target),
    ...checkWaysIn(accounts),
    ...checkSecondFactor(profile, accounts),
    ...checkSshPort(profile, resolved.values, input.placeOf),
    ...checkUsbguard(project)
  ]
  const errors = findings.filter((finding) => finding.severity === 'error')
  if (errors.length > 0) {
    throw new HardenError('usage', 'PLAN_REFUSED', 'There is no plan for this project yet:', {
      findings: errors
    })
  }
  const layer = `${projectFolder}/layer`
  const confOf = onceEach((image) => imageConf(project, image))
  const root = readOnlyRootOf(project, confOf)
  const writable = root && writablePaths(profile.controls, root)
  const kernel = kernelCommandLine(project, profile.cmdline, confOf)
  const overlayPath = overlayFile
  const files = project.chainFiles.map((file) => relative(project.root, file))
  return {
    chain: project.chain,
    machine: project.machine,
    distro: project.distro,
    release,
    target,
    profile,
    values: resolved.values,
    accounts,
    requirements: plannedRequirements(profile),
    open: profile.requirements
      .filter(({ id }) => profile.open.includes(id))
      .map(({ id, title }) => ({ id, title })),
    breaks: profile.controls.flatMap((control) =>
      control.breaks.map((what) => ({ control: control.id, what }))
    ),
    overlay: {
      path: overlayPath,
      text: overlayText({
        profile,
        values: resolved.values,
        accounts,
        layer,
        source: input.layer,
        wks: kernel.copies,
        example: input.example ?? false
      })
    },
    layer,
    source: input.layer,
    wks: kernel.copies,
    readOnlyRoot: writable,
    provides: whoProvides(project, profile),
    // A chain that already names our overlay is built as it is.
    buildChain: [...files.filter((file) => file !== overlayPath), overlayPath].join(':'),
    findings: [
      ...findings,
      ...(root && writable ? writableFindings(writable, root) : []),
      ...kernel.findings.map((one) => ({ ...one, requirement: kernelRequirements(profile) }))
    ]
  }
}
