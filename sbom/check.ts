import { isScored, profiles, type FieldRule, type Profile } from './profiles.ts'
import { readDocument, type ReadDocument } from './read-document.ts'

/** How far one field of a profile is filled. */
export interface FieldScore {
  id: string
  title: string
  /** Where the profile asks for it. */
  clause: string
  /** Asked of the document once, or of every component. */
  of: 'document' | 'component'
  /** `required`, or `additional`: required where the data exist. */
  level: 'required' | 'additional'
  have: number
  total: number
  /** 0 to 100, one decimal, rounded down: 100 only when all have it. 100 where nothing is asked of. */
  percent: number
  /** References of components without it, at most a thousand. */
  missing: readonly string[]
}

/** A document measured against a profile. */
export interface Score {
  profile: Profile
  specVersion: string
  /** Components that were scored. */
  components: number
  /** Mean of the required fields' percentages, one decimal, rounded down. */
  percent: number
  /** True when every required field is there everywhere. */
  complete: boolean
  fields: readonly FieldScore[]
}

const maxMissing = 1000

/**
 * Scores any CycloneDX JSON against BSI TR-03183-2 v2.1, the NTIA minimum elements or CISA's draft of 2025.
 * Scored are components that are delivered: not source packages, not the operating system as such, not single files.
 * Only what CycloneDX has a field for is measured; that what stands there is true, no score can tell.
 * @throws HardenError `SBOM_UNREADABLE` (usage).
 */
export function checkSbom(json: string, profile: Profile, path?: string): Score {
  const document = readDocument(json, path)
  const fields = profiles[profile].map((rule) => score(rule, document))
  const required = fields.filter((one) => one.level === 'required')
  const sum = required.reduce((all, one) => all + one.percent, 0)
  return {
    profile,
    specVersion: document.specVersion,
    components: document.components.filter(isScored).length,
    percent: Math.floor((sum / required.length) * 10) / 10,
    complete: required.every((one) => one.have === one.total),
    fields
  }
}

function score(rule: FieldRule, document: ReadDocument): FieldScore {
  const { id, title, clause, level } = rule
  if (rule.of === 'document') {
    const have = rule.holds(document) ? 1 : 0
    return { id, title, clause, of: 'document', level, have, total: 1, percent: have * 100, missing: [] }
  }
  const holds = rule.holds(document)
  const scored = document.components.filter(isScored)
  const missing = scored.filter((one) => !holds(one)).map((one) => one.reference)
  const have = scored.length - missing.length
  return {
    id,
    title,
    clause,
    of: 'component',
    level,
    have,
    total: scored.length,
    percent: scored.length === 0 ? 100 : Math.floor((have / scored.length) * 1000) / 10,
    missing: missing.slice(0, maxMissing)
  }
}
