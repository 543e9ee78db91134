import { describe, expect, it } from 'vitest'
import { buildProgram } from '../../lib/cli/program.ts'
import { allVerbs, verbTree } from '../../lib/cli/verb-tree.ts'
import { collectingIo, runCli } from '../run-cli.ts'
import { missesOf } from '../schema.ts'
import { smallWorld } from './small-world.ts'

/** A verb's `--json`: the schema, what succeeds (after what), and what fails. */
interface Case {
  verb: string
  schema: string
  before?: readonly (readonly string[])[]
  succeeds?: readonly string[]
  code?: number
  fails: readonly string[]
}

const sboms = ['rootfs', 'other'].map((name) => ['sbom', name, '-o', `${name}.json`])
const cases: readonly Case[] = [
  { verb: 'plan', schema: 'plan', succeeds: ['kas.yml'], fails: ['none.yml'] },
  { verb: 'apply', schema: 'apply', succeeds: ['kas.yml', '--in-place'], fails: ['kas.yml', '--sl', '7'] },
  {
    verb: 'remove',
    schema: 'remove',
    before: [['apply', 'kas.yml', '--in-place']],
    succeeds: ['kas.yml'],
    fails: ['none.yml']
  },
  // What a build writes needs a build: test/e2e/kas-build holds it and `run` against their schemas.
  { verb: 'build', schema: 'build', fails: ['kas.yml', '--engine', 'none'] },
  { verb: 'run', schema: 'run', fails: ['kas.yml', '--engine', 'kas', '--boot'] },
  { verb: 'doctor', schema: 'doctor', succeeds: [], code: -1, fails: ['none.yml'] },
  {
    verb: 'sbom',
    schema: 'sbom',
    succeeds: ['rootfs', '-o', 'x.json', '--validate'],
    fails: ['a file', '-o', 'x']
  },
  { verb: 'sbom check', schema: 'sbom-check', before: sboms, succeeds: ['rootfs.json'], fails: ['kas.yml'] },
  {
    verb: 'sbom diff',
    schema: 'sbom-diff',
    before: sboms,
    succeeds: ['rootfs.json', 'other.json'],
    code: 1,
    fails: ['kas.yml', 'kas.yml']
  },
  { verb: 'verify', schema: 'assessment', succeeds: ['rootfs'], code: 1, fails: ['a file'] },
  { verb: 'gaps', schema: 'gaps', succeeds: ['rootfs'], fails: ['none.wic'] },
  {
    verb: 'report',
    schema: 'report',
    succeeds: ['rootfs', '--gitlab'],
    code: 1,
    fails: ['rootfs', '--sl', 'x']
  },
  { verb: 'lint', schema: 'lint', succeeds: ['kas.yml'], fails: ['none.yml'] },
  {
    verb: 'packages',
    schema: 'packages',
    succeeds: ['--release', 'trixie', '--reference', 'cip'],
    fails: []
  },
  {
    verb: 'catalogue',
    schema: 'catalogue',
    succeeds: ['--component', 'EDR,NDR'],
    fails: ['--component', 'PLC']
  },
  { verb: 'explain', schema: 'explain', succeeds: ['CR 1.11'], fails: ['CR 9.99'] },
  { verb: 'ci init', schema: 'ci-init', succeeds: ['kas.yml'], fails: ['kas.yml', 'more'] }
]

describe('--json', () => {
  it('is on every verb that has a result, and each is tried here', () => {
    const verbs = allVerbs(verbTree(buildProgram({ io: collectingIo('/').io, exitCode: 0 })))
    const withJson = verbs.filter(({ options }) => options.some(({ long }) => long === '--json'))
    expect(withJson.map(({ words }) => words.join(' ')).sort()).toEqual(cases.map(({ verb }) => verb).sort())
    // Groups have verbs only; the others print a script, a pipeline or a CSV, whose form is not ours.
    const without = verbs.filter((one) => !withJson.includes(one)).map(({ words }) => words.join(' '))
    expect(
      without.filter((name) => !/^(?:|completion|ci|ci (?:generate|summary|requirements))$/.test(name))
    ).toEqual([])
  })

  it.each(cases)('$verb writes what its schema says', async (one) => {
    const directory = smallWorld()
    for (const argv of one.before ?? []) expect(await runCli(directory, argv)).toMatchObject({ code: 0 })
    if (one.succeeds) {
      const run = await runCli(directory, [...one.verb.split(' '), ...one.succeeds, '--json'])
      // What doctor finds is the machine's affair.
      if (one.code !== -1) expect(run, run.stderr).toMatchObject({ code: one.code ?? 0 })
      expect(missesOf(one.schema, run.stdout)).toBe('')
    }
    const failed = await runCli(directory, [...one.verb.split(' '), ...one.fails, '--json'])
    expect(failed, failed.stderr).toMatchObject({ code: 2 })
    expect(missesOf('error', failed.stdout)).toBe('')
    const { error } = JSON.parse(failed.stdout) as { error: { code: string; kind: string; message: string } }
    expect(error.kind).toBe('usage')
    expect(error.code).toMatch(/^[A-Z][A-Z0-9_]+$/)
    expect(failed.stderr).toContain(error.message.split('\n')[0])
  })

  it('without it a failed verb writes nothing to standard output; bitbake may have a --json of its own', async () => {
    const directory = smallWorld()
    expect(await runCli(directory, ['plan', 'none.yml'])).toMatchObject({ code: 2, stdout: '' })
    const words = ['build', 'none.yml', '--engine', 'kas', '--', '--json']
    expect(await runCli(directory, words)).toMatchObject({ code: 2, stdout: '' })
  })
})
