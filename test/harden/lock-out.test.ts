import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadControls } from '../../lib/controls/load-controls.ts'
import { runCli } from '../run-cli.ts'
import { plainProject, temporaryDirectory, writeProject } from '../temporary.ts'

interface Planned {
  findings: { code: string; severity: string; message: string; hint?: string }[]
  breaks: { control: string; what: string }[]
}

function projectWith(config: string, kas: string = plainProject['kas.yml']): string {
  return writeProject(temporaryDirectory(), { 'kas.yml': kas, 'kas-harden.yml': config })
}

async function planned(project: string, ...more: string[]): Promise<Planned> {
  const { code, stdout, stderr } = await runCli(project, ['plan', 'kas.yml', '--json', ...more])
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as Planned
}

const own = plainProject['kas-harden.yml']
const sar = own.replace('[EDR]', '[SAR]')

describe('the second factor', () => {
  it('says before it is built that nobody gets in without being enrolled, and how to enrol', async () => {
    const { findings } = await planned(projectWith(own), '--sl', '3')
    const enrolment = findings.find((one) => one.code === 'SECOND_FACTOR_ENROLMENT')
    expect(enrolment).toMatchObject({ severity: 'warning' })
    expect(enrolment?.hint).toContain('kas-harden-mfa-enrol')
  })

  it('names the accounts it shuts out: ssh asks for a password that they have not', async () => {
    const { findings } = await planned(projectWith(own), '--sl', '3')
    const shut = findings.find((one) => one.code === 'SECOND_FACTOR_NO_PASSWORD')
    expect(shut).toMatchObject({ severity: 'warning' })
    expect(shut?.message).toContain(": op can't log in")
  })

  it('is refused where it would lock everybody out', async () => {
    const project = projectWith(own.replace(/\n +passwordHash: .*/, ''))
    const { code, stderr } = await runCli(project, ['plan', 'kas.yml', '--sl', '3'])
    expect(code).toBe(2)
    expect(stderr).toContain('nobody could log in')
    expect((await runCli(project, ['plan', 'kas.yml', '--sl', '2'])).code).toBe(0)
  })

  it('is not spoken of below SL-3', async () => {
    const { findings } = await planned(projectWith(own))
    expect(findings.filter((one) => one.code.startsWith('SECOND_FACTOR'))).toEqual([])
  })
})

describe('a software application', () => {
  it('is no whole Debian: without a name there is no plan', async () => {
    const { code, stderr } = await runCli(projectWith(sar), ['plan', 'kas.yml'])
    expect(code).toBe(2)
    expect(stderr).toContain('a whole Debian image is no application')
    expect(stderr).toContain('application: NAME')
  })

  it('has a plan with its name', async () => {
    const project = projectWith(sar.replace("edition: '2019'", "edition: '2019'\n  application: plc-runtime"))
    await planned(project)
  })
})

describe('usbguard of the project', () => {
  it('is warned of, and only where it is installed', async () => {
    const project = projectWith(own)
    const codes = async () => (await planned(project)).findings.map((one) => one.code)
    expect(await codes()).not.toContain('USBGUARD_WITHOUT_RULES')
    writeFileSync(join(project, 'kas.yml'), plainProject['kas.yml'].replace('dhcpcd', 'dhcpcd usbguard'))
    expect(await codes()).toContain('USBGUARD_WITHOUT_RULES')
  })
})

describe('what a plan may break (CCSC 1)', () => {
  it.each([
    'ldisc_autoload',
    'rp_filter',
    '/dev/shm is noexec',
    'even_deny_root',
    'panic_on_oops',
    'usbguard',
    'PrivateDevices'
  ])('speaks of %s', async (what) => {
    const { breaks } = await planned(projectWith(own))
    expect(breaks.some((one) => one.what.includes(what))).toBe(true)
  })

  it('is printed for people as well', async () => {
    const { stdout, stderr } = await runCli(projectWith(own), ['plan', 'kas.yml', '--sl', '3'])
    for (const what of ['password.max_days', 'even_deny_root', 'panic_on_oops', 'usbguard', 'PrivateDevices'])
      expect(`${stdout}${stderr}`.replace(/\s+/g, ' ')).toContain(what)
  })

  it('is said by every control that changes the device', async () => {
    const { controls } = await loadControls()
    // It only adds a list that is there anyway, or looks at files of others.
    const harmless = ['component-inventory', 'shared-keys']
    const silent = controls
      .filter(({ settings, site, cmdline }) => [...settings, ...site, ...cmdline].length > 0)
      .filter(({ breaks, id }) => breaks.length === 0 && !harmless.includes(id))
    expect(silent.map(({ id }) => id)).toEqual([])
  })

  it('speaks of ageing passwords from SL-3', async () => {
    const { breaks } = await planned(projectWith(own), '--sl', '3')
    expect(breaks.some((one) => one.what.includes('password.max_days'))).toBe(true)
  })
})
