import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { runCli } from '../run-cli.ts'
import { plainProject, temporaryDirectory, writeProject } from '../temporary.ts'

const secret = 'fjord-Lamp-27'
const bad = `${plainProject['kas.yml']}    USERS += "op"
    USER_op[password] = "${secret}"
    USER_op[flags] = "clear-text-password"
    IMAGE_PREINSTALL:remove = "auditd"
    SWU_SIGNED = "0"
`

function project(kas: string): string {
  return writeProject(temporaryDirectory(), { ...plainProject, 'kas.yml': kas })
}

describe('kas-harden lint', () => {
  it('writes the JSON its published schema describes', async () => {
    const schema = new URL('../../schemas/lint.schema.json', import.meta.url)
    const ajv = new Ajv({ strict: false, allErrors: true })
    const validate = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')) as object)
    for (const kas of [bad, plainProject['kas.yml']]) {
      const { stdout } = await runCli(project(kas), ['lint', 'kas.yml', '--json'])
      expect(validate(JSON.parse(stdout)), ajv.errorsText(validate.errors)).toBe(true)
    }
    expect(validate({ findings: [{ code: 'X', severity: 'fatal', message: 'm' }] })).toBe(false)
  })

  it('fails the gate with file, line, requirement, code frame and remedy', async () => {
    const { code, stdout } = await runCli(project(bad), ['lint', 'kas.yml'])
    expect(code).toBe(1)
    expect(stdout).toContain(
      'kas.yml:16:5: error: SWU_SIGNED is off (EDR 3.10 RE(1), CR 3.4 RE(1)) [LINT_SWU_UNSIGNED]'
    )
    expect(stdout).toContain('16 |     SWU_SIGNED = "0"\n         ^^^^^^^^^^^^^^^^')
    expect(stdout).toContain('takes away auditd, which CR')
    expect(stdout).toMatch(/\d errors, \d warnings?, \d notes?\n$/)
  })

  it.each([[[]], [['--json']], [['--sarif']]])('never prints the password it found: %s', async (options) => {
    const { stdout, stderr } = await runCli(project(bad), ['lint', 'kas.yml', ...options])
    expect(stdout).toContain('LINT_CLEAR_TEXT_PASSWORD')
    expect(stdout + stderr).not.toContain(secret)
  })

  it('passes a project whose findings are no errors, and our own overlay', async () => {
    const root = project(plainProject['kas.yml'])
    await runCli(root, ['apply', 'kas.yml', '--in-place'])
    const { code, stdout } = await runCli(root, ['lint', 'kas.yml'])
    expect(stdout).not.toContain('error:')
    expect(code).toBe(0)
  })

  it('says what is wrong with a chain that kas would refuse', async () => {
    const { code, stderr } = await runCli(project('machine: x\n'), ['lint', 'kas.yml'])
    expect(code).toBe(2)
    expect(stderr).toContain('header')
  })
})
