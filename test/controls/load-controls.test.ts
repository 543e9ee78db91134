import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatFinding } from '../../lib/base/code-frame.ts'
import { loadControls } from '../../lib/controls/load-controls.ts'

const own = `id: fieldbus-login
title: Authenticate the fieldbus configuration tool
rationale: Our own protocol.
from: 1
requirements:
  - { id: CR 1.1, contribution: partial, covers: The configuration tool., proof: running }
checks:
  - { id: length, title: Length, type: directive, source: pwquality, key: minlen, op: '>=', value: '\${password.minlen}' }
`

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'controls-test-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function write(path: string, text: string): Promise<string> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  return file
}

async function errors(): Promise<string[]> {
  const { findings } = await loadControls([folder])
  return findings.filter(({ severity }) => severity === 'error').map((finding) => formatFinding(finding))
}

describe('built-in controls', () => {
  it('load without a finding', async () => {
    const { controls, findings } = await loadControls()
    expect(findings).toEqual([])
    expect(controls.length).toBeGreaterThan(0)
    expect(
      controls.every(({ origin, path, id }) => origin === 'built-in' && path.endsWith(`/${id}/control.yml`))
    ).toBe(true)
  })
})

describe("a user's folder", () => {
  it('adds a control that may refer to parameters of built-in ones', async () => {
    const file = await write('plant/fieldbus-login/control.yml', own)
    const { controls, findings } = await loadControls([folder])
    expect(findings).toEqual([])
    expect(controls.find(({ id }) => id === 'fieldbus-login')).toMatchObject({
      origin: 'user',
      path: file,
      packages: []
    })
  })

  it('replaces a built-in control of the same id and says so', async () => {
    await write('login-lockout/control.yml', own.replace('fieldbus-login', 'login-lockout'))
    const before = await loadControls()
    const { controls, findings } = await loadControls([folder])
    expect(controls).toHaveLength(before.controls.length)
    expect(controls.find(({ id }) => id === 'login-lockout')?.title).toBe(
      'Authenticate the fieldbus configuration tool'
    )
    expect(findings.map(({ code, severity }) => [code, severity])).toContainEqual([
      'CONTROL_REPLACED',
      'info'
    ])
  })

  it('names file, line and column of broken YAML, and keeps the other controls', async () => {
    const file = await write('fieldbus-login/control.yml', own.replace('from: 1', 'from: [1'))
    const before = await loadControls()
    const { controls } = await loadControls([folder])
    expect(controls).toHaveLength(before.controls.length)
    expect((await errors())[0]).toMatch(new RegExp(`^${file}:5:1: error: Not valid YAML`))
  })

  it.each([
    ['from: 1', 'from: 7', '7', 'CONTROL_SCHEMA'],
    ['from: 1', 'from: 1\nfrobnicate: yes', 'frobnicate', 'CONTROL_SCHEMA'],
    ['rationale: Our own protocol.\n', '', 'id: fieldbus-login', 'CONTROL_SCHEMA'],
    ['type: directive', 'type: horoscope', 'horoscope', 'CONTROL_SCHEMA'],
    ['source: pwquality', 'source: tea-leaves', 'tea-leaves', 'CONTROL_SCHEMA'],
    ['id: CR 1.1,', 'id: CR 99.1,', 'CR 99.1', 'REQUIREMENT_UNKNOWN'],
    ['id: CR 1.1,', 'id: CR 1.6,', 'CR 1.6', 'REQUIREMENT_UNKNOWN'],
    [', covers: The configuration tool.', '', '{ id: CR 1.1', 'REQUIREMENT_COVERS'],
    ['from: 1', 'from: 1\nonlyWith: [password.minlen]', 'password.minlen]', 'ONLY_WITH_UNKNOWN'],
    ['id: length,', 'id: length, for: [CR 7.8],', '[CR 7.8]', 'CHECK_UNSERVED'],
    ['password.minlen', 'password.minlne', '{ id: length', 'PARAMETER_UNDECLARED'],
    ['id: fieldbus-login', 'id: other-name', 'other-name', 'CONTROL_FOLDER_NAME'],
    ['from: 1', 'from: 1\npackages: [{ name: x, for: CR 7.8, why: y }]', 'CR 7.8', 'PACKAGE_UNJUSTIFIED'],
    ["op: '>=', value: '${password.minlen}'", "op: matches, value: '('", '{ id: length', 'CHECK_REGEX'],
    [
      'from: 1',
      'from: 1\nparameters: [{ name: lockout.deny, title: x, type: integer }]',
      'lockout.deny',
      'PARAMETER_DUPLICATE'
    ],
    [
      'from: 1',
      'from: 1\nparameters: [{ name: a.b, title: x, type: integer, default: 9, maximum: 3 }]',
      '9, maximum',
      'PARAMETER_DEFAULT'
    ]
  ])('points at the mistake: %s -> %s', async (from, to, mark, code) => {
    const text = own.replace(from, to)
    const file = await write('fieldbus-login/control.yml', text)
    const before = text.slice(0, text.indexOf(mark)).split('\n')
    const place = `${before.length}:${(before.at(-1) ?? '').length + 1}`
    const found = await errors()
    expect(found.map((text) => text.split('\n')[0])).toContainEqual(
      expect.stringMatching(new RegExp(`^${file}:${place}: error: .*\\[${code}\\]$`)) as string
    )
  })

  it('refuses two controls with one id and keeps the first', async () => {
    const first = await write('a/fieldbus-login/control.yml', own)
    const second = await write('b/fieldbus-login/control.yml', own)
    expect((await errors())[0]).toContain(`${second}:1:5`)
    const { controls } = await loadControls([folder])
    expect(controls.find(({ id }) => id === 'fieldbus-login')?.path).toBe(first)
  })

  it('that is not there is an error, one without controls a warning', async () => {
    const missing = await loadControls([join(folder, 'nowhere')])
    expect(missing.findings.map(({ code, severity }) => [code, severity])).toEqual([
      ['CONTROL_FOLDER', 'error']
    ])
    const empty = await loadControls([folder])
    expect(empty.findings.map(({ code, severity }) => [code, severity])).toEqual([
      ['CONTROL_FOLDER_EMPTY', 'warning']
    ])
  })

  it('with a YAML bomb is refused, not unfolded', async () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map(
        (name, index) =>
          `${name}: &${name} [${Array(9)
            .fill(`*${'abcdefgh'[index] ?? ''}`)
            .join(',')}]`
      )
    ]
    await write('bomb/control.yml', bomb.join('\n'))
    expect((await errors())[0]).toContain('Too many YAML aliases')
  })
})
