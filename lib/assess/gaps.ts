import type { Control } from '../controls/control.ts'
import type { Assessment, RequirementAssessment, Verdict } from './assessment.ts'
import { failuresOf } from './failures.ts'
import { waitsForRun } from './summary.ts'

/** Who closes a gap, the cheapest first. */
export const gapKinds = ['add-control', 'answer-check', 'run-tests', 'supplier', 'hardware'] as const
export type GapKind = (typeof gapKinds)[number]

/** One thing to do, and the lines of the standard it moves. */
export interface Gap {
  kind: GapKind
  /** What to do, one sentence. */
  what: string
  /** Lines it is missing for, in the order of the catalogue. */
  requirements: readonly string[]
  /** Lowest security level among them. */
  securityLevel: number
  /** The control that would do it, for `add-control`. */
  control?: string
  /** Debian packages of that control the image lacks. */
  packages?: readonly string[]
  /** The checks that failed, or could not be answered. */
  checks?: readonly string[]
}

/** What a kind of gap is called, for people. */
export const gapTitles: Readonly<Record<GapKind, string>> = {
  'add-control': 'Ready-made: kas-harden apply brings these controls',
  'answer-check': 'Could not be answered: give verify the whole image and its tools',
  'run-tests': 'Proven in files, to be proven on the running system',
  supplier: "The supplier's work",
  hardware: 'Hardware'
}

/**
 * Everything between this image and the aimed level, grouped by what closes it: each control once, each open
 * piece of work once. Empty when every line is met, compensated or not applicable.
 */
export function gapsOf(assessment: Assessment, controls: readonly Control[]): Gap[] {
  const lines = assessment.requirements.filter((one) => !settled(one.verdict))
  const gaps = [
    ...missingControls(lines, controls),
    ...unanswered(lines),
    ...toRun(lines),
    ...remaining(lines)
  ]
  return gaps.sort(
    (a, b) => gapKinds.indexOf(a.kind) - gapKinds.indexOf(b.kind) || a.securityLevel - b.securityLevel
  )
}

/** True for a line nobody has to do anything for any more. */
export function settled(verdict: Verdict): boolean {
  return verdict === 'met' || verdict === 'met-by-compensation' || verdict === 'not-applicable'
}

function gap(
  kind: GapKind,
  what: string,
  lines: readonly RequirementAssessment[],
  more: Partial<Gap> = {}
): Gap {
  const securityLevel = Math.min(...lines.map((one) => one.securityLevel))
  return { kind, what, requirements: [...new Set(lines.map(({ id }) => id))], securityLevel, ...more }
}

function missingControls(lines: readonly RequirementAssessment[], controls: readonly Control[]): Gap[] {
  return controls.flatMap((control) => {
    const held = lines.filter((one) => failuresOf(one, control.id) !== undefined)
    if (held.length === 0) return []
    const failures = held.flatMap((one) => failuresOf(one, control.id) ?? [])
    const checks = new Set(failures.flatMap((one) => one.checks.map(({ id }) => id)))
    const packages = new Set(failures.flatMap((one) => one.packages.map(({ name }) => name)))
    const more = { control: control.id, packages: [...packages], checks: [...checks] }
    return [gap('add-control', control.title, held, more)]
  })
}

function unanswered(lines: readonly RequirementAssessment[]): Gap[] {
  const open = lines.filter((one) => one.unknown)
  if (open.length === 0) return []
  const checks = open.flatMap((one) =>
    one.checks.filter(({ status }) => status === 'unknown').map(({ id }) => id)
  )
  return [gap('answer-check', 'Checks that could not be answered', open, { checks: [...new Set(checks)] })]
}

function toRun(lines: readonly RequirementAssessment[]): Gap[] {
  const waiting = lines.filter(waitsForRun)
  return waiting.length === 0 ? [] : [gap('run-tests', 'The tests on the booted image', waiting)]
}

/** What no control of ours takes over; the same words for several lines are one piece of work. */
function remaining(lines: readonly RequirementAssessment[]): Gap[] {
  const work = new Map<string, { kind: GapKind; what: string; lines: RequirementAssessment[] }>()
  for (const one of lines) {
    if (waitsForRun(one) && one.remains.length === 0) continue
    // All that can be done about these two: a list without holes, a process with its certificate.
    if ((one.id === 'CCSC 2' || one.id === 'CCSC 4') && one.verdict === 'partial') continue
    const rest =
      one.remains.length > 0 || one.controls.length > 0
        ? one.remains
        : [{ what: `${one.title}: ${one.paraphrase}`, owner: one.owners }]
    for (const { what, owner } of rest) {
      const kind = owner.length > 0 && owner.every((who) => who === 'hardware') ? 'hardware' : 'supplier'
      const known = work.get(`${kind} ${what}`) ?? { kind, what, lines: [] }
      known.lines.push(one)
      work.set(`${kind} ${what}`, known)
    }
  }
  return [...work.values()].map(({ kind, what, lines: some }) => gap(kind, what, some))
}
