import type {
  Assessment,
  Countermeasure,
  EvidenceGrade,
  FrSummary,
  LevelShare,
  RequirementAssessment,
  Verdict
} from '../assess/assessment.ts'
import type { Evidence } from '../controls/result.ts'
import type { Verification } from '../verify/verification.ts'

/** A verdict as people read it. */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  met: 'met',
  'met-by-compensation': 'met by compensation',
  partial: 'partial',
  open: 'open',
  'not-met': 'not met',
  'not-applicable': 'not applicable'
}

/** What a verdict says, for the legend of a report. */
export const verdictMeanings: Readonly<Record<Verdict, string>> = {
  met: 'The base layer carries the whole requirement, and evidence that suits it proves so.',
  'met-by-compensation':
    'The supplier names an outside measure that covers the gap (CCSC 2); the SL-C vector does not count it.',
  partial:
    'The base layer carries a part, or the running system has not proven it yet; the rest is somebody else’s.',
  open: 'Nothing in the base layer serves it, or it could not be answered.',
  'not-met': 'A check or a package contradicts the claim, or a published key or password defeats it.',
  'not-applicable': 'The standard has a condition, and a check proves the thing absent.'
}

/** What answers for a line that is not met. */
export const answerWords: Readonly<Record<Countermeasure['answer'], string>> = {
  measure: 'outside measure',
  statement: 'stated by the supplier',
  owner: 'left to its owner',
  none: 'nobody yet'
}

/** What stands in the integrator's table: the measure, the statement, or what remains and whose it is. */
export function countermeasureTexts({ answer, statements, remains, owners }: Countermeasure): string[] {
  const said = statements
    .filter(({ kind }) => kind === (answer === 'measure' ? 'compensation' : 'declaration'))
    .map(({ text, who, date, evidence }) => `${text} (${[who, date, evidence].filter(Boolean).join(', ')})`)
  const left = remains.map(({ what, owner }) => `${what} (${owner.join(', ')})`)
  if (answer === 'measure') return said
  if (answer === 'statement') return [...said, ...left]
  if (answer === 'owner') return left
  return [`Name a measure or who answers for it (${owners.join(', ')}).`]
}

/** What kind of evidence there is. */
export const evidenceWords: Readonly<Record<EvidenceGrade, string>> = {
  'proven-running': 'proven on the running system',
  'proven-on-image': 'proven on the image',
  declared: 'declared',
  none: 'none',
  contradicted: 'contradicted'
}

/** `EDR + NDR, aimed SL-C 2`. */
export function targetWords(target: Assessment['target']): string {
  return `${target.components.join(' + ')}, aimed SL-C ${target.securityLevel}`
}

const componentWords = {
  SAR: 'software application (SAR)',
  EDR: 'embedded device (EDR)',
  HDR: 'host device (HDR)',
  NDR: 'network device (NDR)'
}

/** `Embedded device (EDR) + network device (NDR), aimed SL-C 2`. */
export function targetLong(target: Assessment['target']): string {
  const types = target.components.map((type) => componentWords[type]).join(' + ')
  return `${types.charAt(0).toUpperCase()}${types.slice(1)}, aimed SL-C ${target.securityLevel}`
}

/** The file name of an image; the folder is the user's machine and no business of a report. */
export function imageName(verification: Verification): string {
  return (
    verification.image.path
      .replace(/[/\\]+$/, '')
      .split(/[/\\]/)
      .pop() ?? ''
  )
}

/** `/etc/ssh/sshd_config.d/10-kas-harden.conf:3 PermitRootLogin no`, in parts. */
export function evidenceParts(evidence: Evidence): { place: string; value: string } {
  const place = evidence.path
    ? `${evidence.path}${evidence.line === undefined ? '' : `:${evidence.line}`}`
    : (evidence.command ?? '')
  return { place, value: evidence.value ?? evidence.output ?? '' }
}

/** What has to stand above everything about this image; empty for an ordinary one. */
export function bannersOf(verification: Verification): string[] {
  const { fidelity, example } = verification.image
  return [
    ...(fidelity === 'base-only'
      ? ['Base only: built without the parts that only isar builds. This is not the product image.']
      : []),
    ...(example
      ? ['Example image with a throw-away key: for trying out kas-harden, never for a device.']
      : [])
  ]
}

/** `2 checks failed, 1 package missing, 3 unknown`; empty when everything passed. */
export function troubleOf(one: RequirementAssessment): string {
  const checks = one.checks.filter((check) => check.status === 'fail').length
  const packages = one.packages.filter((each) => each.status === 'fail').length
  const unknown = [...one.checks, ...one.packages].filter((each) => each.status === 'unknown').length
  return [
    checks > 0 ? `${counted(checks, 'check')} failed` : '',
    packages > 0 ? `${counted(packages, 'package')} missing` : '',
    unknown > 0 ? `${unknown} unknown` : ''
  ]
    .filter(Boolean)
    .join(', ')
}

/** `1 check`, `2 checks`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

/** Counts of the terminal's and the summary's columns. */
export function columnsOf({ verdicts, toRun }: Pick<FrSummary, 'verdicts' | 'toRun'>) {
  return {
    proven: verdicts.met,
    /** Proven on the image, waits for the running system. */
    toRun,
    shared: verdicts.partial - toRun + verdicts['met-by-compensation'],
    open: verdicts.open,
    notMet: verdicts['not-met'],
    notApplicable: verdicts['not-applicable']
  }
}

/** `CR 1.1, CR 1.5 and 3 more`. */
export function someOf(ids: readonly string[], most = 3): string {
  if (ids.length <= most) return ids.join(', ')
  return `${ids.slice(0, most).join(', ')} and ${ids.length - most} more`
}

/** A row per foundational requirement and one for all: a cell per level, what the base layer carries of it. */
export function shareRows(frs: readonly FrSummary[]): { title: string; cells: readonly LevelShare[] }[] {
  const rows = frs.map((fr) => ({ title: `FR ${fr.fr} ${fr.title}`, cells: fr.levels }))
  const sums = (frs[0]?.levels ?? []).map(({ securityLevel }, index) => {
    const sum = (of: (one: LevelShare) => number) =>
      rows.reduce((all, { cells }) => all + (cells[index] ? of(cells[index]) : 0), 0)
    return {
      securityLevel,
      total: sum((one) => one.total),
      full: sum((one) => one.full),
      partial: sum((one) => one.partial),
      none: sum((one) => one.none)
    }
  })
  return [...rows, { title: 'Together', cells: sums }]
}

/** `8 full, 3 in part of 12`. */
export function shareWords({ full, partial, total }: LevelShare): string {
  return `${full} full, ${partial} in part of ${total}`
}
