import { relative, isAbsolute } from 'node:path'
import type { GateResult } from '../assess/gate.ts'
import { digestOf } from '../base/digest.ts'
import type { Finding, Severity } from '../base/finding.ts'
import { byCodeUnit } from '../base/text.ts'
import { cleanText } from './clean.ts'
import type { ReportInput } from './report-input.ts'

/** What GitLab reads beside JUnit and CycloneDX (docs.gitlab.com, artifacts:reports). */
export interface GitlabInput extends ReportInput {
  gate: GateResult
  /** Findings with places in the project's files; those without a place are left out of the merge request. */
  findings: readonly Finding[]
  /** Top of the repository; places outside of it are left out. */
  root: string
  /** The kas file a failed check of the image is shown at, relative to `root`: nothing else of the image is in it. */
  place: string
}

/** Severities of the Code Climate subset that GitLab's code quality report takes. */
const severities: Readonly<Record<Severity, string>> = { error: 'critical', warning: 'minor', info: 'info' }

/**
 * Code quality report: findings at their line, and every failed check and missing package at the kas file that was
 * built. The fingerprint holds no line, so that a finding stays the same one while lines above it come and go.
 */
export function renderCodeQuality(input: GitlabInput): string {
  const { verification, findings, root, place } = input
  const rows = [
    ...findings.flatMap(({ code, severity, message, path, range }) => {
      const inside = path === undefined ? undefined : insideOf(root, path)
      if (inside === undefined) return []
      return [row(code, severities[severity], message, inside, range?.line ?? 1)]
    }),
    ...verification.checks
      .filter(({ status }) => status === 'fail' || status === 'unknown')
      .map((one) =>
        row(one.id, one.status === 'fail' ? 'major' : 'minor', `${one.title}: ${one.message}`, place, 1)
      ),
    ...verification.packages
      .filter(({ status }) => status !== 'pass')
      .map((one) => row(`package/${one.name}`, 'major', `${one.name}: ${one.message}`, place, 1))
  ]
  return JSON.stringify([...new Map(rows.map((one) => [one.fingerprint, one])).values()], null, 2) + '\n'
}

function row(check: string, severity: string, message: string, path: string, line: number) {
  const description = cleanText(message)
  return {
    description,
    check_name: cleanText(check),
    fingerprint: digestOf(Buffer.from(`${check}\n${path}\n${description}`), 'sha256'),
    severity,
    location: { path, lines: { begin: line } }
  }
}

function insideOf(root: string, path: string): string | undefined {
  const inside = isAbsolute(path) ? relative(root, path) : path
  return inside.startsWith('..') || isAbsolute(inside) ? undefined : inside
}

/** OpenMetrics for the merge request's metrics: requirements by verdict, checks by status, packages, the gate. */
export function renderMetrics({ assessment, verification, gate }: GitlabInput): string {
  const checks = new Map<string, number>()
  for (const { status } of verification.checks) checks.set(status, (checks.get(status) ?? 0) + 1)
  const counted = [...checks].sort(([a], [b]) => byCodeUnit(a, b))
  return [
    '# TYPE kas_harden_requirements gauge',
    ...Object.entries(assessment.counts).map(
      ([verdict, count]) => `kas_harden_requirements{verdict="${verdict}"} ${count}`
    ),
    '# TYPE kas_harden_checks gauge',
    ...counted.map(([status, count]) => `kas_harden_checks{status="${status}"} ${count}`),
    '# TYPE kas_harden_sl_c gauge',
    ...assessment.frs.map(({ fr, reached }) => `kas_harden_sl_c{fr="${fr}"} ${reached}`),
    '# TYPE kas_harden_packages gauge',
    `kas_harden_packages ${verification.image.packageCount}`,
    '# TYPE kas_harden_gate gauge',
    `kas_harden_gate ${gate.passed ? 1 : 0}`,
    '# EOF',
    ''
  ].join('\n')
}

/** Variables for later jobs. No quotes, no blanks: GitLab takes a dotenv line as it is. */
export function renderDotenv({ assessment, gate }: GitlabInput): string {
  const { counts, target, vector } = assessment
  return [
    `KAS_HARDEN_GATE=${gate.passed ? 'passed' : 'failed'}`,
    `KAS_HARDEN_SL_AIMED=${target.securityLevel}`,
    `KAS_HARDEN_SL_VECTOR=${vector.join('-')}`,
    `KAS_HARDEN_MET=${counts.met}`,
    `KAS_HARDEN_PARTIAL=${counts.partial}`,
    `KAS_HARDEN_OPEN=${counts.open}`,
    `KAS_HARDEN_NOT_MET=${counts['not-met']}`,
    ''
  ].join('\n')
}

/** Links on the page of the job. */
export function renderAnnotations(links: readonly { label: string; url: string }[]): string {
  return JSON.stringify({ 'IEC 62443-4-2': links.map((link) => ({ external_link: link })) }, null, 2) + '\n'
}

/** Address of a file among the artifacts of a job; `path` counts from the top of the repository. */
export function artifactAddress(job: string, path: string): string {
  return `${job}/artifacts/file/${path.split('/').map(encodeURIComponent).join('/')}`
}
