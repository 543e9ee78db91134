import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { generatePipeline } from '../../lib/flow/ci-generate.ts'
import { summariseFleet } from '../../lib/flow/ci-summary.ts'
import { runCli } from '../run-cli.ts'

interface Job {
  extends?: string
  variables: Record<string, string>
  tags?: string[]
  timeout?: string
  needs?: { job: string }[]
  script?: string[]
}

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'kas-harden-ci-'))
})
afterEach(() => {
  rmSync(cwd, { recursive: true })
})
function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true })
    writeFileSync(join(cwd, path), text)
  }
}
const target = 'target: {components: [EDR, NDR], securityLevel: 2}\n'

describe('ci generate', () => {
  const generate = async (config: string) => {
    write({ 'kas.yml': 'header: {version: 14}\n', 'kas-harden.yml': config })
    const { text } = await generatePipeline({ chain: 'kas.yml' }, { cwd })
    return { text, jobs: parse(text) as Record<string, Job> }
  }

  it('gives each job what its board says, and what all share once', async () => {
    write({ 'kas/board/own-file.yml': 'machine: x\n', 'other.yml': 'machine: z\n' })
    const { jobs } = await generate(`${target}engine: kas
boards:
  - name: own-file
  - {name: machine-y, tags: [arm64], timeout: 6h, needs: [own-file], variables: {SSTATE_DIR: /y}}
  - {name: qemu-amd64, securityLevels: [1, 3], components: [HDR]}
  - {name: own-chain, chain: 'kas.yml:other.yml'}
ci: {tags: [isar], timeout: 90 minutes, image: 'r.example/kas-node:1', variables: {DL_DIR: /cache/dl}}
`)
    expect(Object.keys(jobs).filter((name) => name.startsWith('kas-harden'))).toEqual([
      'kas-harden: [own-file, 2]',
      'kas-harden: [machine-y, 2]',
      'kas-harden: [qemu-amd64, 1]',
      'kas-harden: [qemu-amd64, 3]',
      'kas-harden: [own-chain, 2]',
      'kas-harden:summary'
    ])
    expect(jobs['.kas-harden']).toMatchObject({
      image: 'r.example/kas-node:1',
      tags: ['isar'],
      timeout: '90 minutes',
      variables: { DL_DIR: '/cache/dl' }
    })
    expect(jobs['.kas-harden']?.script?.[0]).toContain('run "$CHAIN" --engine kas')
    expect(jobs['kas-harden: [own-file, 2]']).toMatchObject({
      extends: '.kas-harden',
      needs: [],
      variables: { CHAIN: 'kas.yml:kas/board/own-file.yml', SECURITY_LEVEL: '2', COMPONENT: 'EDR,NDR' }
    })
    expect(jobs['kas-harden: [own-file, 2]']).not.toHaveProperty('tags')
    expect(jobs['kas-harden: [machine-y, 2]']).toMatchObject({
      tags: ['arm64'],
      timeout: '6h',
      needs: [{ job: 'kas-harden: [own-file, 2]', artifacts: false }],
      variables: { CHAIN: 'kas.yml', KAS_MACHINE: 'machine-y', SSTATE_DIR: '/y' }
    })
    expect(jobs['kas-harden: [qemu-amd64, 3]']?.variables).toMatchObject({
      COMPONENT: 'HDR',
      RESULT: 'kas-harden-result/qemu-amd64.3'
    })
    expect(jobs['kas-harden: [own-chain, 2]']?.variables).toMatchObject({ CHAIN: 'kas.yml:other.yml' })
    expect(jobs['kas-harden: [own-chain, 2]']?.variables).not.toHaveProperty('KAS_MACHINE')
  })

  it('has the same bytes for the same project, and texts that YAML 1.1 reads as texts', async () => {
    const config = `${target}boards: [{name: 'on'}, {name: '0755', variables: {ODD: '1:30', NO: 'no'}}]\n`
    const { text } = await generate(config)
    expect((await generate(config)).text).toBe(text)
    const { jobs } = { jobs: parse(text, { version: '1.1' }) as Record<string, Job> }
    expect(jobs['kas-harden: [on, 2]']?.variables['KAS_MACHINE']).toBe('on')
    expect(jobs['kas-harden: [0755, 2]']?.variables).toMatchObject({
      KAS_MACHINE: '0755',
      ODD: '1:30',
      NO: 'no'
    })
  })

  it.each([
    ['CI_NO_BOARDS', target],
    ['CI_NO_LEVEL', 'boards: [{name: x}]\n'],
    ['CI_CHAIN', `${target}boards: [{name: x, chain: gone.yml}]\n`],
    ['CONFIG_INVALID', `${target}boards: [{name: x, needs: [y]}]\n`]
  ])('refuses with %s', async (code, config) => {
    await expect(generate(config)).rejects.toMatchObject({ code, kind: 'usage' })
  })

  it('--check says whether the file is up to date, and writes nothing', async () => {
    await generate(`${target}boards: [{name: x}]\n`)
    const check = ['ci', 'generate', 'kas.yml', '--output', 'boards.yml', '--check']
    expect((await runCli(cwd, check)).code).toBe(1)
    expect((await runCli(cwd, check.slice(0, -1))).code).toBe(0)
    expect((await runCli(cwd, check)).code).toBe(0)
    write({ 'kas-harden.yml': `${target}boards: [{name: y}]\n` })
    const { code, stderr } = await runCli(cwd, check)
    expect(`${code} ${stderr}`).toMatch(/^1 .*boards\.yml is not what kas-harden\.yml makes now/)
    const alone = await runCli(cwd, ['ci', 'generate', 'kas.yml', '--check'])
    expect(`${alone.code} ${alone.stderr}`).toMatch(/^2 [^]*--output/)
  })
})

describe('ci summary', () => {
  const summarise = (expected?: string[]) =>
    summariseFleet({ directory: 'result', output: 'result/summary', expected }, { cwd, env: {} })

  it('takes nothing for a report that is none: the row says why', async () => {
    write({
      'result/broken.2/report/assessment.json': '{',
      'result/other.2/report/assessment.json': '{"format": "kas-harden-assessment/9"}'
    })
    const { results, passed } = await summarise(['gone.2'])
    expect(passed).toBe(false)
    expect(results.map(({ name, problem }) => `${name}: ${problem ?? ''}`)).toEqual([
      expect.stringMatching(/^broken\.2: The report can't be read: /),
      'gone.2: The job left no report.',
      expect.stringMatching(/^other\.2: The report is not of this version: format /)
    ])
  })

  it("links the page from the job's, where there is a job", async () => {
    const env = { CI_JOB_URL: 'https://gitlab.example/p/-/jobs/7', CI_PROJECT_DIR: cwd }
    await summariseFleet({ directory: '.', output: 'a b/sum', expected: ['x.2'] }, { cwd, env })
    expect(readFileSync(join(cwd, 'a b/sum/annotations.json'), 'utf8')).toContain(
      '"https://gitlab.example/p/-/jobs/7/artifacts/file/a%20b/sum/summary.html"'
    )
  })

  it('refuses a folder without any', async () => {
    await expect(summarise()).rejects.toMatchObject({ code: 'CI_NO_RESULTS', kind: 'usage' })
  })

  it('refuses a file of GitLab requirements that is none', async () => {
    write({ 'result/x.2/report/assessment.json': '{}', 'kas-harden.yml': 'ci: {requirements: export.csv}\n' })
    await expect(summarise()).rejects.toMatchObject({ code: 'CI_REQUIREMENTS' })
    write({ 'export.csv': 'a,b\n1,2\n' })
    await expect(summarise()).rejects.toThrow(/Requirement ID/)
    write({ 'export.csv': 'Requirement ID,Title\n1,Something else\n' })
    await expect(summarise()).rejects.toThrow(/starts with an id/)
  })
})
