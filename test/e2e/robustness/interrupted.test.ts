import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { plainProject, temporaryDirectory, writeProject } from '../../temporary.ts'
import { filesOf, missing, run, start, until } from './process.ts'

beforeEach((context) => {
  const why = missing()
  if (why !== undefined) context.skip(why)
})

/** Points of an apply: when something is there. */
const points: readonly [name: string, isThere: (project: string, said: string) => boolean][] = [
  ['while it plans', (project) => existsSync(join(project, '.kas-harden.lock'))],
  [
    'while it writes beside the places of its files',
    (project) => existsSync(join(project, 'kas-harden/layer'))
  ],
  ['when the record is there', (project) => existsSync(join(project, 'kas-harden/applied.json'))],
  ['when the overlay is there', (project) => existsSync(join(project, 'kas-harden/harden.yml'))]
]

describe('apply, interrupted', () => {
  it.each(
    points.flatMap(([name, is]) => (['SIGINT', 'SIGTERM'] as const).map((signal) => ({ name, is, signal })))
  )('$name by $signal, leaves the project as it was, or applied', async ({ is, signal }) => {
    const project = writeProject(temporaryDirectory(), plainProject)
    const running = start(['apply', 'kas.yml', '--in-place'], { cwd: project })
    await until(running, () => is(project, running.said()))
    running.send(signal)
    const { code, stderr } = await running.ended
    expect([0, 130]).toContain(code)
    if (code === 130) {
      expect(stderr).toContain('INTERRUPTED')
      expect(filesOf(project)).toEqual(plainProject)
    } else
      expect(await run(['apply', 'kas.yml', '--in-place', '--check'], { cwd: project })).toMatchObject({
        code: 0
      })
  })

  it.each(points.slice(1, 3))(
    '%s by SIGKILL, goes on at the next apply, with another configuration too',
    async (_name, is) => {
      const project = writeProject(temporaryDirectory(), plainProject)
      const running = start(['apply', 'kas.yml', '--in-place'], { cwd: project })
      await until(running, () => is(project, running.said()))
      running.send('SIGKILL')
      await running.ended
      const other = ['apply', 'kas.yml', '--in-place', '--sl', '1']
      expect(await run(other, { cwd: project })).toMatchObject({ code: 0 })
      expect(await run([...other, '--check'], { cwd: project })).toMatchObject({ code: 0 })
      expect(await run(['remove', 'kas.yml'], { cwd: project })).toMatchObject({ code: 0 })
      const left = Object.keys(filesOf(project)).filter((path) => !/\.lock\.\w+$/.test(path))
      expect(left).toEqual(Object.keys(plainProject).sort())
    }
  )
})

describe('what reads an image, interrupted', () => {
  /** A tar that takes a while to read: many files. */
  function image(directory: string): string {
    const root = join(directory, 'root')
    mkdirSync(join(root, 'var/lib/dpkg'), { recursive: true })
    mkdirSync(join(root, 'etc'))
    writeFileSync(join(root, 'etc/os-release'), 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n')
    const stanza = (n: number) =>
      `Package: p${n}\nStatus: install ok installed\nMaintainer: A <a@b.example>\nArchitecture: amd64\nVersion: 1\nDescription: x\n\n`
    writeFileSync(
      join(root, 'var/lib/dpkg/status'),
      Array.from({ length: 300 }, (_, n) => stanza(n)).join('')
    )
    mkdirSync(join(root, 'usr/lib'), { recursive: true })
    writeFileSync(join(root, 'usr/lib/large'), Buffer.alloc(300 * 1024 * 1024))
    execFileSync('tar', ['-cJf', join(directory, 'image.tar.xz'), '-C', root, '.'], {
      env: { ...process.env, XZ_OPT: '-0' }
    })
    execFileSync('rm', ['-rf', root])
    return 'image.tar.xz'
  }

  it('sbom, verify and report leave the former result, no other file and no process', async () => {
    const directory = temporaryDirectory()
    const file = image(directory)
    mkdirSync(join(directory, 'tmp'))
    mkdirSync(join(directory, 'reports'))
    writeFileSync(join(directory, 'old.cdx.json'), 'the former one\n')
    writeFileSync(join(directory, 'reports/report.html'), 'the former one\n')
    const before = readdirSync(directory, { recursive: true }).sort()
    const target = ['--sl', '1', '--component', 'EDR']
    const verbs = [
      ['sbom', file, '-o', 'old.cdx.json'],
      ['verify', file, ...target],
      ['report', file, ...target, '-o', 'reports']
    ]
    for (const argv of verbs) {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        const running = start(argv, { cwd: directory, env: { TMPDIR: join(directory, 'tmp') } })
        await until(running, () => xzReads(directory))
        running.send(signal)
        expect(await running.ended).toMatchObject({ code: 130, stdout: '' })
        expect(running.said()).toContain('[INTERRUPTED]')
        expect(readdirSync(directory, { recursive: true }).sort()).toEqual(before)
        expect(filesOf(join(directory, 'reports'))).toEqual({ 'report.html': 'the former one\n' })
        expect(xzReads(directory)).toBe(false)
      }
    }
  })

  /** Whether a decompressor works in the directory. */
  function xzReads(directory: string): boolean {
    return readdirSync('/proc').some((pid) => {
      if (!/^\d+$/.test(pid)) return false
      try {
        const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        return args.startsWith('xz') && args.includes(directory)
      } catch {
        return false
      }
    })
  }
})
