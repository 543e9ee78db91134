import type { Catalogue } from '../catalogue/entry.ts'
import type { Control } from '../controls/control.ts'
import type { CheckResult } from '../controls/result.ts'
import type { Target } from '../controls/target.ts'

/** The part of a `Profile` an assessment reads. */
export interface AssessedProfile {
  readonly target: Target
  readonly controls: readonly Control[]
  /** Packages the profile wants; one that verify did not answer for counts as unknown. */
  readonly packages: readonly { name: string; requirement: string; controls: readonly string[] }[]
}

/** An accepted gap: it lets the gate pass until it expires and changes no verdict. */
export interface Waiver {
  /** Id of a requirement: `CR 1.11`. Either this or `check`. */
  requirement?: string
  /** Id of a check: `login-lockout/order`. */
  check?: string
  reason: string
  owner: string
  /** Last day it holds, `YYYY-MM-DD` (UTC). */
  expires: string
}

/** What the product supplier states, in the supplier's words. */
export interface Statement {
  requirement: string
  /**
   * `compensation`: an outside measure covers the gap (CCSC 2) -> met-by-compensation.
   * `declaration`: the supplier answers for the rest, or for the 4-1 process (CCSC 4) -> declared, no verdict.
   */
  kind: 'compensation' | 'declaration'
  text: string
  who: string
  /** `YYYY-MM-DD`. */
  date: string
  /** File or number of a certificate. */
  evidence?: string
}

/** Result of a test on the running system. */
export interface RuntimeResult extends CheckResult {
  /** The lines it answers for; without them, every line the control serves. */
  requirements?: readonly string[]
}

/** Results of the tests on the running system. */
export interface RuntimeEvidence {
  results: readonly RuntimeResult[]
  /** SHA-512 of the image that ran; results of another image don't count. */
  imageSha512?: string
  /** False for a result file nobody signed: it counts as declared, its failures still count. */
  trusted: boolean
}

/** What an assessment takes beside the verification and the profile. */
export interface AssessOptions {
  /** Milliseconds since the epoch; decides only whether a waiver has expired. */
  now: number
  waivers?: readonly Waiver[]
  statements?: readonly Statement[]
  runtime?: RuntimeEvidence
  /** Ids of controls a project wrote itself and nobody reviewed: they count as declared. */
  unreviewed?: readonly string[]
  /** It says which lines the target has to answer, whatever the profile holds. Default: that of the target's edition. */
  catalogue?: Catalogue
}
