import * as v from 'valibot'
import { Check } from './check.ts'

const text = v.pipe(v.string(), v.minLength(1))
const level = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4))

/** Debian releases we have settings for; first those Debian still supports. */
export const releases = ['bookworm', 'trixie', 'bullseye'] as const
export type Release = (typeof releases)[number]

/** Component types of IEC 62443-4-2. */
export const componentTypes = ['SAR', 'EDR', 'HDR', 'NDR'] as const
export type ComponentType = (typeof componentTypes)[number]

/** Who does the rest. */
export const owners = ['supplier', 'hardware', 'integrator', 'asset-owner'] as const
export type Owner = (typeof owners)[number]

const Requirement = v.strictObject({
  /** Id of the catalogue: `CR 1.11`, `EDR 3.10`. */
  id: text,
  contribution: v.picklist(['full', 'partial']),
  /** What of it this control covers, our own words; needed for `partial`. */
  covers: v.optional(text),
  /**
   * Evidence the requirement needs for `met`: can files in the image prove it, or only the running system?
   */
  proof: v.picklist(['on-image', 'running']),
  /** Releases whose packages can do only part of it, and which part: our own words. */
  partialIn: v.optional(v.array(v.strictObject({ release: v.picklist(releases), covers: text })))
})

const PackageWant = v.strictObject({
  name: text,
  /** The requirement that justifies this package, of those the control serves. */
  for: text,
  why: text,
  /** Only in these releases (names change: systemd-cryptsetup is new in trixie). */
  releases: v.optional(v.array(v.picklist(releases)))
})

/** A value a user can set in kas-harden.yml; becomes a bitbake variable and a placeholder in a template. */
const Parameter = v.strictObject({
  /** `family.name`; the variable is `KAS_HARDEN_FAMILY_NAME`. */
  name: v.pipe(v.string(), v.regex(/^[a-z]+\.[a-z][a-z0-9_]*$/)),
  title: text,
  type: v.picklist(['integer', 'string', 'list', 'percent', 'size']),
  /** Absent: the user must give one. */
  default: v.optional(v.union([v.string(), v.number(), v.array(v.string())])),
  minimum: v.optional(v.number()),
  maximum: v.optional(v.number()),
  /** For strings and list elements. */
  pattern: v.optional(text),
  unit: v.optional(text)
})

/** What a product has by its board and its options of the build, not by packages of ours. */
export const boardOptions = ['unified-kernel', 'verity', 'secure-boot', 'swupdate', 'access-point'] as const

/** Schema of a control.yml. */
export const Control = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]*$/)),
  title: text,
  rationale: text,
  /** The profile takes the control from this security level on. */
  from: level,
  /** Component types it applies to; default all. */
  components: v.optional(v.array(v.picklist(componentTypes))),
  /**
   * An option without which it says nothing: where its checks find the option absent (all of them not applicable),
   * it serves no line.
   */
  requires: v.optional(v.picklist(boardOptions)),
  /** Parameters without which it can't work and nobody can guess: chosen only where kas-harden.yml gives one of them. */
  onlyWith: v.optional(v.array(text), []),
  requirements: v.pipe(v.array(Requirement), v.minLength(1)),
  packages: v.optional(v.array(PackageWant), []),
  /** Packages of ours that carry the settings: kas-harden-pam. */
  settings: v.optional(v.array(text), []),
  /** Parts of kas-harden-site whose rendered templates it needs: pam. */
  site: v.optional(v.array(text), []),
  parameters: v.optional(v.array(Parameter), []),
  /** Arguments for the kernel command line. */
  cmdline: v.optional(v.array(text), []),
  /** Paths that must be writable on the running device. */
  writable: v.optional(v.array(text), []),
  checks: v.optional(v.array(Check), []),
  /** CCSC 1: what switching this on can break, one sentence each. */
  breaks: v.optional(v.array(text), []),
  conflicts: v.optional(v.array(text), []),
  /** What remains, and whose it is. */
  remains: v.optional(
    v.array(v.strictObject({ requirement: text, what: text, owner: v.array(v.picklist(owners)) })),
    []
  ),
  /** What a lab wants to see beside our checks. */
  evidence: v.optional(v.array(text), []),
  /** Isar recipes the image needs beside ours (sshd-regen-keys). */
  isarRecipes: v.optional(v.array(text), [])
})
export type Control = v.InferOutput<typeof Control>
export type ControlParameter = v.InferOutput<typeof Parameter>
export type ControlRequirement = v.InferOutput<typeof Requirement>

/** The bitbake variable of a parameter: `password.minlen` -> `KAS_HARDEN_PASSWORD_MINLEN`. */
export function variableOf(parameter: string): string {
  return `KAS_HARDEN_${parameter.replace('.', '_').toUpperCase()}`
}
