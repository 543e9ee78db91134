import { readFileSync } from 'node:fs'
import { messageOf } from '../../base/errors.ts'
import type { Finding, Range } from '../../base/finding.ts'
import { byCodeUnit } from '../../base/text.ts'
import type { KasProject } from '../kas-project.ts'
import { layerRepo } from '../overlay.ts'
import { lintContext, type LintContext } from './context.ts'
import type { LintRule } from './rule.ts'
import { lintRules } from './rules.ts'

/**
 * Looks for the known traps in a kas project: in its configuration as kas merges it, and in the layers that are
 * on this machine. Reads files only. Sorted by file, line and rule; each place of a rule once.
 * @param ourPackages packages the controls bring, with the requirement of each.
 */
export function lint(
  project: KasProject,
  ourPackages: ReadonlyMap<string, string>,
  rules: readonly LintRule[] = lintRules
): Finding[] {
  const context = lintContext(project, ourPackages)
  const found = rules.flatMap((rule) => run(rule, context))
  const all = [...found, ...project.findings, ...notRead(project)]
  const unique = new Map(all.map((one) => [key(one), one]))
  return [...unique.values()].sort(
    (a, b) =>
      byCodeUnit(a.path ?? '', b.path ?? '') ||
      (a.range?.line ?? 0) - (b.range?.line ?? 0) ||
      byCodeUnit(a.code, b.code) ||
      byCodeUnit(a.message, b.message)
  )
}

/** Rules whose lines hold a secret: a code frame must not show them. */
export function isSecret(code: string): boolean {
  return lintRules.some((rule) => rule.code === code && rule.secret === true)
}

function run(rule: LintRule, context: LintContext): Finding[] {
  try {
    return rule.find(context).map(({ message, at, fix, severity, requirement }) => ({
      code: rule.code,
      severity: severity ?? rule.severity,
      message,
      path: at.path,
      range: wholeLine(at.path, at.line),
      hint: fix ?? rule.fix,
      requirement: requirement ?? rule.requirement
    }))
  } catch (error) {
    // A rule that fails says so; its silence would look like a clean project.
    const message = `the rule ${rule.code} could not look: ${messageOf(error)}`
    return [{ code: 'LINT_UNKNOWN', severity: 'warning', message, requirement: rule.requirement }]
  }
}

/** The line from its first letter to its last. */
function wholeLine(path: string, line: number): Range {
  try {
    const text = readFileSync(path, 'utf8').split(/\r?\n/)[line - 1] ?? ''
    const column = text.length - text.trimStart().length + 1
    return { line, column, endLine: line, endColumn: Math.max(column + 1, text.trimEnd().length + 1) }
  } catch {
    return { line, column: 1 }
  }
}

/** What nobody could look into says so: silence would look like a clean project. */
function notRead(project: KasProject): Finding[] {
  const includes = project.unresolved.map((one): Finding => ({
    code: 'LINT_NOT_READ',
    severity: 'warning',
    message: `${one.file} was not looked at: ${one.reason}`,
    path: one.includedBy,
    range: { line: one.line, column: 1 },
    hint: one.hint
  }))
  const repos = project.repos
    .filter((repo) => !repo.present && repo.key !== layerRepo)
    .map((repo): Finding => {
      const place = project.placeOf(['repos', repo.key])
      return {
        code: 'LINT_NOT_READ',
        severity: 'info',
        message: `the layers of '${repo.key}' are not on this machine and were not looked at`,
        path: place?.path,
        range: place === undefined ? undefined : wholeLine(place.path, place.line),
        hint: 'Run `kas checkout` with the same chain, or set KAS_WORK_DIR to where it was checked out.'
      }
    })
  return [...includes, ...repos]
}

function key(finding: Finding): string {
  return `${finding.code}\n${finding.path ?? ''}\n${finding.range?.line ?? 0}\n${finding.message}`
}
