/** Result of one check. A check that crashed or could not look is `unknown`, never `pass`. */
export type CheckStatus = 'pass' | 'fail' | 'not-applicable' | 'unknown'

/** What was seen: a place in the image and its value, or a command and what it said. */
export interface Evidence {
  /** Path inside the image, absolute. */
  path?: string
  /** 1-based. */
  line?: number
  /** The text or value that decided the result, cut to 400 characters. */
  value?: string
  command?: string
  output?: string
}

/** One check of one control, answered for one image. */
export interface CheckResult {
  /** `<control>/<check>`, unique in a run. */
  id: string
  control: string
  check: string
  title: string
  type: string
  status: CheckStatus
  /** One sentence: what was found and, on failure, what was expected. */
  message: string
  evidence: readonly Evidence[]
}
