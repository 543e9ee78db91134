import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { runCli } from '../run-cli.ts'
import { plainProject, temporaryDirectory, writeProject } from '../temporary.ts'

let project: string
beforeEach(() => {
  project = writeProject(temporaryDirectory(), plainProject)
})

const overlay = () => join(project, 'kas-harden', 'harden.yml')

function allFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('/.git/'))
    .sort()
}

describe('plan', () => {
  it('shows requirement, control, packages, settings, what may break and what stays open', async () => {
    const { code, stdout } = await runCli(project, ['plan', 'kas.yml'])
    expect(code).toBe(0)
    expect(stdout).toContain('EDR, aimed SL-C 2')
    expect(stdout).toMatch(/CR 1\.11 {2}Unsuccessful login attempts\n {2}[=~] login-lockout/)
    expect(stdout).toMatch(/packages: .*libpam-pwquality/)
    expect(stdout).toMatch(/Open: \d+ of 65 requirements/)
    expect(stdout).toMatch(/- CCSC 4 {2}/)
    expect(stdout).toContain('firewall: Whoever is outside the management networks')
    expect(stdout).toContain('KAS_HARDEN_LOCKOUT_DENY = "5"')
    expect(stdout).toContain('kas build kas.yml:kas-harden/harden.yml')
  })

  it('changes nothing', async () => {
    const before = allFiles(project)
    await runCli(project, ['plan', 'kas.yml'])
    expect(allFiles(project)).toEqual(before)
  })

  it('every requirement is either served or listed as open', async () => {
    const { stdout } = await runCli(project, ['plan', 'kas.yml', '--json'])
    const plan = JSON.parse(stdout) as {
      requirements: { id: string; controls: unknown[] }[]
      open: { id: string }[]
    }
    const unserved = plan.requirements.filter((one) => one.controls.length === 0).map((one) => one.id)
    expect(plan.requirements).toHaveLength(65)
    expect(plan.open.map((one) => one.id)).toEqual(unserved)
  })

  it('takes the release from the chain: trixie gets systemd-cryptsetup, bookworm must not', async () => {
    const packages = async () => {
      const { stdout } = await runCli(project, ['plan', 'kas.yml', '--json'])
      return (JSON.parse(stdout) as { packages: { name: string }[] }).packages.map((one) => one.name)
    }
    expect(await packages()).not.toContain('systemd-cryptsetup')
    writeFileSync(join(project, 'kas.yml'), plainProject['kas.yml'].replace('bookworm', 'trixie'))
    expect(await packages()).toContain('systemd-cryptsetup')
  })
})

describe('apply', () => {
  it('writes below kas-harden/ only and prints the chain to build', async () => {
    const before = new Map(allFiles(project).map((path) => [path, readFileSync(path, 'utf8')]))
    const { code, stdout } = await runCli(project, ['apply', 'kas.yml'])
    expect(code).toBe(0)
    expect(stdout).toBe('kas.yml:kas-harden/harden.yml\n')
    for (const path of allFiles(project)) {
      if (before.has(path)) expect(readFileSync(path, 'utf8')).toBe(before.get(path))
      else expect(path.startsWith(join(project, 'kas-harden/'))).toBe(true)
    }
    expect(existsSync(join(project, 'kas-harden/layer/conf/layer.conf'))).toBe(true)
    const rules = join(project, 'kas-harden/layer/recipes-security/kas-harden-settings/files/debian/rules')
    expect(statSync(rules).mode & 0o111).toBe(0o111)
  })

  it('changes nothing the second time, and --check tells drift by exit code 1', async () => {
    expect((await runCli(project, ['apply', 'kas.yml', '--check'])).code).toBe(1)
    expect(existsSync(join(project, 'kas-harden'))).toBe(false)
    await runCli(project, ['apply', 'kas.yml'])
    const before = allFiles(project).map((path) => [path, statSync(path).mtimeMs])
    const again = await runCli(project, ['apply', 'kas.yml'])
    expect(again.stderr).toContain('up to date')
    expect(allFiles(project).map((path) => [path, statSync(path).mtimeMs])).toEqual(before)
    expect((await runCli(project, ['apply', 'kas.yml', '--check'])).code).toBe(0)
    // The chain that already names the overlay means the same.
    expect((await runCli(project, ['apply', 'kas.yml:kas-harden/harden.yml', '--check'])).code).toBe(0)
    writeFileSync(join(project, 'kas-harden.yml'), plainProject['kas-harden.yml'] + '  password.minlen: 16\n')
    const drift = await runCli(project, ['apply', 'kas.yml', '--check'])
    expect(drift.code).toBe(1)
    expect(drift.stderr).toContain('would write kas-harden/harden.yml')
    await runCli(project, ['apply', 'kas.yml'])
    expect(readFileSync(overlay(), 'utf8')).toContain('KAS_HARDEN_PASSWORD_MINLEN = "16"')
  })

  it('does not overwrite what somebody changed by hand', async () => {
    await runCli(project, ['apply', 'kas.yml'])
    const edited = readFileSync(overlay(), 'utf8').replace('DENY = "5"', 'DENY = "50"')
    writeFileSync(overlay(), edited)
    const refused = await runCli(project, ['apply', 'kas.yml'])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('kas-harden/harden.yml')
    expect(readFileSync(overlay(), 'utf8')).toBe(edited)
    expect((await runCli(project, ['apply', 'kas.yml', '--force'])).code).toBe(0)
    expect(readFileSync(overlay(), 'utf8')).toContain('DENY = "5"')
  })

  it('removes files of an older version, but nothing a forged record names outside its folder', async () => {
    await runCli(project, ['apply', 'kas.yml'])
    const record = join(project, 'kas-harden', 'applied.json')
    const read = JSON.parse(readFileSync(record, 'utf8')) as { files: Record<string, string> }
    mkdirSync(join(project, 'kas-harden/layer/old'))
    writeFileSync(join(project, 'kas-harden/layer/old/gone.bb'), '')
    writeFileSync(join(project, 'precious'), '')
    for (const path of ['kas-harden/layer/old/gone.bb', 'precious', 'kas-harden/../kas.yml']) {
      read.files[path] = 'x'
    }
    writeFileSync(record, JSON.stringify(read))
    expect((await runCli(project, ['apply', 'kas.yml'])).code).toBe(0)
    expect(existsSync(join(project, 'kas-harden/layer/old/gone.bb'))).toBe(false)
    expect(existsSync(join(project, 'precious'))).toBe(true)
    expect(existsSync(join(project, 'kas.yml'))).toBe(true)
  })

  it('works on a project in a path with spaces', async () => {
    const spaced = join(project, 'my product')
    mkdirSync(spaced)
    writeProject(spaced, plainProject)
    const { code, stdout } = await runCli(spaced, ['apply', 'kas.yml'])
    expect(code).toBe(0)
    expect(stdout).toBe('kas.yml:kas-harden/harden.yml\n')
    rmSync(spaced, { recursive: true })
  })
})

describe('the overlay', () => {
  it('is what the real kas reads: schema, layer, and every line of local.conf', async () => {
    await runCli(project, ['apply', 'kas.yml'])
    const dump = execFileSync('kas', ['dump', '--format', 'json', 'kas.yml:kas-harden/harden.yml'], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe']
    })
    const merged = JSON.parse(dump.toString()) as {
      repos: Record<string, { layers?: Record<string, unknown> }>
      local_conf_header: Record<string, string>
    }
    expect(Object.keys(merged.repos['kas-harden']?.layers ?? {})).toEqual(['kas-harden/layer'])
    const ours = Object.keys(merged.local_conf_header).filter((key) => key.startsWith('zz-kas-harden-'))
    expect(ours).toEqual([
      'zz-kas-harden-accounts',
      'zz-kas-harden-kernel',
      'zz-kas-harden-packages',
      'zz-kas-harden-parameters',
      'zz-kas-harden-settings'
    ])
    expect(merged.local_conf_header['zz-kas-harden-settings']).toContain('sshd-regen-keys')
    // isar installs without Recommends, and aide without aide-common has no configuration
    expect(merged.local_conf_header['zz-kas-harden-packages']).toContain('" aide-common"')
    expect(merged.local_conf_header['product']).toContain('gateway')
    expect(readFileSync(overlay(), 'utf8').split('\n').slice(0, 2)).toEqual([
      expect.stringMatching(/^# yaml-language-server: \$schema=/),
      '# SPDX-License-Identifier: Apache-2.0'
    ])
  })
})
