import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { smallWorld } from '../../cli/small-world.ts'
import { temporaryDirectory } from '../../temporary.ts'
import { filesOf, missing, run } from './process.ts'

/*
 * A machine without network, a project nobody can write to, a full disk: made with namespaces, so that the kernel
 * itself says no.
 */

const offline = ['unshare', '-rn'] as const
const mounts = ['unshare', '-rm'] as const

function needs(context: TestContext, inside: readonly string[]): void {
  const why = missing(inside)
  if (why !== undefined) context.skip(why)
}

/** Runs the command after a line of shell in a mount namespace of its own. */
function after(line: string): readonly string[] {
  return [...mounts, 'sh', '-c', `${line} && exec "$@"`, 'sh']
}

describe('without network', () => {
  it('everything works that needs none', async (context) => {
    needs(context, offline)
    const cwd = smallWorld()
    const verbs: readonly [argv: readonly string[], code: number][] = [
      [['plan', 'kas.yml'], 0],
      [['apply', 'kas.yml'], 0],
      [['lint', 'kas.yml'], 0],
      [['sbom', 'rootfs', '-o', 'x.json'], 0],
      [['verify', 'rootfs'], 1],
      [['report', 'rootfs'], 1],
      [['remove', 'kas.yml'], 0]
    ]
    for (const [argv, code] of verbs) {
      const ended = await run(argv, { cwd, inside: offline })
      expect(ended, `${argv.join(' ')}: ${ended.stderr}`).toMatchObject({ code })
    }
  })

  it('the embedded engine names the mirror that does not answer, and leaves nothing', async (context) => {
    needs(context, offline)
    const cwd = smallWorld()
    const before = filesOf(cwd)
    const mirrors = [
      '--mirror',
      'http://192.0.2.1/debian',
      '--security-mirror',
      'http://192.0.2.1/debian-security'
    ]
    const build = ['build', 'kas.yml', '--engine', 'mmdebstrap', '-o', 'image', ...mirrors]
    const ended = await run(build, { cwd, inside: offline })
    expect(ended.stderr).toMatch(/192\.0\.2\.1[^]*\[MIRROR_UNREACHABLE\]/)
    expect(ended).toMatchObject({ code: 3, stdout: '' })
    expect(filesOf(cwd)).toEqual(before)
  })
})

describe('a read-only project', () => {
  const readOnly = after('mount --bind . . && mount -o remount,bind,ro . && cd "$PWD"')

  it('can be looked at; what would have to write says what it can not write', async (context) => {
    needs(context, mounts)
    const cwd = smallWorld()
    const before = filesOf(cwd)
    for (const argv of [
      ['plan', 'kas.yml'],
      ['lint', 'kas.yml'],
      ['sbom', 'rootfs']
    ])
      expect(await run(argv, { cwd, inside: readOnly }), argv.join(' ')).toMatchObject({ code: 0 })
    expect(await run(['apply', 'kas.yml', '--check'], { cwd, inside: readOnly })).toMatchObject({ code: 1 })
    for (const argv of [
      ['apply', 'kas.yml'],
      ['report', 'rootfs'],
      ['sbom', 'rootfs', '-o', 'x.json'],
      ['ci', 'init', 'kas.yml']
    ]) {
      const ended = await run(argv, { cwd, inside: readOnly })
      expect(ended.stderr, argv.join(' ')).toMatch(/read-only file system.*\[NOT_WRITABLE\]/)
      expect(ended).toMatchObject({ code: 3, stdout: '' })
    }
    expect(filesOf(cwd)).toEqual(before)
  })

  it('that is up to date needs no change; remove says what it can not remove', async (context) => {
    needs(context, mounts)
    const cwd = smallWorld()
    expect(await run(['apply', 'kas.yml'], { cwd })).toMatchObject({ code: 0 })
    const before = filesOf(cwd)
    expect(await run(['apply', 'kas.yml'], { cwd, inside: readOnly })).toMatchObject({ code: 0 })
    const ended = await run(['remove', 'kas.yml'], { cwd, inside: readOnly })
    expect(ended.stderr).toContain('[NOT_WRITABLE]')
    expect(ended.code).toBe(3)
    expect(filesOf(cwd)).toEqual(before)
  })
})

describe('a full disk', () => {
  /** Runs on a disk of its own that holds the project and little more; `after/` holds what is on it at the end. */
  async function full(argv: readonly string[], left: string, old: Readonly<Record<string, string>>) {
    const project = smallWorld()
    for (const [path, text] of Object.entries(old)) {
      mkdirSync(join(project, path, '..'), { recursive: true })
      writeFileSync(join(project, path), text)
    }
    const cwd = temporaryDirectory()
    for (const folder of ['disk', 'after']) mkdirSync(join(cwd, folder))
    // Of 4 MiB only so much is left.
    const disk = `mount -t tmpfs -o size=4m tmpfs disk && cp -r ${project} disk/project`
    const fill = `head -c 8M /dev/zero >disk/fill 2>/dev/null; truncate -s -${left} disk/fill`
    const script = `${disk} && { ${fill}; (cd disk/project && "$@"); code=$?; cp -r disk/project/. after; exit $code; }`
    const ended = await run(argv, { cwd, inside: [...mounts, 'sh', '-c', script, 'sh'] })
    return { ended, before: filesOf(project), now: filesOf(join(cwd, 'after')) }
  }

  it.each([
    ['apply', ['apply', 'kas.yml'], '200K', {}],
    ['report', ['report', 'rootfs', '-o', 'reports'], '20K', { 'reports/report.html': 'the former one\n' }],
    ['sbom', ['sbom', 'rootfs', '-o', 'old.json'], '0', { 'old.json': 'the former one\n' }]
  ] as const)('%s leaves what was there, and says so', async (_verb, argv, left, old) => {
    const why = missing(mounts)
    if (why !== undefined) throw new Error(why)
    const { ended, before, now } = await full(argv, left, old)
    expect(ended.stderr).toContain('[DISK_FULL]')
    expect(ended).toMatchObject({ code: 3, stdout: '' })
    expect(now).toEqual(before)
  })
})

describe('two at once', () => {
  it('apply with different configurations: the project is as one of them says, whole', async (context) => {
    needs(context, [])
    const cwd = smallWorld()
    const levels = ['1', '2', '3']
    const ended = await Promise.all(levels.map((sl) => run(['apply', 'kas.yml', '--sl', sl], { cwd })))
    for (const { code, stderr } of ended)
      expect([code, code === 3 ? stderr : '[LOCKED]'], stderr).toEqual([
        code,
        expect.stringContaining('[LOCKED]')
      ])
    expect(ended.some(({ code }) => code === 0)).toBe(true)
    const checks = await Promise.all(
      levels.map((sl) => run(['apply', 'kas.yml', '--sl', sl, '--check'], { cwd }))
    )
    expect(checks.filter(({ code }) => code === 0)).toHaveLength(1)
    expect(await run(['remove', 'kas.yml'], { cwd })).toMatchObject({ code: 0 })
    expect(filesOf(cwd)).toEqual(filesOf(smallWorld()))
  })

  it('sbom and report into the same place: each file is whole', async (context) => {
    needs(context, [])
    const cwd = smallWorld()
    const verbs = [1, 2].flatMap(() => [
      ['sbom', 'rootfs', '-o', 'x.json'],
      ['report', 'rootfs', '-o', 'reports']
    ])
    const ended = await Promise.all(verbs.map((argv) => run(argv, { cwd, env: { SOURCE_DATE_EPOCH: '0' } })))
    expect(ended.map(({ code }) => code)).toEqual([0, 1, 0, 1])
    expect(JSON.parse(readFileSync(join(cwd, 'x.json'), 'utf8'))).toMatchObject({ bomFormat: 'CycloneDX' })
    expect(Object.keys(filesOf(join(cwd, 'reports')))).toEqual([
      'assessment.json',
      'junit.xml',
      'report.html',
      'report.md'
    ])
    JSON.parse(readFileSync(join(cwd, 'reports/assessment.json'), 'utf8'))
  })

  it('a build into a directory somebody builds into: the second says who is at work', async (context) => {
    needs(context, offline)
    const cwd = smallWorld()
    const build = ['build', 'kas.yml', '--engine', 'mmdebstrap', '-o', 'image']
    const both = await Promise.all([1, 2].map(() => run(build, { cwd, inside: offline })))
    const refused = both.filter(({ stderr }) => stderr.includes('[LOCKED]'))
    expect(refused).toHaveLength(1)
    expect(refused[0]?.stderr).toMatch(/Another kas-harden \(build, process \d+, since .*\) is at work here/)
    expect(both.map(({ code }) => code)).toEqual([3, 3])
  })
})
