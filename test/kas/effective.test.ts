import { describe, expect, it } from 'vitest'
import { effectiveConfiguration } from '../../lib/kas/effective.ts'
import { readKasProject } from '../../lib/kas/project.ts'

const fixtures = new URL('../fixtures/kas/', import.meta.url).pathname

describe('effectiveConfiguration', () => {
  it('reads packages, recipes, accounts and our variables from a plain project', async () => {
    const project = await readKasProject('plain/kas.yml', { cwd: fixtures, env: {} })
    const effective = effectiveConfiguration(project)
    expect(effective).toMatchObject({
      machine: 'qemuamd64',
      distro: 'debian-bookworm',
      arch: 'amd64',
      installPackages: ['auditd', 'nftables'],
      isarRecipes: ['hello', 'kas-harden-pam'],
      kernelName: 'amd64',
      harden: { KAS_HARDEN_X: '1' },
      findings: []
    })
    expect(effective.users).toMatchObject([{ name: 'root', password: 'root', clearText: true }])
    expect(effective.onlyIsar).toEqual([
      {
        variable: 'IMAGE_INSTALL',
        value: 'hello',
        origin: { path: `${fixtures}plain/kas.yml`, line: 21 },
        reason: expect.any(String) as string
      }
    ])
  })
})
