import type { Gap } from '../assess/gaps.ts'
import type { GateResult } from '../assess/gate.ts'
import type { Finding } from '../base/finding.ts'
import type { Target } from '../controls/target.ts'
import type { Profile } from '../controls/profile.ts'
import type { AppliedProject } from '../flow/apply-project.ts'
import type { CiInit } from '../flow/ci-init.ts'
import type { Explanation } from '../flow/explain.ts'
import type { ListedPackages } from '../flow/list-packages.ts'
import type { ListedRequirements } from '../flow/list-requirements.ts'
import type { RemovedProject } from '../flow/remove-project.ts'
import type { Plan } from '../harden/plan.ts'
import type { Comparison } from '../report/report-input.ts'
import type { ErrorJson } from './error-json.ts'

/*
 * What the verbs write with --json. `npm run docs` makes schemas/<verb>.schema.json of these types, so that schema
 * and code can't differ; build, doctor, lint, verify, sbom check and sbom diff have schemas written by hand.
 */

/** What `kas-harden plan --json` writes: what hardening a kas project means. Nothing was changed. */
export interface PlanJson extends Omit<Plan, 'profile'> {
  /** Debian packages the controls need. */
  packages: Profile['packages']
  /** Settings packages of ours. */
  settings: Profile['settings']
  /** Arguments for the kernel command line. */
  cmdline: Profile['cmdline']
}

/** What `kas-harden apply --json` writes: what was, or with --check would be, changed. */
export type ApplyJson = Omit<AppliedProject, 'plan'>

/** What `kas-harden remove --json` writes: what was, or with --check would be, undone. */
export type RemoveJson = RemovedProject

/** What `kas-harden gaps --json` writes: what lies between an image and a level, by who closes it. */
export interface GapsJson {
  target: Target
  /** What the assessment is and is not. */
  scope: string
  gaps: readonly Gap[]
}

/** What `kas-harden report --json` writes: where the reports lie, and the gate. */
export interface ReportJson {
  target: Target
  /** The result in one line. */
  headline: string
  gate: GateResult
  /** Paths of all files that were written, HTML first. */
  reports: readonly string[]
}

/** What `kas-harden run --json` writes: where image, SBOM and reports lie, and the gate. */
export interface RunJson extends ReportJson {
  engine: 'kas-container' | 'kas' | 'mmdebstrap'
  /** The image that was described and verified. */
  image: string
  sbom: string
  /** With kas: path of the whole log of the build. */
  log?: string
  /** With --compare-plain: the same configuration without our controls. */
  comparison?: Comparison
}

/** What `kas-harden sbom -o FILE --json` writes: what was found; the document itself is in FILE. */
export interface SbomJson {
  /** Path of the document. */
  output: string
  components: number
  dependencies: number
  findings: readonly Finding[]
  /** With --compare: what the other SBOM says differently. */
  differences?: readonly Finding[]
  /** With --validate: what the schema of CycloneDX objects to. */
  problems?: readonly string[]
}

/** What `kas-harden packages --json` writes: the Debian packages of a target. */
export type PackagesJson = ListedPackages

/** What `kas-harden catalogue --json` writes: the requirements of a target, or all of the standard. */
export type CatalogueJson = ListedRequirements

/** What `kas-harden explain --json` writes: one requirement and everything done about it. */
export type ExplainJson = Explanation

/**
 * What `kas-harden ci init --json` writes: the files that were, or with --check would be, written.
 * @public a schema is made of it
 */
export type CiInitJson = CiInit

/**
 * What every verb writes with --json when it could not do its work.
 * @public a schema is made of it
 */
export type FailureJson = ErrorJson
