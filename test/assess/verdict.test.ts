import { describe, expect, it } from 'vitest'
import { assess } from '../../lib/assess/assess.ts'
import type { Statement } from '../../lib/assess/inputs.ts'
import { assessed, control, line, now, profile, result, verification } from './fixture.ts'

const lockout = (proof: 'on-image' | 'running' = 'on-image') => control('lock', [['CR 1.11', 'full', proof]])
const passed = [result('lock', 'run', 'pass')]
const sha512 = 'ab'.repeat(64)

describe('met', () => {
  it('needs a full contribution and every check passed', () => {
    const one = line(assessed([lockout()]), 'CR 1.11')
    expect([one.verdict, one.contribution, one.evidence]).toEqual(['met', 'full', 'proven-on-image'])
    expect(one.checks.map((check) => check.id)).toEqual(['lock/check'])
  })

  it('is out of reach for files where the line needs the running system', () => {
    const one = line(assessed([lockout('running')]), 'CR 1.11')
    expect(one.verdict).toBe('partial')
    expect(one.reasons[0]).toContain('needs the test on the running system')
  })

  it('comes with the test on the running system, of this image, from somebody we trust', () => {
    const run = (runtime: object) =>
      line(
        assessed([lockout('running')], 'pass', {
          runtime: { results: passed, trusted: true, imageSha512: sha512, ...runtime }
        }),
        'CR 1.11'
      )
    expect([run({}).verdict, run({}).evidence]).toEqual(['met', 'proven-running'])
    expect(run({ trusted: false }).verdict).toBe('partial')
    expect(run({ imageSha512: 'cd'.repeat(64) }).verdict).toBe('partial')
    expect(run({ results: [] }).verdict).toBe('partial')
    expect(run({ results: [result('lock', 'run', 'not-applicable')] }).verdict).toBe('partial')
  })

  it('is lost by a failure on the running system, signed or not', () => {
    for (const trusted of [true, false]) {
      const runtime = { results: [result('lock', 'run', 'fail')], trusted, imageSha512: sha512 }
      expect(line(assessed([lockout()], 'pass', { runtime }), 'CR 1.11').verdict).toBe('not-met')
    }
  })

  it('is lost by a file that contradicts it, though the running system passed', () => {
    const runtime = { results: passed, trusted: true, imageSha512: sha512 }
    const one = line(assessed([lockout('running')], 'fail', { runtime }), 'CR 1.11')
    expect([one.verdict, one.evidence]).toEqual(['not-met', 'contradicted'])
  })

  it('does not come from two halves', () => {
    const halves = [control('a', [['CR 3.1', 'partial']]), control('b', [['CR 3.1', 'partial']])]
    const one = line(assessed(halves), 'CR 3.1')
    expect([one.verdict, one.contribution]).toEqual(['partial', 'partial'])
    expect(one.covers).toEqual(['a covers a part', 'b covers a part'])
  })

  it('is given to an enhancement only with its requirement', () => {
    const both = [control('base', [['CR 1.1', 'full']]), control('more', [['CR 1.1 RE(1)', 'full']])]
    expect(line(assessed(both), 'CR 1.1 RE(1)').verdict).toBe('met')
    const broken = assessed(both, { 'base/check': 'fail' })
    expect(line(broken, 'CR 1.1 RE(1)').verdict).toBe('partial')
    expect(line(broken, 'CR 1.1 RE(1)').reasons[0]).toContain('CR 1.1 is not met')
    expect(line(assessed(both.slice(1)), 'CR 1.1 RE(1)').verdict).toBe('partial')
  })
})

describe('not met', () => {
  it('follows from one failed check among many', () => {
    const many = control('lock', [['CR 1.11', 'full']], ['a', 'b', 'c'])
    const one = line(assessed([many], { 'lock/b': 'fail', 'lock/c': 'unknown' }), 'CR 1.11')
    expect([one.verdict, one.evidence]).toEqual(['not-met', 'contradicted'])
    expect(one.reasons[0]).toBe('lock/b: it is fail')
  })

  it('follows from a missing package of the control', () => {
    const missing = {
      name: 'libpam-modules',
      status: 'fail' as const,
      requirement: 'CR 1.11',
      controls: ['lock'],
      message: 'is not installed'
    }
    const one = line(assessed([lockout()], 'pass', {}, { packages: [missing] }), 'CR 1.11')
    expect(one.verdict).toBe('not-met')
    expect(one.reasons[0]).toBe('package libpam-modules: is not installed')
  })

  const compensate = (requirement: string): Statement => ({
    requirement,
    kind: 'compensation',
    text: 'A cabinet.',
    who: 'Jo',
    date: '2026-01-01'
  })

  it.each([
    ['KNOWN_PASSWORD', '/etc/shadow', ['CR 1.1', 'CR 1.5', 'CR 1.7']],
    [
      'SNAKEOIL_KEY',
      '/usr/share/ovmf/PkKek-1-snakeoil.pem',
      ['EDR 3.10 RE(1)', 'EDR 3.12', 'EDR 3.14', 'EDR 3.14 RE(1)']
    ],
    ['SNAKEOIL_KEY', '/etc/ssl/private/ssl-cert-snakeoil.key', ['CR 1.2', 'CR 1.9']],
    ['TEST_KEY', '/root/.ssh/authorized_keys', ['CR 1.1', 'CR 1.5']]
  ])('holds what the finding %s at %s touches, and no statement helps', (code, path, ids) => {
    const findings = [{ code, path, severity: 'warning' as const, message: 'a published secret' }]
    const full = control(
      'all',
      ids.map((id) => [id, 'full'])
    )
    const assessment = assessed([full], 'pass', { statements: ids.map(compensate) }, { findings })
    for (const id of ids) {
      expect([line(assessment, id).verdict, line(assessment, id).reasons[0]]).toEqual([
        'not-met',
        'a published secret'
      ])
    }
  })

  it('holds what a check for known passwords or test keys touches, whoever else serves it', () => {
    const secrets = control('secrets', [['CR 1.5', 'partial']], [], {
      checks: [
        { id: 'known', title: 'No known password', type: 'account', rule: 'no-known-password' },
        { id: 'test', title: 'No test key', type: 'secrets', rule: 'test-keys' }
      ]
    })
    const controls = [secrets, control('a', [['CR 1.7', 'full']]), control('b', [['CR 1.11', 'full']])]
    const statements = ['CR 1.7', 'EDR 3.14'].map(compensate)
    const known = assessed(controls, { 'secrets/known': 'fail' }, { statements })
    expect(line(known, 'CR 1.7').verdict).toBe('not-met')
    expect(line(known, 'CR 1.7').reasons[0]).toContain('Check known: it is fail')
    expect([line(known, 'CR 1.11').verdict, line(known, 'EDR 3.14').verdict]).toEqual([
      'met',
      'met-by-compensation'
    ])
    const test = assessed(controls, { 'secrets/test': 'fail' }, { statements })
    expect([line(test, 'CR 1.7').verdict, line(test, 'EDR 3.14').verdict]).toEqual([
      'met-by-compensation',
      'not-met'
    ])
  })

  it('is the answer where nothing was there to look at and the line has no condition', () => {
    const one = line(assessed([control('x', [['CR 3.1', 'full']])], 'not-applicable'), 'CR 3.1')
    expect([one.verdict, one.applicability]).toEqual(['not-met', 'applicable'])
  })
})

describe('not applicable', () => {
  const radio = control('no-radio', [['CR 2.2', 'full']], ['a', 'b'])

  it('needs the condition of the catalogue and checks that all prove the absence', () => {
    const one = line(assessed([radio], 'not-applicable'), 'CR 2.2')
    expect([one.verdict, one.applicability]).toEqual(['not-applicable', 'not-applicable'])
    expect(one.reasons[0]).toContain('only where wireless interfaces exist')
    expect(line(assessed([radio], { 'no-radio/a': 'not-applicable' }), 'CR 2.2').verdict).toBe('met')
    expect(
      line(assessed([radio], { 'no-radio/a': 'not-applicable', 'no-radio/b': 'unknown' }), 'CR 2.2').verdict
    ).toBe('open')
  })

  it('passes on to an enhancement under the same condition', () => {
    const passwords = control('passwords', [['CR 1.7', 'full']])
    const assessment = assessed([passwords], 'not-applicable', {}, {}, 3)
    expect(line(assessment, 'CR 1.7 RE(1)').verdict).toBe('not-applicable')
  })

  it('is not what a check for another release says', () => {
    const check = { title: 'x', type: 'file', path: '/x', releases: ['trixie'] }
    const other = control('no-radio', [['CR 2.2', 'full']], [], { checks: [{ id: 'a', ...check }] })
    expect(line(assessed([other], 'not-applicable'), 'CR 2.2').verdict).toBe('open')
  })
})

describe('open', () => {
  it('is a line nobody serves; the supplier owns it, and the hardware where software can not', () => {
    const assessment = assessed([])
    expect(line(assessment, 'CR 3.3').verdict).toBe('open')
    expect(line(assessment, 'CR 3.3').owners).toEqual(['supplier'])
    expect(line(assessment, 'EDR 3.11').owners).toEqual(['supplier', 'hardware', 'asset-owner'])
    expect(line(assessment, 'EDR 3.11').remains[0]?.what).toContain('seals')
  })

  it('is a line with a check that could not be answered, or was never run', () => {
    const two = control('lock', [['CR 1.11', 'full']], ['a', 'b'])
    const unknown = line(assessed([two], { 'lock/b': 'unknown' }), 'CR 1.11')
    expect([unknown.verdict, unknown.unknown, unknown.evidence]).toEqual(['open', true, 'declared'])
    const from = profile([two])
    const silent = assess(verification(from, [result('lock', 'a', 'pass')]), from, { now })
    expect([line(silent, 'CR 1.11').verdict, line(silent, 'CR 1.11').unknown]).toEqual(['open', true])
  })

  it('is a package of the profile nobody looked for', () => {
    const from = {
      ...profile([lockout()]),
      packages: [{ name: 'x', requirement: 'CR 1.11', controls: ['lock'] }]
    }
    const one = line(assess(verification(from, [result('lock', 'check', 'pass')]), from, { now }), 'CR 1.11')
    expect([one.verdict, one.unknown]).toEqual(['open', true])
  })

  it('is a claim without checks, with installed packages only, or of an unreviewed control', () => {
    expect(line(assessed([control('lock', [['CR 1.11', 'full']], [])]), 'CR 1.11').verdict).toBe('open')
    const installed = control('lock', [['CR 1.11', 'full']], [], {
      checks: [{ id: 'a', title: 'x', type: 'package', all: ['libpam-modules'] }]
    })
    expect(line(assessed([installed]), 'CR 1.11').verdict).toBe('open')
    const own = assessed([lockout()], 'pass', { unreviewed: ['lock'] })
    expect([line(own, 'CR 1.11').verdict, line(own, 'CR 1.11').evidence]).toEqual(['open', 'declared'])
  })
})

describe('statements of the supplier', () => {
  const compensation: Statement = {
    requirement: 'EDR 3.11',
    kind: 'compensation',
    text: 'Locked cabinet',
    who: 'Jo Doe',
    date: '2026-05-01'
  }

  it('name an outside measure: met by compensation, which the strict vector does not count', () => {
    const assessment = assessed([], 'pass', { statements: [compensation] })
    const one = line(assessment, 'EDR 3.11')
    expect([one.verdict, one.evidence]).toEqual(['met-by-compensation', 'declared'])
    expect(one.reasons[0]).toBe('Outside measure: Locked cabinet (Jo Doe, 2026-05-01).')
    expect(assessment.frs[2]?.verdicts['met-by-compensation']).toBe(1)
  })

  it.each([{ who: ' ' }, { date: '2026-02-30' }, { date: 'soon' }, { text: '' }, { requirement: 'CR 9.9' }])(
    'do not count without a line, a text, a name and a day: %j',
    (wrong) => {
      const assessment = assessed([], 'pass', { statements: [{ ...compensation, ...wrong }] })
      expect(line(assessment, 'EDR 3.11').verdict).toBe('open')
      expect(assessment.findings[0]?.code).toMatch(/^STATEMENT_/)
    }
  )

  it('that only declare something change no verdict, but CCSC 4 rests on them', () => {
    const declared: Statement = { ...compensation, kind: 'declaration' }
    const process: Statement = { ...declared, requirement: 'CCSC 4', evidence: 'certificate 17' }
    const assessment = assessed([], 'pass', { statements: [declared, process] })
    expect(line(assessment, 'EDR 3.11').verdict).toBe('open')
    expect(line(assessment, 'CCSC 4').verdict).toBe('partial')
    expect(line(assessment, 'CCSC 4').reasons[0]).toContain('not verified here')
    expect(assessment.headline).toBe('SL-C not claimable: CCSC 1 open, CCSC 2 open, CCSC 3 open')
  })
})

describe('a check that is for some of its control’s lines', () => {
  const two = control(
    'ssh',
    [
      ['CR 1.11', 'full'],
      ['CR 7.2', 'full']
    ],
    ['lock', 'banner', 'both']
  )
  const [lock, banner, both] = two.checks
  const scoped = { ...two, checks: [{ ...lock!, for: ['CR 1.11'] }, { ...banner!, for: ['CR 7.2'] }, both!] }
  const verdicts = (status: Record<string, 'fail' | 'unknown' | 'not-applicable'>) => {
    const assessment = assessed([scoped], status)
    return ['CR 1.11', 'CR 7.2'].map((id) => line(assessment, id).verdict)
  }

  it('turns those and no other', () => {
    expect(verdicts({ 'ssh/lock': 'fail' })).toEqual(['not-met', 'met'])
    expect(verdicts({ 'ssh/banner': 'unknown' })).toEqual(['met', 'open'])
    expect(verdicts({ 'ssh/both': 'fail' })).toEqual(['not-met', 'not-met'])
  })

  it('proves no line it is not for', () => {
    expect(verdicts({ 'ssh/banner': 'not-applicable', 'ssh/both': 'not-applicable' })).toEqual([
      'met',
      'not-met'
    ])
  })
})
