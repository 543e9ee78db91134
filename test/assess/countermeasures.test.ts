import { describe, expect, it } from 'vitest'
import type { Statement } from '../../lib/assess/inputs.ts'
import { gapsOf } from '../../lib/assess/gaps.ts'
import { assessed, catalogue, control, line } from './fixture.ts'

const everything = (except: readonly string[] = []) =>
  catalogue.entries
    .filter(({ id, kind, fr }) => kind !== 'reference' && fr !== null && !except.includes(id))
    .map(({ id }, index) => control(`c${index}`, [[id, 'full']]))

const statement = (
  requirement: string,
  kind: Statement['kind'],
  more: Partial<Statement> = {}
): Statement => ({
  requirement,
  kind,
  text: `About ${requirement}`,
  who: 'Jo',
  date: '2026-01-01',
  ...more
})

describe('CCSC 2', () => {
  it('is open while a line has neither measure nor owner, and names it', () => {
    const assessment = assessed(everything(['CR 6.2', 'CR 7.8']))
    const one = line(assessment, 'CCSC 2')
    expect([one.verdict, one.owners]).toEqual(['open', ['supplier', 'integrator', 'asset-owner']])
    expect(one.reasons[0]).toBe(
      'Neither an outside measure nor an owner is named for: CR 6.2 (open), CR 7.8 (open).'
    )
    expect(assessment.countermeasures.map(({ requirement, answer }) => [requirement, answer])).toEqual([
      ['CR 6.2', 'none'],
      ['CR 7.8', 'none']
    ])
  })

  it('stays open whatever is stated of it, as long as the list has a hole', () => {
    const statements = [
      statement('CCSC 2', 'declaration'),
      statement('CCSC 4', 'declaration', { evidence: 'cert 1' })
    ]
    const assessment = assessed(everything(['CR 6.2']), 'pass', { statements })
    expect(line(assessment, 'CCSC 2').verdict).toBe('open')
    expect(line(assessment, 'CCSC 2').reasons[1]).toContain('About CCSC 2')
    expect(assessment.headline).toContain('CCSC 2 open')
  })

  it('is partial once each line has a measure, a statement or an owner, and says on what it rests', () => {
    const part = control('part', [['CR 6.2', 'partial']], ['check'], {
      remains: [{ requirement: 'CR 6.2', what: 'People who watch', owner: ['asset-owner'] }]
    })
    const statements = [statement('CR 7.8', 'compensation'), statement('CR 5.1', 'declaration')]
    const controls = [...everything(['CR 6.2', 'CR 7.8', 'CR 5.1']), part]
    const assessment = assessed(controls, 'pass', { statements })
    const one = line(assessment, 'CCSC 2')
    expect([one.verdict, one.contribution, one.evidence]).toEqual(['partial', 'partial', 'declared'])
    expect(one.reasons[0]).toContain('Each of the 3 lines')
    expect(assessment.countermeasures.map(({ requirement, answer }) => [requirement, answer])).toEqual([
      ['CR 5.1', 'statement'],
      ['CR 6.2', 'owner'],
      ['CR 7.8', 'measure']
    ])
    expect(gapsOf(assessment, controls).flatMap(({ requirements }) => requirements)).not.toContain('CCSC 2')
  })

  it('takes no owner of a rest for an answer to a line that a check contradicts or nobody could answer', () => {
    for (const status of ['fail', 'unknown'] as const) {
      const part = control('part', [['CR 6.2', 'partial']], ['check'], {
        remains: [{ requirement: 'CR 6.2', what: 'People who watch', owner: ['asset-owner'] }]
      })
      const assessment = assessed([...everything(['CR 6.2']), part], { 'part/check': status })
      expect(line(assessment, 'CCSC 2').verdict).toBe('open')
    }
  })

  it('takes no waiver and no measure that did not count for an answer', () => {
    const waivers = [{ requirement: 'CR 6.2', reason: 'Later', owner: 'Jo', expires: '2030-01-01' }]
    expect(line(assessed(everything(['CR 6.2']), 'pass', { waivers }), 'CCSC 2').verdict).toBe('open')
    const held = assessed(
      everything(),
      'pass',
      { statements: [statement('CR 6.2', 'compensation')] },
      { findings: [{ code: 'X', severity: 'error', message: 'published', requirement: ['CR 6.2'] }] }
    )
    expect(line(held, 'CR 6.2').verdict).toBe('not-met')
    expect(line(held, 'CCSC 2').verdict).toBe('open')
  })

  it('leaves out lines that only wait for a test or for the line they enhance', () => {
    const run = control('run', [['CR 6.2', 'full', 'running']])
    expect(assessed([...everything(['CR 6.2']), run]).countermeasures).toEqual([])
    const more = assessed(everything(['CR 1.1']))
    expect(more.countermeasures.map(({ requirement }) => requirement)).toEqual(['CR 1.1'])
  })
})

describe('CCSC 4', () => {
  it('rests on a statement that names its evidence, and on no other', () => {
    const bare = assessed([], 'pass', { statements: [statement('CCSC 4', 'declaration')] })
    expect(line(bare, 'CCSC 4').verdict).toBe('open')
    expect(line(bare, 'CCSC 4').reasons[0]).toContain('names no evidence')
    expect(bare.headline).toBe('SL-C not claimable: CCSC 4 open')
    const statements = [statement('CCSC 4', 'declaration', { evidence: 'certificate 17' })]
    const proven = assessed([], 'pass', { statements })
    expect(line(proven, 'CCSC 4').verdict).toBe('partial')
    expect(proven.headline).not.toContain('CCSC 4')
    expect(gapsOf(proven, []).flatMap(({ requirements }) => requirements)).not.toContain('CCSC 4')
    expect(line(proven, 'CCSC 4').remains[0]?.what).toContain('IEC 62443-4-1')
  })
})
