import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { editIncludes } from '../../lib/kas/edit-file.ts'
import { runCli } from '../run-cli.ts'
import { plainProject, temporaryDirectory, writeProject } from '../temporary.ts'

let project: string
let kasFile: string
beforeEach(() => {
  project = writeProject(temporaryDirectory(), plainProject)
  kasFile = join(project, 'kas.yml')
})

function dump(chain: string): string {
  // kas needs an isar to find its build environment; dump writes nothing but this.
  return execFileSync('kas', ['dump', chain], {
    cwd: project,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: project, LC_ALL: 'C.UTF-8' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe']
  })
}

describe('apply --in-place', () => {
  it('includes the overlay so that the real kas builds it from the plain chain', async () => {
    const applied = await runCli(project, ['apply', 'kas.yml', '--in-place'])
    expect(applied.stderr).toContain('included the overlay in kas.yml')
    expect(applied.stdout).toBe('kas.yml\n')
    expect(readFileSync(kasFile, 'utf8')).toBe(
      plainProject['kas.yml'].replace(
        '  version: 14\n',
        '  version: 14\n  includes:\n    - kas-harden/harden.yml\n'
      )
    )
    const merged = dump('kas.yml')
    expect(merged).toContain('zz-kas-harden-packages')
    expect(merged).toContain('KAS_HARDEN_LOCKOUT_DENY = "5"')
    expect(merged).toContain('HOSTNAME = "gateway"')
  })

  it('changes nothing the second time, and --check says so', async () => {
    expect((await runCli(project, ['apply', 'kas.yml', '--in-place', '--check'])).code).toBe(1)
    expect(readFileSync(kasFile, 'utf8')).toBe(plainProject['kas.yml'])
    await runCli(project, ['apply', 'kas.yml', '--in-place'])
    const again = await runCli(project, ['apply', 'kas.yml', '--in-place', '--check'])
    expect(again.code).toBe(0)
    expect(again.stderr).toContain('up to date')
    const plainly = await runCli(project, ['apply', 'kas.yml'])
    expect(plainly.stdout).toBe('kas.yml\n')
  })

  it('writes nothing at all when the file cannot be edited', async () => {
    writeFileSync(kasFile, plainProject['kas.yml'].replace('header:', 'header: &h') + 'env: *h\n')
    const refused = await runCli(project, ['apply', 'kas.yml', '--in-place'])
    expect(refused.code).toBe(2)
    expect(existsSync(join(project, 'kas-harden'))).toBe(false)
  })

  it('keeps mode and link of the file', async () => {
    chmodSync(kasFile, 0o640)
    renameSync(kasFile, join(project, 'real.yml'))
    symlinkSync('real.yml', kasFile)
    await runCli(project, ['apply', 'kas.yml', '--in-place'])
    expect(lstatSync(kasFile).isSymbolicLink()).toBe(true)
    expect(statSync(join(project, 'real.yml')).mode & 0o777).toBe(0o640)
    expect(readFileSync(join(project, 'real.yml'), 'utf8')).toContain('kas-harden/harden.yml')
  })
})

describe('remove', () => {
  it('gives back the project as it was', async () => {
    const odd = `\ufeff${plainProject['kas.yml'].replaceAll('\n', '\r\n').trimEnd()}`
    writeFileSync(kasFile, odd)
    const before = readdirSync(project)
    await runCli(project, ['apply', 'kas.yml', '--in-place'])
    const removed = await runCli(project, ['remove', 'kas.yml'])
    expect(removed.code).toBe(0)
    expect(readFileSync(kasFile, 'utf8')).toBe(odd)
    expect(readdirSync(project)).toEqual(before)
    expect((await runCli(project, ['remove', 'kas.yml'])).stderr).toContain('Nothing to remove')
  })

  it('keeps what somebody changed or put beside it', async () => {
    await runCli(project, ['apply', 'kas.yml', '--in-place'])
    const overlay = join(project, 'kas-harden', 'harden.yml')
    writeFileSync(overlay, `${readFileSync(overlay, 'utf8')}# mine\n`)
    writeFileSync(join(project, 'kas-harden', 'notes.txt'), 'mine')
    const removed = await runCli(project, ['remove', 'kas.yml'])
    expect(removed.stderr).toContain('kept kas-harden/harden.yml')
    expect(readdirSync(join(project, 'kas-harden')).sort()).toEqual([
      'applied.json',
      'harden.yml',
      'notes.txt'
    ])
  })

  it('never follows the record out of our folder', async () => {
    await runCli(project, ['apply', 'kas.yml'])
    const record = join(project, 'kas-harden', 'applied.json')
    const text = readFileSync(record, 'utf8')
    const digest = /"kas-harden\/harden\.yml": "([^"]+)"/.exec(text)?.[1] ?? ''
    writeFileSync(join(project, 'precious'), readFileSync(join(project, 'kas-harden', 'harden.yml')))
    symlinkSync('..', join(project, 'kas-harden', 'up'))
    writeFileSync(
      record,
      text.replace(
        '"files": {',
        `"files": {\n"kas-harden/../precious": "${digest}",\n"kas-harden/up/precious": "${digest}",`
      )
    )
    await runCli(project, ['remove', 'kas.yml'])
    expect(existsSync(join(project, 'precious'))).toBe(true)
  })
})

describe('several runs at once', () => {
  it('leave the file with the include once, or without it, never in between', async () => {
    const original = readFileSync(kasFile, 'utf8')
    await editIncludes(kasFile, 'add', 'kas-harden/harden.yml')
    const edited = readFileSync(kasFile, 'utf8')
    const actions = Array.from({ length: 30 }, (_, n) => (n % 3 === 0 ? 'remove' : 'add'))
    const done = await Promise.allSettled(
      actions.map((action) => editIncludes(kasFile, action, 'kas-harden/harden.yml'))
    )
    expect(done.filter((one) => one.status === 'fulfilled').length).toBeGreaterThan(0)
    expect([original, edited]).toContain(readFileSync(kasFile, 'utf8'))
    expect(readdirSync(project).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})
