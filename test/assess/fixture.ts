import * as v from 'valibot'
import { assess } from '../../lib/assess/assess.ts'
import type { Assessment, RequirementAssessment } from '../../lib/assess/assessment.ts'
import type { AssessedProfile, AssessOptions } from '../../lib/assess/inputs.ts'
import type { CatalogueComponent } from '../../lib/catalogue/entry.ts'
import { loadCatalogue } from '../../lib/catalogue/load-catalogue.ts'
import { Control } from '../../lib/controls/control.ts'
import type { CheckResult, CheckStatus } from '../../lib/controls/result.ts'
import type { Verification } from '../../lib/verify/verification.ts'

export const catalogue = loadCatalogue()
export const now = Date.parse('2026-11-22T12:00:00Z')

type Line = [id: string, contribution: 'full' | 'partial', proof?: 'on-image' | 'running']

/** A control with one file check per name, serving the given lines. */
export function control(id: string, lines: Line[], checks: string[] = ['check'], more: object = {}): Control {
  return v.parse(Control, {
    id,
    title: `Title of ${id}`,
    rationale: 'A test.',
    from: 1,
    requirements: lines.map(([line, contribution, proof]) => ({
      id: line,
      contribution,
      covers: `${id} covers a part`,
      proof: proof ?? 'on-image'
    })),
    checks: checks.map((name) => ({ id: name, title: `Check ${name}`, type: 'file', path: '/etc/file' })),
    ...more
  })
}

export function result(controlId: string, check: string, status: CheckStatus): CheckResult {
  return {
    id: `${controlId}/${check}`,
    control: controlId,
    check,
    title: `Check ${check}`,
    type: 'file',
    status,
    message: `it is ${status}`,
    evidence: [{ path: '/etc/file', line: 3, value: 'key = value' }]
  }
}

export function profile(
  controls: Control[],
  securityLevel = 2,
  components: CatalogueComponent[] = ['EDR']
): AssessedProfile {
  const target = { components, securityLevel, edition: '2019' }
  return { target, controls, packages: [] }
}

export function verification(
  from: AssessedProfile,
  checks: CheckResult[],
  more: Partial<Omit<Verification, 'image'>> & { image?: Partial<Verification['image']> } = {}
): Verification {
  return {
    target: from.target,
    parameters: {},
    controls: from.controls.map((one) => one.id),
    packages: [],
    checks,
    findings: [],
    ...more,
    image: {
      path: 'image.tar',
      format: 'tar',
      description: 'a tar archive',
      sha512: 'ab'.repeat(64),
      release: 'bookworm',
      system: 'Debian GNU/Linux 12 (bookworm)',
      architecture: 'amd64',
      packageCount: 100,
      fidelity: 'full',
      example: false,
      ...more.image
    }
  }
}

/** Assesses controls whose every check has the given status, or the status named by its id. */
export function assessed(
  controls: Control[],
  statuses: CheckStatus | Record<string, CheckStatus> = 'pass',
  options: Partial<AssessOptions> = {},
  more: Parameters<typeof verification>[2] = {},
  securityLevel = 2
): Assessment {
  const from = profile(controls, securityLevel)
  const checks = controls.flatMap((one) =>
    one.checks.map((check) =>
      result(
        one.id,
        check.id,
        typeof statuses === 'string' ? statuses : (statuses[`${one.id}/${check.id}`] ?? 'pass')
      )
    )
  )
  return assess(verification(from, checks, more), from, { now, ...options })
}

export function line(assessment: Assessment, id: string): RequirementAssessment {
  const found = assessment.requirements.find((one) => one.id === id)
  if (!found) throw new Error(`${id} is not in the assessment`)
  return found
}
