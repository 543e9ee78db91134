import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tmpdir } from 'node:os'
import { nodeExec } from '../../lib/base/exec.ts'
import { openAptRoot, type AptRoot } from '../../lib/build/apt-root.ts'
import { requireAvailable } from '../../lib/build/lock-file.ts'
import { machineMirrors } from '../../lib/build/mirrors.ts'
import { transportSettings } from '../../lib/build/transport-settings.ts'
import { temporaryDirectory } from '../temporary.ts'
import { exec } from './world.ts'

describe('an apt root on the mirror of this machine', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kas-harden-test- with space-'))
  let apt: AptRoot

  beforeAll(async () => {
    apt = await openAptRoot(join(directory, 'apt'), 'trixie', 'amd64', await machineMirrors(exec), exec)
  }, 300_000)
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true })
  })

  test('knows the candidates of its release and nothing that is not there', async () => {
    const found = await apt.candidates([
      'apt',
      'linux-image-amd64',
      'no-such-package',
      'mail-transport-agent'
    ])
    expect([...found.keys()].sort()).toEqual(['apt', 'linux-image-amd64'])
    expect(found.get('apt'), "trixie's, whatever this machine runs").toMatch(/^3\./)
    expect(await apt.candidates([])).toEqual(new Map())
  })

  test('shows version, hash and path of exact versions only', async () => {
    const version = (await apt.candidates(['bash'])).get('bash')!
    const shown = await apt.show([
      { name: 'bash', version },
      { name: 'apt', version: '0.0-never' }
    ])
    expect(shown).toHaveLength(1)
    expect(shown[0]).toMatchObject({ name: 'bash', version, architecture: 'amd64' })
    expect(shown[0]!.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(shown[0]!.filename).toMatch(/^pool\/.*\/bash_.*_amd64\.deb$/)
  })

  test('a lock file of this archive fits it, one with an old version or another hash does not', async () => {
    const version = (await apt.candidates(['bash'])).get('bash')!
    const [bash] = await apt.show([{ name: 'bash', version }])
    const { name, architecture, sha256 } = bash!
    const lock = (entry: { version: string; sha256: string }) => ({
      lockVersion: 1 as const,
      release: 'trixie',
      architecture: 'amd64',
      packages: [{ name, architecture, ...entry }]
    })
    const shown = await apt.show([bash!, { name, version: '1.0-1' }])
    const check = (entry: { version: string; sha256: string }) => () => {
      requireAvailable(lock(entry), shown)
    }
    expect(check({ version, sha256 })).not.toThrow()
    expect(check({ version: '1.0-1', sha256 })).toThrow(/bash 1\.0-1 is no longer in the archive/)
    expect(check({ version, sha256: '0'.repeat(64) })).toThrow(/bash .* has another SHA-256/)
  })

  test('dates and identifies the archive', () => {
    expect(apt.archiveDigest).toMatch(/^[0-9a-f]{64}$/)
    expect(apt.newestRelease).toBeGreaterThan(1_700_000_000)
  })

  test("takes over no hook of the machine's own apt, such as those of desktops", () => {
    const env = { ...process.env, APT_CONFIG: join(directory, 'apt', 'apt.conf') }
    const dump = execFileSync('apt-config', ['dump'], { env }).toString()
    expect(dump).toContain(`Dir::Cache "${directory}/apt/cache"`)
    expect(dump).not.toMatch(/^APT::Update::(?:Pre|Post)-Invoke[A-Za-z-]*::/m)
  })

  test('has lists of its own', () => {
    expect(
      readdirSync(join(directory, 'apt', 'lists')).some((name) => name.includes('trixie-security'))
    ).toBe(true)
  })
})

test("the machine's proxy is taken over, a lower guard is not", async () => {
  const config = join(temporaryDirectory(), 'apt.conf')
  writeFileSync(
    config,
    'Acquire::http::Proxy "http://proxy.example.org:3128"; Acquire::https { Verify-Peer "true"; CaInfo "/ca"; };\n' +
      'Acquire::AllowInsecureRepositories "true"; APT::Get::AllowUnauthenticated "true"; Acquire::Languages { "de"; };'
  )
  const lines = (await transportSettings(nodeExec({ ...process.env, APT_CONFIG: config }))).split('\n')
  expect(lines).toContain('Acquire::http::Proxy "http://proxy.example.org:3128";')
  expect(lines).toContain('Acquire::https::CaInfo "/ca";')
  expect(lines.join()).not.toMatch(/Insecure|Unauthenticated|Languages|Invoke/)
})

test('a mirror that does not answer is named with its release', { timeout: 60_000 }, async () => {
  const server = createServer()
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve((server.address() as { port: number }).port)
    })
  })
  await new Promise((resolve) => server.close(resolve)) // nobody listens there now
  const uri = `http://127.0.0.1:${port}`
  const mirrors = { main: `${uri}/debian/`, security: `${uri}/debian-security/` }
  await expect(openAptRoot(temporaryDirectory(), 'bookworm', 'amd64', mirrors, exec)).rejects.toMatchObject({
    kind: 'environment',
    code: 'MIRROR_UNREACHABLE',
    message: expect.stringMatching(/bookworm \(amd64\)[^]*127\.0\.0\.1/) as string,
    hint: expect.stringContaining('--mirror') as string
  })
})
