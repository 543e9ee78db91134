import type { Assessment } from '../assess/assessment.ts'
import type { AssessedProfile } from '../assess/inputs.ts'
import type { Verification } from '../verify/verification.ts'

/** One image of a comparison. */
export interface ComparedImage {
  checksPassed: number
  checksTotal: number
  /** Listening ports, where somebody booted it. */
  openPorts?: number
  setuidFiles: number
  packages: number
}

/** The same configuration, plain and with our controls. */
export interface Comparison {
  plain: ComparedImage
  hardened: ComparedImage
}

/** What every renderer reads. A `Profile` of the controls fits `profile`. */
export interface ReportInput {
  assessment: Assessment
  verification: Verification
  profile: AssessedProfile
  comparison?: Comparison
}
