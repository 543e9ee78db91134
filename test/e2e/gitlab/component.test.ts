import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { including, pipelineProject, type PipelineProject } from './pipeline.ts'

const standIn = join(import.meta.dirname, 'stand-in-command')
const files = { 'kas.yml': 'header: {version: 14}\n', 'kas/board/gate-x.yml': 'machine: gate-x\n' }

describe('the GitLab component', () => {
  let project: PipelineProject | undefined
  afterEach(() => {
    project?.remove()
    project = undefined
  })
  const open = (inputs: Record<string, unknown>) => {
    project = pipelineProject(including({ chain: 'kas.yml', command: standIn, ...inputs }), files)
    return project
  }

  it('runs a job for every board and level, each with its board and its level', async () => {
    const { run, artifacts } = open({ boards: ['gate-x', 'gate-y'], security_level: [1, 3] })
    const { code, output } = await run()
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' })
    // A board of the project is a kas file, another one a machine.
    expect(artifacts('kas-harden-result/report/junit.xml')).toEqual([
      'gate-x.1  kas.yml:kas/board/gate-x.yml\n',
      'gate-x.3  kas.yml:kas/board/gate-x.yml\n',
      'gate-y.1 gate-y kas.yml\n',
      'gate-y.3 gate-y kas.yml\n'
    ])
  })

  it('fails the job when the gate fails, with the reports still there', async () => {
    process.env['STAND_IN_CODE'] = '1'
    try {
      const { run, artifacts } = open({ job_prefix: 'harden' })
      expect((await run()).jobs).toEqual(['FAIL'])
      expect(artifacts('kas-harden-result/report/junit.xml')).toEqual(['-.2  kas.yml\n'])
    } finally {
      delete process.env['STAND_IN_CODE']
    }
  })

  it('marks the job only where the gate is told to warn, and fails it for anything else', async () => {
    for (const [exit, expected] of [
      ['1', 'WARN'],
      ['4', 'FAIL']
    ] as const) {
      process.env['STAND_IN_CODE'] = exit
      try {
        const { run, remove } = open({ gate: 'warn' })
        expect([exit, (await run()).jobs]).toEqual([exit, [expected]])
        remove()
      } finally {
        delete process.env['STAND_IN_CODE']
      }
    }
  })

  it('says which input is wrong', async () => {
    const wrong = open({ executor: 'kubernetes' })
    const { code, output } = await wrong.run('--list')
    expect(code).toBe(1)
    expect(output).toMatch(/executor.*kubernetes/)
  })

  it('has checkout, plan, build and verify apart on docker runners', async () => {
    const { run } = open({ executor: 'docker' })
    const { output } = await run('--list')
    expect(output).toMatch(/kas-harden:checkout/)
    expect(output).toMatch(/kas-harden:plan/)
    expect(output).toMatch(/kas-harden:build/)
    expect(output).toMatch(/kas-harden:verify/)
    expect(output).not.toMatch(/^kas-harden: \[/m)
  })

  it('is in one pipeline for a push: those of branches, or those of merge requests and the default branch', async () => {
    const request = [
      '--unset-variable',
      'CI_COMMIT_BRANCH',
      '--variable',
      'CI_PIPELINE_SOURCE=merge_request_event'
    ]
    const feature = ['--variable', 'CI_COMMIT_BRANCH=feature']
    for (const [pipelines, inRequest, onFeature] of [
      ['branches', false, true],
      ['merge_requests', true, false]
    ] as const) {
      const { run, remove } = open({ pipelines })
      const listed = async (args: string[]) => /^kas-harden/m.test((await run('--list', ...args)).output)
      expect([pipelines, await listed(request), await listed(feature)]).toEqual([
        pipelines,
        inRequest,
        onFeature
      ])
      remove()
    }
  })

  it("takes tags and timeout from the project's own job of that name", async () => {
    const include = JSON.parse(including({ chain: 'kas.yml', command: standIn })) as object
    const own = { '.kas-harden': { tags: ['isar'], timeout: '6h' } }
    project = pipelineProject(JSON.stringify({ ...include, ...own }), files)
    const { output } = await project.run('--preview')
    const job = /^kas-harden:\n[^]*?(?=^\S)/m.exec(output)?.[0]
    expect(job).toMatch(/^ {2}tags:\n {4}- isar$/m)
    expect(job).toMatch(/^ {2}timeout: 6h$/m)
  })
})
