import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { initCi } from '../../lib/flow/ci-init.ts'

describe('ci init', () => {
  let cwd: string
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'kas-harden-ci-'))
  })
  afterEach(() => {
    rmSync(cwd, { recursive: true })
  })
  const pipeline = () => readFileSync(join(cwd, '.gitlab-ci.yml'), 'utf8')
  const write = (text: string) => {
    writeFileSync(join(cwd, '.gitlab-ci.yml'), text)
  }
  const ours = { local: '/.gitlab/kas-harden.yml', inputs: { chain: 'kas.yml', security_level: [3] } }
  const init = (more = {}) => initCi({ chain: 'kas.yml', securityLevels: [3], ...more }, { cwd })

  it('makes a pipeline where there is none, with the component beside it', async () => {
    expect((await init()).written).toEqual(['.gitlab/kas-harden.yml', '.gitlab-ci.yml'])
    expect(parse(pipeline())).toEqual({ include: [ours] })
    expect(readFileSync(join(cwd, '.gitlab/kas-harden.yml'), 'utf8')).toContain('spec:')
    expect((await init()).written).toEqual([])
  })

  it.each([
    ['no include', '# ours\nstages: [test]\njob: {script: [make]} # build'],
    [
      'a list',
      'include:\n- project: group/ci\n  file: base.yml # pinned\n\njob:\n  script: !reference [.x, script]\n'
    ],
    ['an indented list', 'include:\n    - local: a.yml\n    # the last one\njob:\n  script: make\n'],
    ['a list at the end', 'include:\n  - local: a.yml'],
    ['nothing', '']
  ])('keeps every byte of a pipeline with %s', async (_, before) => {
    write(before)
    await init()
    const after = pipeline()
    const lines = after.split('\n')
    for (const line of before.split('\n')) expect(lines).toContain(line)
    expect((parse(after, { logLevel: 'silent' }) as { include: unknown[] }).include.at(-1)).toEqual(ours)
    expect((await init()).written).toEqual([])
  })

  it.each(['include: base.yml\n', 'include: [base.yml]\n', '- a\n- b\n', 'a: [\n'])(
    'refuses %j, writes nothing and says what to add',
    async (text) => {
      write(text)
      await expect(init()).rejects.toMatchObject({
        code: 'CI_EDIT_REFUSED',
        hint: expect.stringContaining('chain: kas.yml') as string
      })
      expect(pipeline()).toBe(text)
      expect(existsSync(join(cwd, '.gitlab'))).toBe(false)
    }
  )

  it('takes the component of a fleet, whose boards stand in kas-harden.yml', async () => {
    const fleet = { chain: 'kas.yml', fleet: true }
    const { written } = await initCi(fleet, { cwd })
    expect(written).toEqual(['.gitlab/kas-harden-fleet.yml', '.gitlab-ci.yml'])
    expect(parse(pipeline())).toEqual({
      include: [{ local: '/.gitlab/kas-harden-fleet.yml', inputs: { chain: 'kas.yml' } }]
    })
    expect((await initCi(fleet, { cwd })).written).toEqual([])
    await expect(initCi({ ...fleet, boards: ['x'] }, { cwd })).rejects.toMatchObject({
      code: 'CI_FLEET_OPTION'
    })
  })

  it('says what the pipeline will need and is not there yet', async () => {
    expect((await init({ chain: 'kas.yml:opt.yml' })).missing).toEqual([
      'kas.yml',
      'opt.yml',
      'kas-harden.yml'
    ])
    for (const name of ['kas.yml', 'kas-harden.yml']) writeFileSync(join(cwd, name), '')
    expect((await init()).missing).toEqual([])
  })

  it('writes nothing when only asked', async () => {
    expect((await init({ check: true })).written).toHaveLength(2)
    expect(existsSync(join(cwd, '.gitlab-ci.yml'))).toBe(false)
  })
})
