import type { Finding } from '../base/finding.ts'
import type { CheckResult } from '../controls/result.ts'
import type { ParameterValues, Target } from '../controls/target.ts'
import type { ImageFormat } from '../image/image.ts'

/** One package a control wants, as found in the image. */
export interface PackageResult {
  name: string
  /** `pass` only for `install ok installed`. */
  status: 'pass' | 'fail' | 'unknown'
  /** dpkg's status words when the package is known: `deinstall ok config-files`. */
  dpkgStatus?: string
  version?: string
  architecture?: string
  /** The requirement that justifies it. */
  requirement: string
  controls: readonly string[]
  message: string
}

/** What verify found in one image for one target; the input of `assess`. */
export interface Verification {
  target: Target
  image: {
    path: string
    format: ImageFormat
    description: string
    sha512?: string
    /** VERSION_CODENAME of os-release. */
    release?: string
    /** PRETTY_NAME of os-release. */
    system?: string
    architecture?: string
    packageCount: number
    /** From the build record beside or inside the image: `full`, `base-only`, or unknown. */
    fidelity: 'full' | 'base-only' | 'unknown'
    /** True for the throw-away example of `npm start`. */
    example: boolean
  }
  parameters: ParameterValues
  /** Ids of the controls that were checked. */
  controls: readonly string[]
  packages: readonly PackageResult[]
  checks: readonly CheckResult[]
  findings: readonly Finding[]
}
