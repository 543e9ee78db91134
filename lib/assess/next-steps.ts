import type { Control } from '../controls/control.ts'
import type { NextStep, RequirementAssessment } from './assessment.ts'
import { failuresOf } from './failures.ts'
import { waitsForRun } from './summary.ts'

const limit = 5
/** Of the five, so many may be controls: the user's own work must not drop off the list. */
const controlsFirst = 3

/**
 * The most useful next steps. First the controls whose absence holds most
 * lines at not met, then what one action settles for many lines, then single
 * lines, lowest level first.
 */
export function nextStepsFor(
  requirements: readonly RequirementAssessment[],
  controls: readonly Control[]
): NextStep[] {
  const missing = missingControls(requirements, controls)
  const own = [
    ...unanswered(requirements),
    ...published(requirements),
    ...running(requirements),
    ...constraints(requirements),
    ...hardware(requirements),
    ...left(requirements)
  ]
  const head = missing.slice(0, controlsFirst)
  const steps = [...head, ...own.slice(0, limit - head.length)]
  return [...steps, ...missing.slice(controlsFirst)].slice(0, limit)
}

function missingControls(
  requirements: readonly RequirementAssessment[],
  controls: readonly Control[]
): NextStep[] {
  const held = requirements.filter((one) => one.verdict === 'not-met')
  return controls
    .map((control) => {
      const lines = held.filter((one) => failuresOf(one, control.id) !== undefined)
      return { control, ids: lines.map((one) => one.id), carried: weightOf(lines) }
    })
    .filter((one) => one.ids.length > 0)
    .sort((a, b) => b.carried - a.carried)
    .map(({ control, ids }) => ({
      kind: 'add this control',
      text: `${control.title} (${control.id})`,
      requirements: ids,
      control: control.id
    }))
}

/** Lines a control carries in full and that bind at a low level count most. */
function weightOf(lines: readonly RequirementAssessment[]): number {
  return lines.reduce((sum, one) => sum + (one.contribution === 'full' ? 2 : 1) * (5 - one.securityLevel), 0)
}

function unanswered(requirements: readonly RequirementAssessment[]): NextStep[] {
  const lines = requirements.filter((one) => one.unknown && one.verdict === 'open')
  return job(lines, 'Give verify the whole image: checks could not be answered')
}

function published(requirements: readonly RequirementAssessment[]): NextStep[] {
  const lines = requirements.filter(
    (one) =>
      one.verdict === 'not-met' &&
      ![...one.checks, ...one.packages].some((result) => result.status === 'fail') &&
      one.reasons.length > 0
  )
  return job(lines, lines[0]?.reasons[0] ?? '')
}

function running(requirements: readonly RequirementAssessment[]): NextStep[] {
  const lines = requirements.filter(waitsForRun)
  return job(lines, 'Run the tests on the booted image: files alone do not prove these lines')
}

/** The common constraints live in the product's design and process; only the supplier can answer for them. */
function constraints(requirements: readonly RequirementAssessment[]): NextStep[] {
  const lines = requirements.filter(
    (one) => one.kind === 'CCSC' && one.statements.length === 0 && one.verdict !== 'met' && !one.unknown
  )
  const process = lines.some((one) => one.id === 'CCSC 4') ? '; CCSC 4 is your process of IEC 62443-4-1' : ''
  return job(lines, `State how the product meets the common constraints${process}`)
}

/** No configuration brings what a board lacks: one step for all lines that need it. */
function hardware(requirements: readonly RequirementAssessment[]): NextStep[] {
  const lines = requirements.filter((one) => one.verdict === 'open' && one.hardware && !one.unknown)
  const titles = [...new Set(lines.map((one) => one.title))].slice(0, 2).join('; ')
  return job(lines, `Answer in the hardware, or by an outside measure: ${titles}`, 'hardware')
}

/** What the base layer leaves over, lowest level first. */
function left(requirements: readonly RequirementAssessment[]): NextStep[] {
  return requirements
    .filter((one) => one.kind !== 'CCSC' && !one.unknown && one.statements.length === 0)
    .filter(
      (one) =>
        (one.verdict === 'open' && !one.hardware) || (one.verdict === 'partial' && one.remains.length > 0)
    )
    .sort((a, b) => a.securityLevel - b.securityLevel || rank(a) - rank(b))
    .map((one) => ({
      kind: one.owners.includes('hardware') ? 'hardware' : 'your job',
      text: `${one.title}: ${one.remains[0]?.what ?? 'no control of the base layer serves it'}`,
      requirements: [one.id]
    }))
}

function rank(one: RequirementAssessment): number {
  return one.verdict === 'open' ? 0 : 1
}

function job(
  lines: readonly RequirementAssessment[],
  text: string,
  kind: NextStep['kind'] = 'your job'
): NextStep[] {
  return lines.length === 0 ? [] : [{ kind, text, requirements: lines.map((one) => one.id) }]
}
