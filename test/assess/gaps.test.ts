import { describe, expect, it } from 'vitest'
import { gapsOf } from '../../lib/assess/gaps.ts'
import { renderGaps } from '../../lib/report/gaps.ts'
import { assessed, control } from './fixture.ts'

const lockout = control('lock', [['CR 1.11', 'full']])
const audit = control(
  'audit',
  [
    ['CR 2.8', 'partial'],
    ['CR 2.10', 'full', 'running']
  ],
  ['check'],
  { remains: [{ requirement: 'CR 2.8', what: 'Events of the application', owner: ['supplier'] }] }
)

describe('gaps between an image and a level', () => {
  it('start with what a control of ours closes, each control once with all its lines', () => {
    const assessment = assessed([lockout, audit], { 'audit/check': 'fail' })
    const [first] = gapsOf(assessment, [lockout, audit])
    expect(first).toMatchObject({
      kind: 'add-control',
      control: 'audit',
      requirements: ['CR 2.8', 'CR 2.10'],
      checks: ['audit/check']
    })
  })

  it('name the work of the supplier, the hardware and the tests to run', () => {
    const assessment = assessed([lockout, audit])
    const gaps = gapsOf(assessment, [lockout, audit])
    expect(gaps.filter(({ kind }) => kind === 'add-control')).toEqual([])
    expect(gaps.find(({ kind }) => kind === 'run-tests')?.requirements).toEqual(['CR 2.10'])
    expect(gaps.find(({ what }) => what === 'Events of the application')).toMatchObject({
      kind: 'supplier',
      requirements: ['CR 2.8'],
      securityLevel: 1
    })
  })

  it('cover every line that is not settled, and no other', () => {
    const assessment = assessed([lockout, audit], { 'audit/check': 'unknown' })
    const settled = ['met', 'met-by-compensation', 'not-applicable']
    const short = assessment.requirements
      .filter(({ verdict }) => !settled.includes(verdict))
      .map(({ id }) => id)
    const listed = new Set(gapsOf(assessment, [lockout, audit]).flatMap(({ requirements }) => requirements))
    expect([...listed].sort()).toEqual(short.sort())
  })

  it('read as text with the sentence that says what this is', () => {
    const assessment = assessed([lockout, audit], { 'lock/check': 'fail' })
    const text = renderGaps(assessment, gapsOf(assessment, [lockout, audit]))
    expect(text).toContain('Title of lock (lock)\n        CR 1.11\n')
    expect(text).toContain(assessment.scope)
  })
})
