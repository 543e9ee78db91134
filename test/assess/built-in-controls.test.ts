import { describe, expect, it } from 'vitest'
import { assess } from '../../lib/assess/assess.ts'
import { gate } from '../../lib/assess/gate.ts'
import { loadControls } from '../../lib/controls/load-controls.ts'
import { profileFor } from '../../lib/controls/profile.ts'
import type { CheckStatus } from '../../lib/controls/result.ts'
import { declared } from './declared-lines.ts'
import { catalogue, now, result, verification } from './fixture.ts'

const { controls } = await loadControls()

/** The built-in controls on an image where every check has one status. */
function everyCheck(status: CheckStatus, securityLevel: number) {
  const target = { components: ['EDR' as const], securityLevel, edition: '2019' }
  const profile = profileFor(target, catalogue, controls, 'bookworm')
  const checks = profile.controls.flatMap((one) =>
    one.checks.map((check) => result(one.id, check.id, status))
  )
  const packages = profile.packages.map((one) => ({ ...one, status: 'pass' as const, message: 'installed' }))
  return { profile, assessment: assess(verification(profile, checks, { packages }), profile, { now }) }
}

describe.each([1, 2, 3, 4])('the built-in controls at SL-%i', (securityLevel) => {
  it('contradict nothing where all is well, and leave open exactly what nothing serves or proves', () => {
    const { profile, assessment } = everyCheck('pass', securityLevel)
    expect(gate(assessment)).toEqual({ passed: true, reasons: [] })
    const open = assessment.requirements.filter((one) => one.verdict === 'open').map((one) => one.id)
    const unproven = profile.requirements
      .map(({ id }) => id)
      .filter((id) => {
        const serving = profile.controls.filter((one) => one.requirements.some((line) => line.id === id))
        return serving.length > 0 && serving.every((one) => declared[`${one.id} ${id}`] !== undefined)
      })
    // CCSC 2 rests on the list of the lines that are not met, and is open while one of them has no answer.
    const answered = assessment.countermeasures.every(({ answer }) => answer !== 'none')
    const lines = [...profile.open, ...unproven].filter((id) => id !== 'CCSC 2' || !answered)
    expect(open.sort()).toEqual(lines.sort())
  })

  it('meet nothing where every check fails', () => {
    const { profile, assessment } = everyCheck('fail', securityLevel)
    expect(assessment.counts.met).toBe(0)
    const notMet = assessment.requirements.filter((one) => one.verdict === 'not-met').map((one) => one.id)
    const served = assessment.requirements.filter((one) => one.controls.length > 0).map((one) => one.id)
    expect(notMet).toEqual(expect.arrayContaining(served))
    expect(served).toHaveLength(assessment.requirements.length - profile.open.length)
    expect(assessment.vector).toEqual([0, 0, 0, 0, 0, 0, 0])
  })

  it('claim nothing where nothing could be answered', () => {
    const { assessment } = everyCheck('unknown', securityLevel)
    expect(assessment.counts.open).toBe(assessment.requirements.length)
    expect(gate(assessment).passed).toBe(false)
  })

  it('say of every line that is not met or applicable whose it is', () => {
    for (const one of everyCheck('pass', securityLevel).assessment.requirements) {
      if (one.verdict !== 'met') expect(one.owners.length).toBeGreaterThan(0)
    }
  })
})
