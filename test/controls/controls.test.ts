import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cipPackages } from '../../lib/controls/reference-cip.ts'
import { catalogue, controls, profile } from './control-fixture.ts'

/** What a base layer can carry at most by our reading of the standard, and why where we claim something else. */
const { reading, why } = JSON.parse(
  readFileSync(new URL('../../scripts/docs/reading.json', import.meta.url), 'utf8')
) as { reading: Record<string, 'full' | 'partial' | 'none'>; why: Record<string, string> }

describe('the table in the README', () => {
  const readme = readFileSync(new URL('../../lib/controls/README.md', import.meta.url), 'utf8')
  const rows = readme
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 8 && /^\d$/.test(cells[3] ?? ''))

  it('is the list of controls we have', () => {
    expect(rows.map((cells) => cells[2]).sort()).toEqual(controls.map(({ id }) => id))
  })

  it.each(rows.map((cells) => [cells[2], cells] as const))('tells the truth about %s', (id, cells) => {
    const control = controls.find((one) => one.id === id)!
    const requirements = control.requirements
      .map((one) => one.id)
      .filter((one) => control.components !== undefined || !/^(SAR|HDR|NDR) /.test(one))
    expect(control.path).toBe(`lib/controls/${cells[1] ?? ''}/${control.id}/control.yml`)
    expect(cells.slice(3, 7)).toEqual([
      String(control.from),
      requirements.join(', '),
      control.settings.join(', ') || '-',
      control.site.join(', ') || '-'
    ])
  })
})

describe.each(controls.map((control) => [control.id, control] as const))('%s', (_, control) => {
  it('claims no more than a base layer can carry by our reading, unless it is said why', () => {
    for (const { id, contribution } of control.requirements.filter((one) => why[one.id] === undefined)) {
      expect(reading[id], id).not.toBe('none')
      if (contribution === 'full') expect(reading[id], id).toBe('full')
    }
  })

  it('serves something at the level from which it is chosen', () => {
    const levels = control.requirements.map(({ id }) => catalogue.byId.get(id)?.minSL)
    expect(levels.some((level) => level !== null && level !== undefined && level <= control.from)).toBe(true)
  })

  it('proves what it claims by checks, and no package alone', () => {
    expect(control.checks.some(({ type }) => type !== 'package')).toBe(true)
  })

  it('says what remains of each requirement it serves, and whose it is', () => {
    const rest = new Set(control.remains.map(({ requirement }) => requirement))
    expect(control.requirements.map(({ id }) => id).filter((id) => !rest.has(id))).toEqual([])
    expect(control.remains.every(({ owner }) => owner.length > 0)).toBe(true)
  })

  it('checks parameters by name, so that another value of a site does not fail', () => {
    const defaults = new Map(
      control.parameters.flatMap(({ name, default: value }) =>
        value === undefined ? [] : [[name, value] as const]
      )
    )
    const text = JSON.stringify(control.checks)
    for (const name of defaults.keys()) {
      if (['ssh.authorized_keys', 'banner.text'].includes(name)) continue
      if (name === 'firewall.ssh_rate') continue // inside the ruleset; the check asks for any limit
      if (name === 'boundary.untrusted') continue // checked by island-mode, of network devices
      if (control.id === 'audit-storage' && name.endsWith('space_left')) continue // checked by audit-storage-warning
      expect(text).toContain(`\${${name}}`)
    }
  })
})

describe('claims of several controls for one requirement', () => {
  const ids = [...new Set(controls.flatMap(({ requirements }) => requirements.map(({ id }) => id)))]

  it('need the same kind of proof', () => {
    const differing = ids.filter((id) => {
      const proofs = controls.flatMap(({ requirements }) =>
        requirements.filter((one) => one.id === id).map(({ proof }) => proof)
      )
      return new Set(proofs).size > 1
    })
    expect(differing).toEqual([])
  })

  it('hold at most one that says full, so that one set of checks proves it', () => {
    const twice = ids.filter(
      (id) =>
        controls.filter(({ requirements }) =>
          requirements.some((one) => one.id === id && one.contribution === 'full')
        ).length > 1
    )
    expect(twice).toEqual([])
  })
})

describe('lock-out', () => {
  it('is proven for ssh by limits of its own, for pam_faillock never sees a login by key', () => {
    const checks = controls.find(({ id }) => id === 'login-lockout')!.checks
    const keys = checks.flatMap((check) =>
      check.type === 'directive' && check.source === 'sshd' ? [check.key] : []
    )
    expect(keys).toEqual(expect.arrayContaining(['MaxAuthTries', 'PerSourceMaxStartups']))
    expect(checks.some((check) => check.type === 'nftables' && check.rateLimited)).toBe(true)
  })
})

describe("CIP's own list", () => {
  it('has 23 names on bookworm and 25 on trixie, sorted', () => {
    expect(cipPackages('bookworm')).toHaveLength(23)
    expect(cipPackages('bullseye')).toContain('libpam-cracklib')
    expect(cipPackages('trixie')).toHaveLength(25)
    expect(cipPackages('trixie')).toEqual([...cipPackages('trixie')].sort())
  })

  it('differs from ours by names a user can look at', () => {
    const ours = new Set(profile(['EDR'], 4).packages.map(({ name }) => name))
    const onlyCip = cipPackages('bookworm').filter((name) => !ours.has(name))
    expect(onlyCip).toEqual([
      'audispd-plugins',
      'fail2ban',
      'libpam-passwdqc',
      'libpam-pkcs11',
      'openssh-client',
      'openssh-sftp-server',
      'util-linux',
      'uuid-runtime'
    ])
  })
})
