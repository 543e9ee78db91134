import type { Finding } from '../base/finding.ts'
import { versionProblem, type VersionOperator } from './version.ts'

/** One package relation: `python3:any (>= 3.11) [amd64] <!nocheck>`. */
export interface Relation {
  name: string
  /** Architecture qualifier: `any`, `native` or an architecture. */
  qualifier?: string
  operator?: VersionOperator
  version?: string
  /** Restriction list, as written: `['linux-any', '!hurd-amd64']`; empty when there is none. */
  architectures: readonly string[]
  /** Build profile restrictions, as written. */
  profiles?: string
}

/** The alternatives of one clause: `a | b`. */
export type Clause = readonly Relation[]

/** A relation field taken apart; what could not be read is missing and reported. */
export interface Relations {
  clauses: readonly Clause[]
  findings: readonly Finding[]
}

const pattern =
  /^([A-Za-z0-9][A-Za-z0-9+._-]*)(?::([A-Za-z0-9-]+))? ?(?:\( ?(<<|<=|=|>=|>>|<|>) ?([^ ()<>=]+) ?\))? ?(?:\[([^\]]*)\])? ?((?:<[^<>]*> ?)*)$/

/**
 * Parses the value of Depends, Pre-Depends, Provides, Built-Using and the like
 * (Debian Policy 7.1, deb-control(5)). Clauses come in the order of the text.
 */
export function parseRelations(text: string): Relations {
  const findings: Finding[] = []
  const problem = (message: string): void => {
    findings.push({ code: 'RELATION_SYNTAX', severity: 'warning', message })
  }
  const clauses: Clause[] = []
  // One blank for every run of them: the pattern stays linear on hostile input.
  for (const clauseText of text.replace(/\s+/g, ' ').split(',')) {
    if (clauseText.trim() === '') continue // a trailing comma is allowed
    const clause: Relation[] = []
    for (const alternative of clauseText.split('|')) {
      const relation = parseRelation(alternative.trim())
      if (!relation) problem(`'${alternative.trim().slice(0, 200)}' is not a package relation.`)
      else {
        const wrong = relation.version === undefined ? undefined : versionProblem(relation.version)
        if (wrong)
          problem(`Version '${relation.version ?? ''}' in the relation to ${relation.name} ${wrong}.`)
        clause.push(relation)
      }
    }
    if (clause.length > 0) clauses.push(clause)
  }
  return { clauses, findings }
}

function parseRelation(text: string): Relation | undefined {
  const match = pattern.exec(text)
  if (!match) return undefined
  const [, name = '', qualifier, operator, version, architectures, profiles] = match
  return {
    name,
    ...(qualifier !== undefined && { qualifier }),
    ...(operator !== undefined && { operator: operator as VersionOperator, version }),
    architectures: architectures?.split(' ').filter((word) => word !== '') ?? [],
    ...(profiles ? { profiles: profiles.trim() } : {})
  }
}

/** The relation as it stands in a control file, normalised: `python3:any (>= 3.11)`. */
function formatRelation(relation: Relation): string {
  const parts = [relation.qualifier === undefined ? relation.name : `${relation.name}:${relation.qualifier}`]
  if (relation.operator !== undefined) parts.push(`(${relation.operator} ${relation.version ?? ''})`)
  if (relation.architectures.length > 0) parts.push(`[${relation.architectures.join(' ')}]`)
  if (relation.profiles !== undefined) parts.push(relation.profiles)
  return parts.join(' ')
}

/** All alternatives of a clause in one line. */
export function formatClause(clause: Clause): string {
  return clause.map(formatRelation).join(' | ')
}

/**
 * Whether a restriction list (`[linux-any !i386]`) admits an architecture of a Linux port of Debian.
 * Wildcards: `any`, `linux-any`, `any-<cpu>`. A list of negations admits all others.
 */
export function architectureListAdmits(list: readonly string[], architecture: string): boolean {
  if (list.length === 0) return true
  const matches = (word: string): boolean =>
    word === architecture || word === 'any' || word === 'linux-any' || word === `any-${architecture}`
  const negative = list.filter((word) => word.startsWith('!'))
  if (negative.length > 0) return !negative.some((word) => matches(word.slice(1)))
  return list.some(matches)
}
