import { assess } from '../../lib/assess/assess.ts'
import type { ReportInput } from '../../lib/report/report-input.ts'
import { control, now, profile, result, verification } from '../assess/fixture.ts'

/** One input that holds every verdict, a waiver, a statement, an unknown check and a missing package. */
export function sample(hostile = '', more: Partial<ReportInput> = {}): ReportInput {
  const controls = [
    control('good', [
      ['CR 1.3', 'full'],
      ['CR 1.5', 'partial']
    ]),
    control('bad', [
      ['CR 1.11', 'full'],
      ['CR 2.8', 'full']
    ]),
    control('blind', [['CR 1.7', 'full']]),
    control('absent', [['CR 2.2', 'full']])
  ]
  const from = profile(controls)
  const checks = [
    result('good', 'check', 'pass'),
    {
      ...result('bad', 'check', 'fail'),
      message: `found ${hostile}`,
      evidence: [
        { path: `/etc/${hostile}`, line: 7, value: hostile },
        { command: hostile, output: hostile }
      ]
    },
    result('blind', 'check', 'unknown'),
    result('absent', 'check', 'not-applicable')
  ]
  const found = verification(from, checks, {
    parameters: { 'password.minlen': 12, 'ssh.ciphers': ['a', `b${hostile}`] },
    packages: [
      {
        name: `pkg${hostile}`,
        status: 'fail',
        requirement: 'CR 1.11',
        controls: ['bad'],
        message: `is not installed ${hostile}`
      }
    ],
    findings: [{ code: 'ODD', severity: 'warning', message: `odd ${hostile}`, path: `/x${hostile}` }],
    image: {
      path: `/home/xyzzy/build/image${hostile.replaceAll('/', '')}.wic`,
      system: `Debian ${hostile}`
    }
  })
  const assessment = assess(found, from, {
    now,
    waivers: [
      { requirement: 'CR 2.8', reason: `Next release ${hostile}`, owner: 'Jo', expires: '2027-01-01' }
    ],
    statements: [
      {
        requirement: 'EDR 3.11',
        kind: 'compensation',
        text: `Locked cabinet ${hostile}`,
        who: 'Jo',
        date: '2026-01-01'
      }
    ]
  })
  return { assessment, verification: found, profile: from, ...more }
}

export const comparison = {
  plain: { checksPassed: 3, checksTotal: 10, setuidFiles: 14, packages: 140 },
  hardened: { checksPassed: 10, checksTotal: 10, openPorts: 1, setuidFiles: 6, packages: 180 }
}
