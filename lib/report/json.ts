import type { RequirementAssessment } from '../assess/assessment.ts'
import { cleaned } from './clean.ts'
import type { ReportInput } from './report-input.ts'
import { bannersOf, imageName } from './words.ts'

/** Name and version of the form of `renderJson`; schemas/assessment.schema.json describes it. */
export const assessmentFormat = 'kas-harden-assessment/1'

/**
 * The whole assessment as JSON for machines: schemas/assessment.schema.json.
 * Check results stand once, requirements refer to them by id.
 */
export function renderJson(input: ReportInput): string {
  const { assessment, verification, comparison } = cleaned(input)
  const document = {
    format: assessmentFormat,
    scope: assessment.scope,
    headline: assessment.headline,
    claimable: assessment.claimable,
    banners: bannersOf(verification),
    standard: assessment.standard,
    target: assessment.target,
    image: { ...verification.image, path: imageName(verification) },
    slc: assessment.vector,
    foundationalRequirements: assessment.frs,
    counts: assessment.counts,
    nextSteps: assessment.nextSteps,
    requirements: assessment.requirements.map(withReferences),
    countermeasures: assessment.countermeasures,
    checks: checksOf(assessment.requirements, verification.checks),
    packages: verification.packages,
    parameters: verification.parameters,
    controls: verification.controls,
    findings: [...assessment.findings, ...verification.findings],
    comparison
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

function withReferences(one: RequirementAssessment) {
  return {
    ...one,
    checks: one.checks.map((check) => check.id),
    packages: one.packages.map((each) => each.name)
  }
}

/** Every result once: those of the verification, and those only the assessment knows (not run, running system). */
function checksOf(
  requirements: readonly RequirementAssessment[],
  verified: RequirementAssessment['checks']
): RequirementAssessment['checks'] {
  const all = new Map(verified.map((check) => [check.id, check]))
  for (const one of requirements) {
    for (const check of one.checks) if (!all.has(check.id)) all.set(check.id, check)
  }
  return [...all.values()]
}
