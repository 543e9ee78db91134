import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { assess } from '../../lib/assess/assess.ts'
import { readRuntimeFile } from '../../lib/assess/runtime-file.ts'
import { runtimePayload, signatureNamespace } from '../../lib/assess/runtime-format.ts'
import { HardenError } from '../../lib/base/errors.ts'
import { nodeExec } from '../../lib/base/exec.ts'
import { temporaryDirectory } from '../temporary.ts'
import { control, line, now, profile, result, verification } from './fixture.ts'

const io = { exec: nodeExec(process.env), env: process.env }
const controls = [
  control('lock', [
    ['CR 1.11', 'full', 'running'],
    ['CR 1.10', 'full', 'running']
  ])
]
const sha512 = 'ab'.repeat(64)
const one = { requirement: 'CR 1.11', check: 'lock/try', result: 'pass', message: 'It was locked.' }
const document = {
  format: 'kas-harden-runtime/1',
  image: { sha512 },
  tester: { name: 'Prüfstand', identity: 'bench@example.org' },
  runner: { name: 'script' },
  ended: '2026-11-22T10:00:00Z',
  results: [{ ...one, command: 'faillock', console: 'locked\n\u001b[0m"\\' }]
}

interface Bench {
  directory: string
  allowedSigners: string
  write: (content: object | string) => string
  sign: (content: object, namespace?: string) => object
}

/** A tester with a key of its own, whom the file of allowed signers names. */
function bench(): Bench {
  const directory = temporaryDirectory()
  const key = join(directory, 'key')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'bench', '-f', key])
  const allowedSigners = join(directory, 'allowed')
  writeFileSync(allowedSigners, `bench@example.org ${readFileSync(`${key}.pub`, 'utf8')}`)
  return {
    directory,
    allowedSigners,
    write(content) {
      const path = join(directory, 'results.json')
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2))
      return path
    },
    sign(content, namespace = signatureNamespace) {
      const signature = execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', namespace, '-f', key], {
        input: runtimePayload(content),
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'ignore']
      })
      return { ...content, signature }
    }
  }
}

/** The verdicts on an image whose files all pass. */
function verdictsWith(runtime: Awaited<ReturnType<typeof readRuntimeFile>>) {
  const from = profile(controls)
  return assess(verification(from, [result('lock', 'check', 'pass')]), from, {
    now,
    runtime: runtime.evidence
  })
}

async function refusal(path: string, allowedSigners?: string): Promise<HardenError> {
  const error = await readRuntimeFile(path, { controls, allowedSigners }, io).catch((e: unknown) => e)
  if (!(error instanceof HardenError)) throw new Error('was accepted')
  return error
}

describe('a signed file of an allowed signer', () => {
  it('proves the line it names on the running system, and no other line of the control', async () => {
    const { write, sign, allowedSigners } = bench()
    const read = await readRuntimeFile(write(sign(document)), { controls, allowedSigners }, io)
    expect(read.findings).toEqual([])
    const assessment = verdictsWith(read)
    expect(line(assessment, 'CR 1.11')).toMatchObject({ verdict: 'met', evidence: 'proven-running' })
    expect(line(assessment, 'CR 1.10')).toMatchObject({ verdict: 'partial', evidence: 'proven-on-image' })
    const shown = line(assessment, 'CR 1.11').checks.find(({ id }) => id === 'lock/try')
    expect(shown?.evidence[0]).toMatchObject({ command: 'faillock', output: 'locked\n\u001b[0m"\\' })
  })

  it('is refused when a letter was changed, for another identity, key or purpose', async () => {
    const { write, sign, allowedSigners } = bench()
    const changed = { ...sign(document), ended: '2026-11-22T10:00:01Z' }
    const renamed = sign({ ...document, tester: { name: 'x', identity: 'boss@example.org' } })
    const nameless = sign({ ...document, tester: { name: 'x' } })
    const stranger = bench().sign(document)
    for (const content of [changed, renamed, nameless, stranger, sign(document, 'git')]) {
      const error = await refusal(write(content), allowedSigners)
      expect([error.code, error.kind]).toEqual(['RUNTIME_SIGNATURE', 'usage'])
    }
  })
})

describe('a file nobody allowed has signed', () => {
  it.each([
    ['without a signature', false, 'RUNTIME_UNSIGNED'],
    ['without allowed signers', true, 'RUNTIME_SIGNER_UNKNOWN']
  ])('is the word of the tester, %s: passes prove nothing', async (_, signed, code) => {
    const { write, sign } = bench()
    const read = await readRuntimeFile(write(signed ? sign(document) : document), { controls }, io)
    expect(read.findings.map((each) => each.code)).toEqual([code])
    expect(line(verdictsWith(read), 'CR 1.11').verdict).toBe('partial')
  })

  it('still contradicts by its failures', async () => {
    const path = bench().write({ ...document, results: [{ ...one, result: 'fail' }] })
    const assessment = verdictsWith(await readRuntimeFile(path, { controls }, io))
    expect(line(assessment, 'CR 1.11').verdict).toBe('not-met')
    expect(line(assessment, 'CR 1.10').verdict).toBe('partial')
  })
})

describe('what does not belong', () => {
  it('of another image counts for nothing, and a finding says so', async () => {
    const { write, sign, allowedSigners } = bench()
    const other = sign({ ...document, image: { sha512: 'cd'.repeat(64) } })
    const assessment = verdictsWith(await readRuntimeFile(write(other), { controls, allowedSigners }, io))
    expect(assessment.findings.map((each) => each.code)).toEqual(['RUNTIME_OTHER_IMAGE'])
    expect(line(assessment, 'CR 1.11').verdict).toBe('partial')
  })

  it('of an unknown control, or for a line its control does not serve, is named', async () => {
    const results = [
      { ...one, check: 'ghost/try' },
      { ...one, requirement: ['CR 1.11', 'CR 2.8'] }
    ]
    const read = await readRuntimeFile(bench().write({ ...document, results }), { controls }, io)
    expect(read.evidence.results.map((each) => each.requirements)).toEqual([['CR 1.11']])
    const lost = read.findings.filter((each) => each.code === 'RUNTIME_NOT_COUNTED')
    expect(lost.map((each) => each.requirement)).toEqual([['CR 1.11'], ['CR 2.8']])
  })
})

const ajv = new Ajv({ strict: false, allErrors: true })
const valid = ajv.compile(
  JSON.parse(
    readFileSync(new URL('../../schemas/runtime-results.schema.json', import.meta.url), 'utf8')
  ) as object
)

describe('the form', () => {
  const bad: [name: string, content: object, says: RegExp][] = [
    ['another format', { ...document, format: 'x/1' }, /format must be/],
    ['no digest', { ...document, image: {} }, /image\.sha512 is missing/],
    ['a short digest', { ...document, image: { sha512: 'ab' } }, /image\.sha512 must be 128/],
    ['an unknown field', { ...document, colour: 'red' }, /colour is no field/],
    ['no requirement', { ...document, results: [{ ...one, requirement: [] }] }, /results\[0\]\.requirement/],
    [
      'another result',
      { ...document, results: [one, { ...one, result: 'ok' }] },
      /results\[1\]\.result must be/
    ],
    [
      'a check without control',
      { ...document, results: [{ ...one, check: 'try' }] },
      /check must be '<control>/
    ],
    ['a day without time', { ...document, ended: '2026-11-22' }, /ended must be a time/]
  ]

  it.each(bad)('refuses %s and says where, as the published schema does', async (_, content, says) => {
    const error = await refusal(bench().write(content))
    expect(error.code).toBe('RUNTIME_FILE')
    expect(error.findings.map((each) => each.message).join('\n')).toMatch(says)
    expect(valid(content)).toBe(false)
  })

  it('is what the published schema says', () => {
    expect(valid({ ...document, signature: 'x' })).toBe(true)
  })

  it.each([
    ['text', '{"format": ', /no JSON/],
    ['nothing', '', /no JSON/]
  ])('refuses %s', async (_, content, says) => {
    expect((await refusal(bench().write(content))).message).toMatch(says)
  })

  it('refuses a file that is not there, and a directory', async () => {
    const { directory } = bench()
    expect((await refusal(join(directory, 'none'))).message).toMatch(/can't be read.*ENOENT/)
    expect((await refusal(directory)).message).toMatch(/no ordinary file/)
  })

  it('is signed over what jq prints', (context) => {
    let printed
    try {
      printed = execFileSync('jq', ['-cS', 'del(.signature)'], {
        input: JSON.stringify({ signature: 'x', ...document }),
        encoding: 'utf8'
      })
    } catch {
      return context.skip('jq is not installed')
    }
    expect(printed).toBe(runtimePayload(document))
  })
})
