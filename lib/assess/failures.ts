import type { CheckResult } from '../controls/result.ts'
import type { PackageResult } from '../verify/verification.ts'
import type { RequirementAssessment } from './assessment.ts'

/** What of one control fails on a line, its checks and packages it wants; undefined when nothing does. */
export function failuresOf(
  line: Pick<RequirementAssessment, 'checks' | 'packages'>,
  control: string
): { checks: readonly CheckResult[]; packages: readonly PackageResult[] } | undefined {
  const checks = line.checks.filter((one) => one.status === 'fail' && one.control === control)
  const packages = line.packages.filter((one) => one.status === 'fail' && one.controls.includes(control))
  return checks.length + packages.length > 0 ? { checks, packages } : undefined
}
