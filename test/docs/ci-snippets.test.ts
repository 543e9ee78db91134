import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { runCli } from '../run-cli.ts'
import { temporaryDirectory } from '../temporary.ts'

/** The examples of docs/ci.md: what stands on the page is what runs here, with a stand-in for the build. */

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/ci.md'), 'utf8')

function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(
    ([, text]) => text ?? ''
  )
}

interface Ran {
  code: number | null
  output: string
  /** What npx was asked for. */
  calls: string[]
  directory: string
}

function run(script: string, code: number, env: Record<string, string> = {}, shell: string[] = ['sh']): Ran {
  const directory = temporaryDirectory()
  writeFileSync(join(directory, 'kas.yml'), 'header: {version: 14}\n')
  const calls = join(directory, 'calls.txt')
  const done = spawnSync(shell[0]!, [...shell.slice(1), '-c', script], {
    cwd: directory,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${join(root, 'test/stand-ins/npx')}:${process.env['PATH'] ?? ''}`,
      NPX_CALLS: calls,
      STAND_IN_CODE: String(code),
      ...env
    }
  })
  const asked = existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n') : []
  return { code: done.status, output: done.stdout + done.stderr, calls: asked, directory }
}

/** Options of a call that `--help` of its verb doesn't know. */
async function unknownOptions(call: string): Promise<string[]> {
  const words = call.split(' ')
  const verb = words[0] === 'ci' ? words.slice(0, 2) : words.slice(0, 1)
  const { stdout } = await runCli(root, [...verb, '--help'])
  return words.filter(
    (word) => word.startsWith('-') && !new RegExp(`(?:^|\\s)${word}[\\s,]`, 'm').test(stdout)
  )
}

describe('the shell examples', () => {
  const [single = '', several = ''] = blocks('sh')

  it.each([
    [0, 'The gate passed.'],
    [1, 'The gate did not pass'],
    [4, 'No verdict (exit code 4)']
  ])('end with exit code %i of the run and say what it is', async (code, words) => {
    const ran = run(single, code)
    expect(ran).toMatchObject({ code, calls: ['run kas.yml --sl 2 --component EDR --output result'] })
    expect(ran.output).toContain(words)
    expect(existsSync(join(ran.directory, 'result/report/report.html'))).toBe(true)
    for (const call of ran.calls) expect(await unknownOptions(call)).toEqual([])
  })

  it('for several boards sums up, and a board without a report fails it', async () => {
    const ran = run(several, 0)
    expect(ran.code).toBe(1)
    expect(ran.output).toMatch(/qemu-amd64\.2 +no result/)
    expect(existsSync(join(ran.directory, 'result/summary/summary.html'))).toBe(true)
    expect(ran.calls).toHaveLength(3)
    for (const call of ran.calls) expect(await unknownOptions(call)).toEqual([])
  })
})

describe('the GitHub workflow', () => {
  interface Step {
    name?: string
    uses?: string
    run?: string
    if?: string
  }
  const [text = ''] = blocks('yaml')
  const workflow = parse(text) as {
    jobs: { harden: { steps: Step[]; strategy: { matrix: { board: string[] } } } }
  }
  const { steps, strategy } = workflow.jobs.harden

  it('pins its actions, and gives every expression to a shell only through the environment', () => {
    for (const { uses, run: script } of steps) {
      if (uses !== undefined) expect(uses).toMatch(/^actions\/[a-z-]+@v\d+$/)
      expect(script ?? '').not.toContain('${{')
    }
  })

  it.each([0, 1])(
    'runs its steps with exit code %i of the run; the reports are shown either way',
    async (code) => {
      const scripts = steps.flatMap(({ run: script }) => (script === undefined ? [] : [script]))
      expect(scripts).toHaveLength(2)
      // Each step is `bash -e {0}`; the second one has `if: always()`.
      expect(steps.find(({ name }) => name === 'Summary')?.if).toBe('always()')
      const shown = join(temporaryDirectory(), 'summary.md')
      const both = `(bash -e -c '${scripts[0]?.trim() ?? ''}'); code=$?\nprintf '# Report\\n' >result/report/report.md\n${scripts[1] ?? ''}\nexit $code`
      const ran = run(both, code, { BOARD: strategy.matrix.board[0]!, GITHUB_STEP_SUMMARY: shown }, ['bash'])
      expect(ran).toMatchObject({
        code,
        calls: ['run kas.yml --board qemu-amd64 --sl 2 --component EDR --output result']
      })
      expect(readFileSync(shown, 'utf8')).toBe('# Report\n')
      for (const call of ran.calls) expect(await unknownOptions(call)).toEqual([])
    }
  )
})

describe('the Jenkinsfile', () => {
  const [text = ''] = blocks('groovy')

  it('has braces and quotes that close', () => {
    const bare = text.replace(/'''[^]*?'''|"[^"\n]*"|'[^'\n]*'/g, '')
    expect(bare).not.toMatch(/['"]/)
    expect(bare.split('{').length).toBe(bare.split('}').length)
  })

  it('runs its sh step, as Jenkins does with -xe', async () => {
    const scripts = [...text.matchAll(/'''([^]*?)'''/g)].map(([, script]) => script ?? '')
    expect(scripts).toHaveLength(1)
    for (const code of [0, 1]) {
      const ran = run(scripts[0] ?? '', code, { BOARD: 'qemu-arm64' }, ['sh', '-xe'])
      expect(ran).toMatchObject({
        code,
        calls: ['run kas.yml --board qemu-arm64 --sl 2 --component EDR --output result']
      })
      for (const call of ran.calls) expect(await unknownOptions(call)).toEqual([])
    }
  })
})
