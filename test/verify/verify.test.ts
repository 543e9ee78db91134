import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { afterAll, expect, test } from 'vitest'
import { HardenError } from '../../lib/base/errors.ts'
import { nodeExec } from '../../lib/base/exec.ts'
import type { Exec } from '../../lib/base/exec.ts'
import { Control } from '../../lib/controls/control.ts'
import { profileFor } from '../../lib/controls/profile.ts'
import type { Profile } from '../../lib/controls/profile.ts'
import { loadCatalogue } from '../../lib/catalogue/load-catalogue.ts'
import { openImage } from '../../lib/image/open-image.ts'
import type { Image } from '../../lib/image/image.ts'
import { createCheckContext } from '../../lib/verify/check-context.ts'
import { runCheck } from '../../lib/verify/run-check.ts'
import { verify } from '../../lib/verify/verify.ts'
import { goodChecks, values } from './good-checks.ts'
import { dpkgStatus, goodTree, stanza } from './good-tree.ts'
import { treeImage } from './tree-image.ts'

const exec = nodeExec(process.env)
const io = { exec, uid: process.getuid?.() ?? 1 }
const directory = mkdtempSync(join(tmpdir(), 'kas-harden-verify-'))
afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
})

const control = v.parse(Control, {
  id: 'test-control',
  title: 'Test',
  rationale: 'Test',
  from: 1,
  requirements: [{ id: 'CR 2.8', contribution: 'full', proof: 'on-image' }],
  packages: [
    { name: 'auditd', for: 'CR 2.8', why: 'test' },
    { name: 'absent', for: 'CR 2.8', why: 'test' },
    { name: 'removed', for: 'CR 2.8', why: 'test' }
  ],
  checks: goodChecks
})
const profile: Profile = profileFor(
  { components: ['EDR'], securityLevel: 2, edition: '2019' },
  loadCatalogue(),
  [control],
  'bookworm'
)

async function results(image: Image) {
  const verification = await verify(image, profile, values, io)
  return { verification, statuses: new Set(verification.checks.map(({ status }) => status)) }
}

function contextWith(image: Image, changed: Partial<Exec>) {
  return createCheckContext({ image, exec: { ...exec, ...changed }, uid: io.uid, release: 'bookworm' })
}

const check = (id: string) => goodChecks.find((one) => one.id === id)!

test('an image: every check in order, packages by dpkg, what the image says about itself', async () => {
  const status = dpkgStatus + stanza('removed', 'deinstall ok config-files', '2.0')
  const record = JSON.stringify({ fidelity: 'base-only', example: true })
  const image = treeImage(goodTree, {
    '/var/lib/dpkg/status': status,
    '/usr/share/kas-harden/image.json': record
  })
  const { verification, statuses } = await results(image)
  expect(verification.checks.map(({ id }) => id)).toEqual(goodChecks.map(({ id }) => `test-control/${id}`))
  expect([...statuses]).toEqual(['pass'])
  expect(verification.image).toMatchObject({
    release: 'bookworm',
    system: 'Debian GNU/Linux 12 (bookworm)',
    architecture: 'amd64',
    packageCount: 5,
    fidelity: 'base-only',
    example: true
  })
  expect(verification.packages.map(({ name, status: is, dpkgStatus: words }) => [name, is, words])).toEqual([
    ['absent', 'fail', undefined],
    ['auditd', 'pass', 'install ok installed'],
    ['removed', 'fail', 'deinstall ok config-files']
  ])
  expect(verification.packages[1]).toMatchObject({
    version: '1.0-1',
    architecture: 'amd64',
    requirement: 'CR 2.8'
  })
  expect(verification.findings).toEqual([])
})

test('the same image gives the same verification', async () => {
  const [one, two] = await Promise.all([results(treeImage(goodTree)), results(treeImage(goodTree))])
  expect(JSON.stringify(two.verification)).toBe(JSON.stringify(one.verification))
})

test('a bare dpkg status answers for packages and for nothing else', async () => {
  const path = join(directory, 'image.dpkg_status')
  writeFileSync(path, dpkgStatus)
  const { verification } = await results(await openImage(path, io))
  expect(
    verification.checks
      .filter(({ status }) => status !== 'unknown')
      .map(({ check: id, status }) => `${id} ${status}`)
  ).toEqual(['package pass'])
  expect(verification.packages.map(({ status }) => status)).toEqual(['fail', 'pass', 'fail'])
  expect(verification.image.fidelity).toBe('unknown')
})

test('a manifest proves no package', async () => {
  const path = join(directory, 'image.manifest')
  writeFileSync(path, 'audit|1:3.0.9-1|auditd:amd64|1:3.0.9-1\n')
  const { verification, statuses } = await results(await openImage(path, io))
  expect([...statuses]).toEqual(['unknown'])
  expect(verification.packages.map(({ status }) => status)).toEqual(['unknown', 'unknown', 'unknown'])
})

test('an image without anything crashes no check and passes nothing it could not see', async () => {
  const { verification } = await results(treeImage({}))
  // What must be absent is absent.
  const passing = [
    'file-absent',
    'file-empty',
    'directory-empty',
    'files',
    'unit-debug',
    'world-writable',
    'setuid',
    'foreign-owner',
    'private-keys',
    'host-keys',
    'machine-id',
    'test-keys',
    'apt'
  ]
  expect(verification.checks.filter(({ status }) => status === 'pass').map(({ check: id }) => id)).toEqual(
    passing
  )
  expect(verification.checks.filter(({ message }) => message.includes('could not be done'))).toEqual([])
})

test('a crash is unknown and says so', async () => {
  const image = { ...treeImage(goodTree), readText: () => Promise.reject(new Error('the disk is gone')) }
  const result = await runCheck('c', check('login-max'), values, contextWith(image, {}))
  expect(result).toMatchObject({
    status: 'unknown',
    message: 'The check could not be done: the disk is gone'
  })
})

test('an interrupt is no result', async () => {
  const interrupted = new HardenError('interrupted', 'INTERRUPTED', 'stop')
  const image = { ...treeImage(goodTree), readText: () => Promise.reject(interrupted) }
  await expect(runCheck('c', check('login-max'), values, contextWith(image, {}))).rejects.toBe(interrupted)
})

test('a check without its parameter is unknown', async () => {
  const result = await runCheck('c', check('tmout'), {}, contextWith(treeImage(goodTree), {}))
  expect(result.status).toBe('unknown')
  expect(result.message).toContain('session.timeout')
})

test('a check for another release is not applicable; for an unknown release it is unknown', async () => {
  const image = treeImage(goodTree)
  const forTrixie = { ...check('login-max'), releases: ['trixie' as const] }
  expect((await runCheck('c', forTrixie, values, contextWith(image, {}))).status).toBe('not-applicable')
  const nameless = createCheckContext({ image, exec, uid: 0, release: undefined })
  expect((await runCheck('c', forTrixie, values, nameless)).status).toBe('unknown')
})

test('tools that are missing make a check unknown', async () => {
  const missing = () =>
    Promise.reject(new HardenError('environment', 'TOOL_MISSING', "The program 'x' is not installed."))
  for (const id of ['nft-input', 'no-known']) {
    const result = await runCheck('c', check(id), values, contextWith(treeImage(goodTree), { run: missing }))
    expect([id, result.status]).toEqual([id, 'unknown'])
    expect(result.message).toContain('not installed')
  }
})

test('evidence is plain text and short', async () => {
  const image = treeImage(goodTree, {
    '/etc/audit/auditd.conf': `disk_full_action = \u001b[31m${'x'.repeat(2000)}\n`
  })
  const [evidence] = (await runCheck('c', check('auditd-full'), values, contextWith(image, {}))).evidence
  expect(evidence?.path).toBe('/etc/audit/auditd.conf')
  expect(evidence?.line).toBe(1)
  expect(evidence?.value?.length).toBe(400)
  expect(evidence?.value).not.toContain('\u001b')
})

test('hashes of passwords are no evidence', async () => {
  const image = treeImage(goodTree)
  const weak = { ...check('hashes'), value: 'gost-yescrypt' }
  const wanted = await runCheck('c', check('has-login'), values, contextWith(image, {}))
  const all = JSON.stringify([wanted, await runCheck('c', weak, values, contextWith(image, {}))])
  expect(all).not.toContain('$y$j9T')
})

test('a rule set never reads a file of this machine', async () => {
  const secret = join(directory, 'secret.nft')
  writeFileSync(
    secret,
    'table inet leaked { chain input { type filter hook input priority 0; policy drop; }\n}\n'
  )
  for (const text of [
    `include "${secret}"\n`,
    `table inet a { include "${secret}"\n }\n`,
    `table inet a { }; include "${secret}"; \n`,
    `# "\ninclude "${secret}" # "\n`
  ]) {
    const image = treeImage(goodTree, { '/etc/nftables.conf': text })
    const result = await runCheck('c', check('nft-input'), values, contextWith(image, {}))
    expect([text, result.status === 'pass', JSON.stringify(result).includes('leaked')]).toEqual([
      text,
      false,
      false
    ])
  }
})

test('a status file beside the image never counts, but a difference is told', async () => {
  const image = {
    ...treeImage(goodTree),
    path: join(directory, 'product.ext4'),
    sha512: () => Promise.resolve('ab'.repeat(64))
  }
  writeFileSync(join(directory, 'product.dpkg_status'), dpkgStatus + stanza('absent'))
  const record = { fidelity: 'base-only', example: true, sha512: { 'product.ext4': 'ab'.repeat(64) } }
  writeFileSync(join(directory, 'product.build.json'), JSON.stringify(record))
  const { verification } = await results(image)
  expect(verification.packages[0]).toMatchObject({ name: 'absent', status: 'fail' })
  expect(verification.findings.map(({ code, message }) => [code, message.includes('absent:amd64')])).toEqual([
    ['STATUS_DIFFERS', true]
  ])
  expect([verification.image.fidelity, verification.image.example]).toEqual(['base-only', true])

  const other = await results({ ...image, sha512: () => Promise.resolve('cd'.repeat(64)) })
  expect(other.verification.image.fidelity).toBe('unknown')
})
