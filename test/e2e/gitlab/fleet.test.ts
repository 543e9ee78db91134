import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assess } from '../../../lib/assess/assess.ts'
import { renderJson } from '../../../lib/report/json.ts'
import { control, now, profile, result, verification } from '../../assess/fixture.ts'
import { pipelineProject, type PipelineProject } from './pipeline.ts'

const standIn = join(import.meta.dirname, 'stand-in-command')

/** What a real run would have written: one control, its check passed or failed. */
function report(status: 'pass' | 'fail', securityLevel: number): string {
  const from = profile([control('only', [['CR 1.11', 'full']])])
  const found = verification(from, [result('only', 'check', status)])
  const target = { ...found.target, securityLevel }
  const seen = { ...found, target }
  return renderJson({
    assessment: assess(seen, { ...from, target }, { now, waivers: [], statements: [] }),
    verification: seen,
    profile: from
  })
}

const fleet = `target: {components: [EDR], securityLevel: 2}
boards:
  - name: gate-x
  - {name: gate-y, securityLevels: [1, 2], needs: [gate-x], tags: [arm64], timeout: 6h}
ci:
  command: ${standIn}
  tags: [isar]
  variables: {SSTATE_MIRRORS: 'file://.* http://sstate.example/PATH'}
  requirements: requirements.csv
`
const parent = JSON.stringify({
  include: [
    { local: '/templates/kas-harden-fleet/template.yml', inputs: { chain: 'kas.yml', command: standIn } }
  ]
})

describe('the child pipeline of a fleet', () => {
  let project: PipelineProject
  let ran: Awaited<ReturnType<PipelineProject['run']>>
  beforeAll(async () => {
    project = pipelineProject(parent, {
      'kas.yml': 'header: {version: 14}\n',
      'kas/board/gate-x.yml': 'machine: gate-x\n',
      'kas-harden.yml': fleet,
      'requirements.csv': 'Requirement ID,Title,State\nREQ-7,"CR 1.11 Unsuccessful login attempts",opened\n',
      'stand-in/gate-x.2.json': report('pass', 2),
      'stand-in/gate-y.1.json': report('fail', 1)
    })
    ran = await project.run()
  })
  afterAll(() => {
    project.remove()
  })

  const summary = (name: string) => {
    const [text, ...more] = project.artifacts(`kas-harden-result/summary/${name}`)
    expect(more).toEqual([])
    return text ?? ''
  }

  it('has a job for each board and level, and one that joins, which starts whatever the others did', () => {
    expect(ran.ended.get('kas-harden: [gate-x, 2]'), ran.output).toBe('PASS')
    expect(ran.ended.get('kas-harden: [gate-y, 1]')).toBe('FAIL')
    expect(ran.ended.get('kas-harden: [gate-y, 2]')).toBe('PASS')
    expect(ran.ended.get('kas-harden:summary')).toBe('FAIL')
  })

  it('starts a board after those it needs', () => {
    const at = (text: string) => ran.output.indexOf(text)
    expect(at('[gate-x, 2] finished')).toBeLessThan(at('[gate-y, 1] starting'))
  })

  it('joins all reports, a failed and a missing one among them', () => {
    const { passed, results, notMet } = JSON.parse(summary('summary.json')) as {
      passed: boolean
      results: { name: string; gate: string }[]
      notMet: { id: string; where: string[] }[]
    }
    expect(passed).toBe(false)
    expect(results.map(({ name, gate }) => `${name} ${gate}`)).toEqual([
      'gate-x.2 passed',
      'gate-y.1 failed',
      'gate-y.2 no-result'
    ])
    expect(notMet).toMatchObject([{ id: 'CR 1.11', where: ['gate-y.1'] }])
    expect(summary('summary.md')).toMatch(/\| gate-y\.2 \| no result \|/)
    expect(summary('summary.html')).toContain('href="../gate-x.2/report/report.html"')
    expect(summary('metrics.txt')).toContain('kas_harden_gate{result="gate-y.1"} 0\n')
    expect(JSON.parse(summary('requirements.json'))).toEqual({ '7': 'failed' })
  })

  it('keeps the reports of a board whose gate failed', () => {
    const reports = project.artifacts('kas-harden-result/gate-y.1/report/junit.xml')
    expect(reports).toContain('gate-y.1 gate-y kas.yml\n')
  })

  it('is what GitLab takes: its schema is satisfied', async () => {
    const [text = ''] = project.artifacts('kas-harden-boards.yml')
    writeFileSync(join(project.directory, 'boards.yml'), text)
    const { code, output } = await project.run('--file', 'boards.yml', '--list')
    expect(`${code} ${output}`).toMatch(/^0 [^]*json schema validated/)
  })
})
