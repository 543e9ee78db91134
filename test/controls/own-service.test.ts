import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { assess } from '../../lib/assess/assess.ts'
import { resolveParameters } from '../../lib/controls/parameters.ts'
import { profileFor } from '../../lib/controls/profile.ts'
import { openSession } from '../../lib/flow/session.ts'
import { verify } from '../../lib/verify/verify.ts'
import { collectingIo } from '../run-cli.ts'
import { treeImage, type Tree } from '../verify/tree-image.ts'

const example = join(import.meta.dirname, '../../examples/own-service')
const root = join(example, 'recipes/telemetry/files/root')

/** The files of the package, and what systemd makes of its unit when the package is installed. */
const installed: Tree = {
  ...Object.fromEntries(
    readdirSync(root, { recursive: true })
      .map(String)
      .filter((name) => statSync(join(root, name)).isFile())
      .map((name) => [`/${name}`, readFileSync(join(root, name), 'utf8')])
  ),
  '/usr/bin/telemetry': { content: 'ELF', mode: 0o755 },
  '/etc/systemd/system/multi-user.target.wants/telemetry.service': {
    link: '/usr/lib/systemd/system/telemetry.service'
  },
  '/usr/lib/systemd/system/multi-user.target': '[Unit]\n',
  '/usr/lib/systemd/system/default.target': { link: 'multi-user.target' },
  '/etc/os-release': 'VERSION_CODENAME=bookworm\n'
}

async function assessed(...changes: Tree[]) {
  const { io } = collectingIo(example, {})
  const session = await openSession({}, io)
  const profile = profileFor(session.target, session.catalogue, session.controls, 'bookworm')
  const { values, findings } = resolveParameters(profile.parameters, session.config.parameters)
  const verification = await verify(treeImage(installed, ...changes), profile, values, io)
  const assessment = assess(verification, profile, {
    now: Date.parse('2026-11-22'),
    unreviewed: ['telemetry-service']
  })
  return { session, findings, verification, assessment }
}

const own = (results: readonly { id: string; status: string }[]) =>
  results.filter(({ id }) => id.startsWith('telemetry-service/'))

describe('the example of a control of a product', () => {
  it('is found, is valid, and its checks pass over its own settings', async () => {
    const { session, findings, verification } = await assessed()
    expect(session.controls.find(({ id }) => id === 'telemetry-service')?.origin).toBe('user')
    expect([...session.findings, ...findings].filter(({ severity }) => severity === 'error')).toEqual([])
    expect(own(verification.checks).filter(({ status }) => status !== 'pass')).toEqual([])
    expect(own(verification.checks)).toHaveLength(7)
  })

  it.each([
    ['port', { '/etc/telemetry/telemetry.conf': 'port = 80\n' }],
    ['configuration', { '/etc/telemetry/telemetry.conf': { content: 'port = 4840\n', mode: 0o666 } }],
    ['firewall', { '/etc/kas-harden/firewall.d/telemetry.nft': 'tcp dport 4840 accept\n' }],
    ['user', { '/etc/systemd/system/telemetry.service.d/root.conf': '[Service]\nUser=root\n' }],
    [
      'no-new-rights',
      { '/etc/systemd/system/telemetry.service.d/x.conf': '[Service]\nNoNewPrivileges=no\n' }
    ],
    ['memory', { '/etc/systemd/system/telemetry.service.d/x.conf': '[Service]\nMemoryMax=\n' }],
    ['started', { '/etc/systemd/system/multi-user.target.wants/telemetry.service': null }]
  ] satisfies [string, Tree][])('is seen broken: %s', async (check, change) => {
    const { verification } = await assessed(change)
    expect(own(verification.checks).filter(({ status }) => status !== 'pass')).toMatchObject([
      { id: `telemetry-service/${check}`, status: 'fail' }
    ])
  })

  it('stands in the assessment beside ours, and carries no line alone', async () => {
    const { assessment } = await assessed()
    const line = assessment.requirements.find(({ id }) => id === 'CR 7.7')
    expect(line?.controls).toContain('telemetry-service')
    expect(line?.covers).not.toContain('The port of the telemetry service, and who reaches it.')
    expect(line?.remains).toContainEqual({
      what: 'Reason of the port in the list of services',
      owner: ['supplier']
    })
  })
})
