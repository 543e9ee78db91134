import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assess } from '../../lib/assess/assess.ts'
import type { Assessment, Verdict } from '../../lib/assess/assessment.ts'
import { gate } from '../../lib/assess/gate.ts'
import type { Statement } from '../../lib/assess/inputs.ts'
import type { CheckStatus } from '../../lib/controls/result.ts'
import { assessed, catalogue, control, line, now, profile, result, verification } from './fixture.ts'

const order: Verdict[] = ['not-met', 'open', 'partial', 'met-by-compensation', 'met', 'not-applicable']
const rank = (verdict: Verdict) => order.indexOf(verdict)

const statements = ['CCSC 1', 'CCSC 2', 'CCSC 3', 'CCSC 4'].map((requirement): Statement => ({
  requirement,
  kind: 'declaration',
  text: 'See the handbook.',
  who: 'Jo',
  date: '2026-01-01',
  evidence: 'handbook.pdf'
}))

/** One control that carries every line of FR 5, the shortest one, and one per line of FR 1. */
const everything = () =>
  catalogue.entries
    .filter((entry) => entry.kind !== 'reference' && entry.fr !== null)
    .map((entry, index) => control(`c${index}`, [[entry.id, 'full']]))

describe('the strict vector', () => {
  it('reaches a level only where every line up to it is met', () => {
    const all = everything()
    const whole = assessed(all, 'pass', { statements })
    expect(whole.vector).toEqual([2, 2, 2, 2, 2, 2, 2])
    expect([whole.claimable, whole.headline.slice(0, 24)]).toEqual([true, 'Every line up to SL-C 2 '])

    const at2 = all.find((one) => one.requirements[0]?.id === 'CR 6.2')!
    const answered = { ...statements[0]!, requirement: 'CR 6.2' }
    const one = assessed(all, { [`${at2.id}/check`]: 'fail' }, { statements: [...statements, answered] })
    expect(one.vector).toEqual([2, 2, 2, 2, 2, 1, 2])
    expect(one.headline).toBe('SL-C 2 not reached in FR 6')
  })

  it('says nothing beyond the aimed level', () => {
    expect(Math.max(...assessed(everything(), 'pass', {}, {}, 1).vector)).toBe(1)
  })

  it('stands beside the share of the base layer, which a failed check takes away', () => {
    const half = control('half', [['CR 5.1', 'partial']])
    expect(assessed([half]).frs[4]?.share).toEqual({ full: 0, partial: 1, none: 0 })
    expect(assessed([half], 'fail').frs[4]?.share).toEqual({ full: 0, partial: 0, none: 1 })
  })
})

describe('the headline', () => {
  it('is not claimable without a 4-1 statement, whatever the lines say', () => {
    const assessment = assessed(everything(), 'pass', { statements: statements.slice(0, 3) })
    expect([assessment.claimable, assessment.headline]).toEqual([false, 'SL-C not claimable: CCSC 4 open'])
  })

  it.each([
    [{ fidelity: 'base-only' as const }, 'the base only'],
    [{ example: true }, 'an example']
  ])('is never claimable for %j', (image, words) => {
    const assessment = assessed(everything(), 'pass', { statements }, { image })
    expect(assessment.claimable).toBe(false)
    expect(assessment.headline).toContain(words)
  })

  it('names a constraint a check contradicts, whatever the supplier states', () => {
    const rights = control('rights', [['CCSC 3', 'partial']])
    expect(assessed([...everything(), rights], { 'rights/check': 'fail' }, { statements }).headline).toBe(
      'SL-C not claimable: CCSC 3 not met'
    )
  })
})

describe('every table', () => {
  it('has the CCSC 1 to 4 and every line of the target, in the order of the catalogue', () => {
    const assessment = assessed([], 'pass', {}, {}, 3)
    expect(assessment.requirements.slice(0, 4).map((one) => one.id)).toEqual([
      'CCSC 1',
      'CCSC 2',
      'CCSC 3',
      'CCSC 4'
    ])
    expect(assessment.requirements).toHaveLength(81)
    expect(Object.values(assessment.counts).reduce((a, b) => a + b)).toBe(81)
  })

  it('marks the rows whose level rests on one source', () => {
    const marked = assessed([]).requirements.filter((one) => one.singleSource)
    expect(marked.map((one) => one.id)).toEqual(['CR 6.1', 'CR 6.2', 'CR 7.8'])
  })
})

describe('the gate', () => {
  const lock = control('lock', [['CR 1.11', 'full']])
  const waiver = { requirement: 'CR 1.11', reason: 'Next release', owner: 'Jo', expires: '2026-11-22' }

  it('stops at not met and at unknown, not at open and partial', () => {
    expect(gate(assessed([lock]))).toEqual({ passed: true, reasons: [] })
    expect(gate(assessed([lock], 'fail'))).toEqual({
      passed: false,
      reasons: ['CR 1.11 Unsuccessful login attempts: not met (lock/check: it is fail)']
    })
    expect(gate(assessed([lock], 'unknown')).reasons[0]).toContain('could not be answered')
    expect(gate(assessed([lock]), ['open']).passed).toBe(false)
  })

  it('is opened by a waiver until the end of its last day; the verdict stays', () => {
    const waived = assessed([lock], 'fail', { waivers: [waiver] })
    expect([gate(waived).passed, line(waived, 'CR 1.11').verdict]).toEqual([true, 'not-met'])
    const later = assessed([lock], 'fail', { waivers: [waiver], now: Date.parse('2026-11-23T00:00:00Z') })
    expect([gate(later).passed, later.findings[0]?.code]).toEqual([false, 'WAIVER_EXPIRED'])
  })

  it('is opened by waivers of all the checks that fail, not of some', () => {
    const two = control('lock', [['CR 1.11', 'full']], ['a', 'b'])
    const of = (check: string) => ({ ...waiver, requirement: undefined, check: `lock/${check}` })
    expect(gate(assessed([two], 'fail', { waivers: [of('a')] })).passed).toBe(false)
    expect(gate(assessed([two], 'fail', { waivers: [of('a'), of('b')] })).passed).toBe(true)
  })

  it('ignores a waiver without reason, owner or day', () => {
    for (const wrong of [{ reason: '' }, { owner: ' ' }, { expires: '2026-13-01' }]) {
      const assessment = assessed([lock], 'fail', { waivers: [{ ...waiver, ...wrong }] })
      expect([gate(assessment).passed, assessment.findings[0]?.code]).toEqual([false, 'WAIVER_INCOMPLETE'])
    }
  })
})

describe('next steps', () => {
  it('are at most five: the controls that hold most lines, then the work of others', () => {
    const bad = [
      control('small', [['CR 1.12', 'full']]),
      control('big', [
        ['CR 1.1', 'full'],
        ['CR 1.5', 'full']
      ])
    ]
    const steps = assessed(bad, 'fail').nextSteps
    expect(steps).toHaveLength(5)
    expect(steps.slice(0, 2).map((one) => [one.kind, one.control])).toEqual([
      ['add this control', 'big'],
      ['add this control', 'small']
    ])
    expect(steps[2]).toMatchObject({
      kind: 'your job',
      requirements: ['CCSC 1', 'CCSC 2', 'CCSC 3', 'CCSC 4']
    })
    expect(steps[3]).toMatchObject({ kind: 'hardware' })
    expect(steps[3]?.requirements).toContain('EDR 3.11')
  })

  it('ask once for the running system, for all lines that need it', () => {
    const run = [
      control('a', [['CR 1.11', 'full', 'running']]),
      control('b', [['CR 2.8', 'full', 'running']])
    ]
    const step = assessed(run).nextSteps.find((one) => one.text.includes('booted'))
    expect(step).toMatchObject({ kind: 'your job', requirements: ['CR 1.11', 'CR 2.8'] })
  })
})

/** Random controls over a handful of lines that depend on each other, with random results. */
const ids = ['CR 1.1', 'CR 1.1 RE(1)', 'CR 1.7', 'CR 1.7 RE(1)', 'CR 2.2', 'CR 5.1', 'CCSC 1']
const world = fc.array(
  fc.record({
    lines: fc.uniqueArray(
      fc.tuple(
        fc.constantFrom(...ids),
        fc.constantFrom('full' as const, 'partial' as const),
        fc.constantFrom('on-image' as const, 'running' as const)
      ),
      { minLength: 1, maxLength: 3, selector: ([id]) => id }
    ),
    statuses: fc.array(fc.constantFrom<CheckStatus>('pass', 'pass', 'fail', 'not-applicable', 'unknown'), {
      maxLength: 3
    }),
    ran: fc.constantFrom<CheckStatus | undefined>('pass', undefined)
  }),
  { minLength: 1, maxLength: 5 }
)

function assessWorld(
  drawn: Parameters<Parameters<typeof world.map>[0]>[0],
  extra?: { control: number; status: CheckStatus }
): Assessment {
  const controls = drawn.map((one, index) =>
    control(
      `c${index}`,
      one.lines,
      one.statuses.map((_, check) => `k${check}`)
    )
  )
  const checks = drawn.flatMap((one, index) =>
    one.statuses.map((status, check) => result(`c${index}`, `k${check}`, status))
  )
  if (extra) checks.push(result(`c${extra.control % drawn.length}`, 'extra', extra.status))
  const runtime = drawn.flatMap((one, index) => (one.ran ? [result(`c${index}`, 'run', one.ran)] : []))
  const from = profile(controls, 3)
  return assess(verification(from, checks), from, { now, runtime: { results: runtime, trusted: true } })
}

describe('whatever the results', () => {
  it('a failing check never raises a verdict or the vector', () => {
    fc.assert(
      fc.property(world, fc.nat(), (drawn, at) => {
        const before = assessWorld(drawn)
        const after = assessWorld(drawn, { control: at, status: 'fail' })
        for (const id of ids) {
          expect(rank(line(after, id).verdict)).toBeLessThanOrEqual(rank(line(before, id).verdict))
        }
        expect(after.vector.every((level, fr) => level <= (before.vector[fr] ?? 0))).toBe(true)
        expect(gate(after).passed).toBe(false)
      }),
      { numRuns: 300 }
    )
  })

  it('a check nobody can answer makes its lines open at best, and stops the gate', () => {
    fc.assert(
      fc.property(world, fc.nat(), (drawn, at) => {
        const after = assessWorld(drawn, { control: at, status: 'unknown' })
        const touched = drawn[at % drawn.length]?.lines.map(([id]) => id) ?? []
        for (const id of touched) expect(['open', 'not-met']).toContain(line(after, id).verdict)
        expect(gate(after).passed).toBe(false)
      }),
      { numRuns: 300 }
    )
  })

  it('an enhancement is met only with its requirement, and met means proven', () => {
    fc.assert(
      fc.property(world, (drawn) => {
        const assessment = assessWorld(drawn)
        for (const one of assessment.requirements) {
          if (one.verdict !== 'met') continue
          if (one.base) expect(line(assessment, one.base).verdict).toBe('met')
          expect(one.contribution).toBe('full')
          expect(one.evidence).toBe(one.proof === 'running' ? 'proven-running' : one.evidence)
          expect(one.evidence.startsWith('proven-')).toBe(true)
          expect(one.checks.every((check) => check.status !== 'fail' && check.status !== 'unknown')).toBe(
            true
          )
        }
      }),
      { numRuns: 300 }
    )
  })

  it('a level is reached only with every lower one, and no line below it is short', () => {
    fc.assert(
      fc.property(world, (drawn) => {
        const assessment = assessWorld(drawn)
        for (const fr of assessment.frs) {
          const lines = assessment.requirements.filter(
            (one) => one.fr === fr.fr && one.securityLevel <= fr.reached
          )
          expect(lines.every((one) => ['met', 'not-applicable'].includes(one.verdict))).toBe(true)
        }
      }),
      { numRuns: 200 }
    )
  })
})
