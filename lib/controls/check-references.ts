import type { Finding } from '../base/finding.ts'
import type { Catalogue } from '../catalogue/entry.ts'
import type { Control } from './control.ts'
import type { ControlFile } from './control-file.ts'
import { resolveParameters } from './parameters.ts'
import { placeholdersIn } from './placeholders.ts'
import { sameClause } from './clause.ts'

/** A valid control with its file, so that findings know their place. */
export interface ReferencingControl {
  control: Control
  path: string
  file: Pick<ControlFile, 'rangeOf'>
}

/**
 * What the schema of one file can't see: requirements that are not in the
 * catalogue, packages whose justification the control doesn't serve,
 * parameters nobody or several controls declare, checks with the same id,
 * regular expressions that don't compile, conflicts.
 */
export function checkReferences(
  controls: readonly ReferencingControl[],
  catalogue: Catalogue
): readonly Finding[] {
  const declaredBy = new Map<string, string>()
  const findings: Finding[] = []
  for (const each of controls) {
    for (const [index, parameter] of each.control.parameters.entries()) {
      const other = declaredBy.get(parameter.name)
      if (other !== undefined) {
        const message = `The parameter '${parameter.name}' is declared by '${other}' already`
        findings.push(at(each, ['parameters', index, 'name'], 'PARAMETER_DUPLICATE', message))
      } else {
        declaredBy.set(parameter.name, each.control.id)
      }
      if (parameter.default !== undefined) {
        for (const problem of resolveParameters([parameter]).findings) {
          findings.push(at(each, ['parameters', index, 'default'], 'PARAMETER_DEFAULT', problem.message))
        }
      }
    }
  }
  for (const each of controls) {
    findings.push(...requirementFindings(each, catalogue), ...checkFindings(each, declaredBy))
  }
  return findings
}

function requirementFindings(each: ReferencingControl, catalogue: Catalogue): Finding[] {
  const { control } = each
  const findings: Finding[] = []
  const served = new Set<string>()
  for (const [index, requirement] of control.requirements.entries()) {
    const place = ['requirements', index, 'id']
    const entry = catalogue.byId.get(requirement.id)
    if (!entry || entry.kind === 'reference') {
      const message = entry
        ? `'${requirement.id}' only refers to ${entry.delegatesTo?.join(', ') || 'the system'}; it can't be met`
        : `'${requirement.id}' is no requirement of ${catalogue.standard}:${catalogue.edition}`
      findings.push(at(each, place, 'REQUIREMENT_UNKNOWN', message))
    }
    if (served.has(requirement.id)) {
      findings.push(at(each, place, 'REQUIREMENT_DUPLICATE', `'${requirement.id}' is listed twice`))
    }
    served.add(requirement.id)
    if (requirement.contribution === 'partial' && requirement.covers === undefined) {
      const message = `'${requirement.id}' is served in part, but 'covers' doesn't say which part`
      findings.push(at(each, ['requirements', index], 'REQUIREMENT_COVERS', message))
    }
  }
  for (const [index, name] of control.onlyWith.entries()) {
    if (control.parameters.some((one) => one.name === name && one.default === undefined)) continue
    const message = `'${name}' is no parameter of this control without a default, so nobody has to give it`
    findings.push(at(each, ['onlyWith', index], 'ONLY_WITH_UNKNOWN', message))
  }
  for (const [index, wanted] of control.packages.entries()) {
    if (![...served].some((id) => sameClause(id, wanted.for))) {
      const message = `The package '${wanted.name}' is justified by '${wanted.for}', which the control doesn't serve`
      findings.push(at(each, ['packages', index, 'for'], 'PACKAGE_UNJUSTIFIED', message))
    }
  }
  for (const [index, rest] of control.remains.entries()) {
    if (served.has(rest.requirement)) continue
    const message = `'remains' names '${rest.requirement}', which the control doesn't serve`
    findings.push(at(each, ['remains', index, 'requirement'], 'REMAINS_UNKNOWN', message))
  }
  return findings
}

function checkFindings(each: ReferencingControl, declaredBy: ReadonlyMap<string, string>): Finding[] {
  const findings: Finding[] = []
  const ids = new Set<string>()
  for (const [index, check] of each.control.checks.entries()) {
    if (ids.has(check.id)) {
      findings.push(
        at(each, ['checks', index, 'id'], 'CHECK_DUPLICATE', `The check '${check.id}' is there twice`)
      )
    }
    ids.add(check.id)
    for (const line of check.for ?? []) {
      if (each.control.requirements.some(({ id }) => sameClause(id, line))) continue
      const message = `The check '${check.id}' is for '${line}', which the control doesn't serve`
      findings.push(at(each, ['checks', index, 'for'], 'CHECK_UNSERVED', message))
    }
    for (const name of new Set(placeholdersIn(check))) {
      if (declaredBy.has(name)) continue
      const message = `The check '${check.id}' names the parameter '${name}', which no control declares`
      findings.push(at(each, ['checks', index], 'PARAMETER_UNDECLARED', message))
    }
    for (const pattern of patternsOf(check)) {
      if (compiles(pattern)) continue
      const message = `The check '${check.id}' has a regular expression that doesn't compile: ${pattern}`
      findings.push(at(each, ['checks', index], 'CHECK_REGEX', message))
    }
  }
  return findings
}

function patternsOf(check: Control['checks'][number]): readonly string[] {
  if (check.type === 'file') return [...(check.matches ?? []), ...(check.notMatches ?? [])]
  if ('op' in check && (check.op === 'matches' || check.op === 'not-matches'))
    return [check.value].flat().map(String)
  return []
}

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern.replaceAll(/\$\{[^{}]*\}/g, 'x'), 'mu')
    return true
  } catch {
    return false
  }
}

function at(
  each: ReferencingControl,
  place: readonly (string | number)[],
  code: string,
  message: string
): Finding {
  return { code, severity: 'error', message, path: each.path, range: each.file.rangeOf(place) }
}
