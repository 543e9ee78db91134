import type { Finding } from '../base/finding.ts'
import type { CatalogueEntry } from '../catalogue/entry.ts'
import { sameClause } from '../controls/clause.ts'
import type { Control } from '../controls/control.ts'
import type { CheckResult } from '../controls/result.ts'
import type { PackageResult, Verification } from '../verify/verification.ts'
import type { EvidenceGrade } from './assessment.ts'
import { lineOf, type Claim } from './claim.ts'
import type { AssessedProfile, RuntimeEvidence, RuntimeResult } from './inputs.ts'

/** Everything that counts for one line, sorted out. */
export interface LineEvidence {
  grade: EvidenceGrade
  checks: readonly CheckResult[]
  packages: readonly PackageResult[]
  failed: readonly string[]
  /** What could not be answered, or was never asked. */
  unanswered: readonly string[]
  /** There were checks that count, and every one found nothing to look at. */
  nothingThere: boolean
  /** At least one check that counts passed. */
  somethingThere: boolean
  /** The carriers' own checks found nothing to look at, whatever other controls found. */
  carriersEmpty: boolean
}

/** Results by control, prepared once for all lines. */
export interface Results {
  offline: ReadonlyMap<string, readonly CheckResult[]>
  running: ReadonlyMap<string, readonly RuntimeResult[]>
  trusted: boolean
  packages: readonly PackageResult[]
}

/**
 * Collects what was found. A check or package the profile asks for and nobody
 * answered is added as `unknown`: silence must not look like a pass.
 */
export function resultsOf(
  verification: Verification,
  profile: AssessedProfile,
  runtime: RuntimeEvidence | undefined,
  findings: Finding[]
): Results {
  const { image } = verification
  const offline = new Map<string, CheckResult[]>()
  const asked = new Map(profile.controls.map((control) => [control.id, control]))
  for (const result of verification.checks) {
    // A check that is not meant for this release says nothing, not even "nothing to look at".
    if (!meantFor(asked.get(result.control), result.check, image.release)) continue
    append(offline, result.control, result)
  }
  for (const control of profile.controls) {
    for (const check of control.checks) {
      if (check.releases && image.release && !check.releases.includes(image.release as never)) continue
      const answered = offline.get(control.id)?.some((result) => result.check === check.id) ?? false
      if (!answered) append(offline, control.id, unasked(control, check.id, check.title, check.type))
    }
  }

  const running = new Map<string, RuntimeResult[]>()
  if (runtime && runtime.imageSha512 !== undefined && runtime.imageSha512 !== image.sha512) {
    findings.push({
      code: 'RUNTIME_OTHER_IMAGE',
      severity: 'warning',
      message: 'The results of the running system belong to another image and were not counted.',
      hint: 'Run the tests on this image again.'
    })
  } else {
    for (const result of runtime?.results ?? []) append(running, result.control, result)
  }
  return {
    offline,
    running,
    trusted: runtime?.trusted ?? false,
    packages: withUnasked(verification, profile)
  }
}

/** True for a control of an option this image has not: every check of it found nothing to look at. */
export function lacksOption(control: Control, { offline }: Results): boolean {
  const own = offline.get(control.id) ?? []
  return control.requires !== undefined && own.every(({ status }) => status === 'not-applicable')
}

/** What stands behind a claim on one line, from the results of every control that serves it. */
export function evidenceFor(entry: CatalogueEntry, claim: Claim, results: Results): LineEvidence {
  const counting = (from: Results['running'], controls: readonly Control[]) =>
    controls.flatMap((control) =>
      (from.get(control.id) ?? []).filter((result) => countsFor(control, result, entry))
    )
  const checks = [...counting(results.offline, claim.serving), ...counting(results.running, claim.serving)]
  const ids = new Set(claim.serving.map((control) => control.id))
  const packages = results.packages.filter(
    (one) => one.requirement === entry.id || one.controls.some((control) => ids.has(control))
  )
  const carriers = counting(results.offline, claim.carriers)
  const failed = [
    ...packages.filter((one) => one.status === 'fail').map(packageReason),
    ...checks.filter((one) => one.status === 'fail').map(checkReason)
  ]
  const unanswered = [
    ...packages.filter((one) => one.status === 'unknown').map(packageReason),
    ...checks.filter((one) => one.status === 'unknown').map(checkReason)
  ]
  const passes = carriers.some((one) => one.status === 'pass' && !onlyInstalled(claim, one))
  const needRun = claim.serving.filter((control) => lineOf(control, entry)?.proof === 'running')
  const ran =
    results.trusted &&
    needRun.length > 0 &&
    needRun.every((control) => passedAll(counting(results.running, [control])))

  return {
    grade: gradeOf({ claim, failed: failed.length > 0, unanswered: unanswered.length > 0, passes, ran }),
    checks,
    packages,
    failed,
    unanswered,
    nothingThere: checks.length > 0 && checks.every((one) => one.status === 'not-applicable'),
    somethingThere: checks.some((one) => one.status === 'pass'),
    carriersEmpty: carriers.length > 0 && carriers.every((one) => one.status === 'not-applicable')
  }
}

/** Whether a result answers for this line; one that doesn't say so itself and has no check counts for all of them. */
function countsFor(control: Control, result: RuntimeResult, entry: CatalogueEntry): boolean {
  if (result.requirements) return result.requirements.includes(entry.id)
  const lines = control.checks.find((check) => check.id === result.check)?.for
  return lines === undefined || lines.some((line) => sameClause(entry.id, line))
}

/** A check's result as a reason. */
export function checkReason(one: CheckResult): string {
  return `${one.id}: ${one.message}`
}

/** A package's result as a reason. */
export function packageReason(one: PackageResult): string {
  return one.message.includes(one.name) ? one.message : `package ${one.name}: ${one.message}`
}

interface Grading {
  claim: Claim
  failed: boolean
  unanswered: boolean
  /** A check of a control that carries the claim passed on the image. */
  passes: boolean
  /** Every control that needs it passed on the running system, and the results can be trusted. */
  ran: boolean
}

function gradeOf({ claim, failed, unanswered, passes, ran }: Grading): EvidenceGrade {
  if (failed) return 'contradicted'
  if (claim.serving.length === 0) return 'none'
  if (unanswered) return passes ? 'declared' : 'none'
  if (claim.declaredOnly) return 'declared'
  if (ran) return 'proven-running'
  // An installed package proves nothing by itself, and a control without checks is only our word.
  return passes ? 'proven-on-image' : 'declared'
}

/** True for a check that only says packages are there; without their settings that proves no function. */
function onlyInstalled(claim: Claim, result: CheckResult): boolean {
  const control = claim.serving.find((one) => one.id === result.control)
  const check = control?.checks.find((one) => one.id === result.check)
  return check?.type === 'package' && check.none === undefined
}

function passedAll(results: readonly CheckResult[]): boolean {
  return (
    results.some((one) => one.status === 'pass') &&
    results.every((one) => one.status === 'pass' || one.status === 'not-applicable')
  )
}

function meantFor(control: Control | undefined, check: string, release: string | undefined): boolean {
  const releases = control?.checks.find((one) => one.id === check)?.releases
  return !releases || release === undefined || releases.includes(release as never)
}

function unasked(control: Control, check: string, title: string, type: string): CheckResult {
  return {
    id: `${control.id}/${check}`,
    control: control.id,
    check,
    title,
    type,
    status: 'unknown',
    message: 'was not run',
    evidence: []
  }
}

function withUnasked(verification: Verification, profile: AssessedProfile): PackageResult[] {
  const answered = new Set(verification.packages.map((one) => one.name))
  const missing = profile.packages
    .filter((one) => !answered.has(one.name))
    .map(({ name, requirement, controls }) => ({
      name,
      status: 'unknown' as const,
      requirement,
      controls,
      message: 'was not looked for'
    }))
  return [...verification.packages, ...missing]
}

function append<T extends CheckResult>(map: Map<string, T[]>, key: string, result: T): void {
  const list = map.get(key)
  if (list) list.push(result)
  else map.set(key, [result])
}
