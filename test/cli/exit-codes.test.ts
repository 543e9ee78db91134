import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exitReasons, groups } from '../../lib/cli/exit-reasons.ts'
import { buildProgram } from '../../lib/cli/program.ts'
import { allVerbs, verbTree } from '../../lib/cli/verb-tree.ts'
import { collectingIo, runCli } from '../run-cli.ts'
import { smallWorld } from './small-world.ts'

/** A command that ends with a code, and what it says. */
interface Row {
  verb: string
  code: number
  argv: readonly string[]
  says?: RegExp
  before?: (directory: string) => unknown
  env?: Record<string, string>
}

const noTools = { PATH: '/nonexistent' }
const sboms = (directory: string) =>
  Promise.all(['rootfs', 'other'].map((name) => runCli(directory, ['sbom', name, '-o', `${name}.json`])))
const applied = (directory: string) => runCli(directory, ['apply', 'kas.yml'])
const fleet = (directory: string) => {
  const config = readFileSync(join(directory, 'kas-harden.yml'), 'utf8')
  writeFileSync(
    join(directory, 'kas-harden.yml'),
    `boards:
  - name: qemu-amd64
${config}`
  )
  writeFileSync(join(directory, 'empty'), '')
}
/** A file where our folder has to be: nobody can write below it, not even root. */
const inTheWay = (directory: string) => {
  writeFileSync(join(directory, 'kas-harden'), '')
}
const disk = (directory: string) =>
  execFileSync('mksquashfs', ['rootfs', 'image.squashfs', '-quiet', '-no-progress'], { cwd: directory })
const rows: readonly Row[] = [
  { verb: 'plan', code: 0, argv: ['kas.yml'] },
  { verb: 'plan', code: 2, argv: ['none.yml'], says: /none\.yml/ },
  { verb: 'apply', code: 0, argv: ['kas.yml'] },
  { verb: 'apply', code: 1, argv: ['kas.yml', '--check'], says: /would write/ },
  { verb: 'apply', code: 2, argv: ['kas.yml', '--sl', '5'], says: /1 to 4/ },
  { verb: 'apply', code: 3, argv: ['kas.yml'], before: inTheWay, says: /NOT_WRITABLE/ },
  { verb: 'remove', code: 0, argv: ['kas.yml'], before: applied },
  { verb: 'remove', code: 1, argv: ['kas.yml', '--check'], before: applied, says: /would remove/ },
  { verb: 'remove', code: 2, argv: ['none.yml'], says: /none\.yml/ },
  { verb: 'build', code: 2, argv: ['kas.yml', '--engine', 'make'], says: /make/ },
  { verb: 'build', code: 3, argv: ['kas.yml', '--engine', 'mmdebstrap'], env: noTools, says: /->/ },
  { verb: 'doctor', code: 2, argv: ['none.yml'], says: /none\.yml/ },
  { verb: 'doctor', code: 3, argv: [], env: noTools },
  { verb: 'sbom', code: 0, argv: ['rootfs'] },
  { verb: 'sbom', code: 1, argv: ['rootfs', '--compare', 'other.json', '-o', 'x'], before: sboms },
  { verb: 'sbom', code: 2, argv: ['a file'], says: /a file/ },
  { verb: 'sbom', code: 3, argv: ['rootfs', '-o', 'a file/x.json'], says: /NOT_WRITABLE/ },
  { verb: 'sbom check', code: 0, argv: ['rootfs.json'], before: sboms },
  { verb: 'sbom check', code: 1, argv: ['rootfs.json', '--fail-under', '99'], before: sboms },
  { verb: 'sbom check', code: 2, argv: ['kas.yml'], says: /kas\.yml/ },
  { verb: 'sbom diff', code: 0, argv: ['rootfs.json', 'rootfs.json'], before: sboms },
  { verb: 'sbom diff', code: 1, argv: ['rootfs.json', 'other.json'], before: sboms },
  { verb: 'sbom diff', code: 2, argv: ['rootfs.json', 'none.json'], before: sboms, says: /none\.json/ },
  { verb: 'verify', code: 1, argv: ['rootfs'], says: /gate: / },
  { verb: 'verify', code: 2, argv: ['none.wic'], says: /none\.wic/ },
  { verb: 'verify', code: 3, argv: ['image.squashfs'], before: disk, env: noTools, says: /squashfs-tools/ },
  { verb: 'gaps', code: 0, argv: ['rootfs'] },
  { verb: 'gaps', code: 2, argv: ['none.wic'], says: /none\.wic/ },
  { verb: 'gaps', code: 3, argv: ['image.squashfs'], before: disk, env: noTools, says: /squashfs-tools/ },
  { verb: 'report', code: 1, argv: ['rootfs'], says: /gate: / },
  { verb: 'report', code: 2, argv: ['rootfs', '--component', 'PLC'], says: /PLC/ },
  { verb: 'report', code: 3, argv: ['rootfs', '-o', 'a file'], says: /NOT_WRITABLE/ },
  { verb: 'run', code: 2, argv: ['kas.yml', '--engine', 'mmdebstrap', '--boot'], says: /--example-key/ },
  {
    verb: 'run',
    code: 2,
    argv: ['kas.yml', '--engine', 'mmdebstrap', '--runtime', 'kas.yml'],
    says: /RUNTIME_FILE|kas\.yml/
  },
  { verb: 'run', code: 3, argv: ['kas.yml', '--engine', 'mmdebstrap'], env: noTools, says: /->/ },
  { verb: 'lint', code: 0, argv: ['kas.yml'] },
  {
    verb: 'lint',
    code: 1,
    argv: ['kas.yml'],
    before: (directory) => {
      const text = `${readFileSync(join(directory, 'kas.yml'), 'utf8')}    USERS += "op"\n    USER_op[password] = "x"\n    USER_op[flags] = "clear-text-password"\n`
      writeFileSync(join(directory, 'kas.yml'), text)
    }
  },
  { verb: 'lint', code: 2, argv: ['none.yml'], says: /none\.yml/ },
  { verb: 'packages', code: 0, argv: ['--release', 'bookworm'] },
  { verb: 'packages', code: 2, argv: [], says: /--release/ },
  { verb: 'catalogue', code: 0, argv: [] },
  { verb: 'catalogue', code: 2, argv: ['--component', 'PLC'], says: /PLC/ },
  { verb: 'explain', code: 0, argv: ['CR 1.11'] },
  { verb: 'explain', code: 2, argv: ['CR 9.99'], says: /CR 9\.99/ },
  { verb: 'ci init', code: 0, argv: ['kas.yml'] },
  { verb: 'ci init', code: 1, argv: ['kas.yml', '--check'] },
  {
    verb: 'ci init',
    code: 2,
    argv: ['kas.yml'],
    before: (directory) => {
      writeFileSync(join(directory, '.gitlab-ci.yml'), 'include: [\n')
    },
    says: /\.gitlab-ci\.yml/
  },
  {
    verb: 'ci init',
    code: 3,
    argv: ['kas.yml'],
    before: (directory) => {
      writeFileSync(join(directory, '.gitlab'), '')
    },
    says: /NOT_WRITABLE/
  },
  { verb: 'ci generate', code: 1, argv: ['kas.yml', '-o', 'empty', '--check'], before: fleet },
  { verb: 'ci generate', code: 2, argv: ['kas.yml', '--config', 'none.yml'], says: /none\.yml/ },
  { verb: 'ci summary', code: 1, argv: ['.', '--expect', 'gate-x.2'], says: /gate-x/ },
  { verb: 'ci requirements', code: 0, argv: [] },
  {
    verb: 'ci requirements',
    code: 2,
    argv: [],
    before: (directory) => {
      rmSync(join(directory, 'kas-harden.yml'))
    },
    says: /--sl/
  },
  { verb: 'completion', code: 0, argv: ['bash'] },
  { verb: 'completion', code: 2, argv: ['csh'], says: /fish/ }
]

/** Tested where images are built (test/e2e, test/cli/bad-input), and on a read-only project (test/e2e/robustness). */
const elsewhere = ['build 4', 'remove 3', 'run 1', 'run 4', 'run 5']

describe('exit codes', () => {
  it.each(rows)('$verb $argv: $code', async ({ verb, code, argv, says, before, env }) => {
    const directory = smallWorld()
    await before?.(directory)
    const run = await runCli(directory, [...verb.split(' '), ...argv], env)
    expect(run.stderr).not.toContain('likely a bug')
    expect(run.code, run.stderr).toBe(code)
    if (says) expect(run.stderr).toMatch(says)
  })

  it('each verb documents those it has, and each of them is tried', () => {
    const verbs = allVerbs(verbTree(buildProgram({ io: collectingIo('/').io, exitCode: 0 })))
    const names = verbs.slice(1).map(({ words }) => words.join(' '))
    expect(Object.keys(exitReasons).sort()).toEqual(names.filter((name) => !groups.includes(name)).sort())
    const documented = Object.entries(exitReasons).flatMap(([verb, reasons]) =>
      Object.keys(reasons).map((code) => `${verb} ${code}`)
    )
    const tried = rows.filter(({ code }) => code > 0).map(({ verb, code }) => `${verb} ${code}`)
    expect([...new Set([...tried, ...elsewhere])].sort()).toEqual(documented.sort())
  })

  it.each(Object.keys(exitReasons))('%s: an option nobody knows is 2, --help is 0', async (verb) => {
    const words = verb.split(' ')
    expect(await runCli('/', [...words, '--no-such-option'])).toMatchObject({ code: 2, stdout: '' })
    const help = await runCli('/', [...words, '--help'])
    expect(help.code).toBe(0)
    expect(help.stdout).toContain(`Usage: kas-harden ${verb}`)
  })
})
