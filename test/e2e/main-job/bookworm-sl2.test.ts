import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestOfFile } from '../../../lib/base/digest.ts'
import { scopeSentence } from '../../../lib/assess/assessment.ts'
import { failedUnitsIn } from '../../../lib/boot/dead-ends.ts'
import { withBootedImage } from '../../../lib/boot/boot-image.ts'
import { silent } from '../../../lib/build/progress.ts'
import { buildProject } from '../../../lib/flow/build-project.ts'
import { validateSbom } from '../../../sbom/index.ts'
import { runCli } from '../../run-cli.ts'
import { judge } from '../../truth/judge.ts'
import { mutations } from '../../truth/mutations/index.ts'
import { openReference, unpackTree } from '../../truth/reference.ts'
import { buildExample, type BuiltExample } from './example.ts'

const minutes = 60_000

describe('the main job on bookworm, embedded device, aimed SL-C 2', () => {
  let built: BuiltExample

  beforeAll(async () => {
    built = await buildExample('bookworm', {})
  }, 40 * minutes)
  afterAll(() => {
    built.remove()
  })

  it('names its artefacts as isar does', () => {
    const names = Object.values(built.result.built.artefacts).map((path) => basename(path))
    const prefix = 'isar-image-base-debian-bookworm-qemuamd64'
    for (const suffix of [
      '.tar.zst',
      '.ext4',
      '.wic',
      '.wic.bmap',
      '-vmlinuz',
      '-initrd.img',
      '.manifest',
      '.dpkg_status'
    ]) {
      expect(names).toContain(prefix + suffix)
    }
    for (const path of Object.values(built.result.built.artefacts))
      expect(statSync(path).size).toBeGreaterThan(0)
  })

  it('finds every package and every setting on the finished disk', () => {
    const { verification, gate } = built.result.assessed
    expect(verification.packages.filter((one) => one.status !== 'pass')).toEqual([])
    expect(verification.checks.filter((one) => one.status === 'fail' || one.status === 'unknown')).toEqual([])
    expect(verification.checks.filter((one) => one.status === 'pass').length).toBeGreaterThan(200)
    expect(verification.image).toMatchObject({
      format: 'wic',
      release: 'bookworm',
      fidelity: 'full',
      example: true
    })
    expect(gate.reasons).toEqual([])
  })

  it('gives every requirement of the profile a verdict and claims no SL-C', () => {
    const { assessment } = built.result.assessed
    expect(assessment.requirements.filter((one) => one.fr !== null)).toHaveLength(61)
    expect(assessment.requirements.filter((one) => one.fr === null)).toHaveLength(4)
    expect(assessment.claimable).toBe(false)
    expect(assessment.headline).toContain('not claimable')
    // Files alone can't prove a lock-out: it needs the running system.
    expect(assessment.requirements.find((one) => one.id === 'CR 1.11')?.verdict).toBe('partial')
    expect(assessment.requirements.find((one) => one.id === 'CR 3.3')?.verdict).toBe('partial')
  })

  it('writes a valid SBOM of exactly the installed packages', async () => {
    const text = readFileSync(built.result.sbom, 'utf8')
    expect(await validateSbom(text)).toEqual([])
    const sbom = JSON.parse(text) as {
      metadata: { component: { hashes: { alg: string; content: string }[] } }
      components: { name: string; version: string; purl?: string; hashes?: { alg: string }[] }[]
    }
    const installed = readFileSync(built.result.built.artefacts.manifest, 'utf8').trim().split('\n')
    const binaries = sbom.components.filter((one) => one.purl && !one.purl.includes('arch=source'))
    expect(binaries).toHaveLength(installed.length)
    expect(binaries.find((one) => one.name === 'auditd')?.purl).toMatch(
      /^pkg:deb\/debian\/auditd@1:3.*arch=amd64&distro=debian-12/
    )
    // The lock file knows the archive's packages; ours were built here.
    const hashed = binaries.filter(({ hashes }) => hashes?.some(({ alg }) => alg === 'SHA-256'))
    const ours = binaries.filter(({ name }) => name.startsWith('kas-harden-'))
    expect(hashed).toHaveLength(binaries.length - ours.length)
    expect(sbom.metadata.component.hashes).toContainEqual({
      alg: 'SHA-512',
      content: await digestOfFile(built.result.built.artefacts.wic)
    })
  })

  it('writes reports that say what they are', () => {
    for (const path of built.result.reports) expect(existsSync(path)).toBe(true)
    const html = readFileSync(built.result.reports[0]!, 'utf8')
    expect(html).toContain(scopeSentence)
    expect(html).toContain('CR 1.11')
    expect(html).not.toMatch(/<script|https?:\/\/[^"]*\.(?:js|css)/)
  })

  it('is up to date after the run: a second apply changes nothing', async () => {
    const check = await runCli(built.project, ['plan', 'kas.yml', '--json'])
    // The throw-away key is not in kas-harden.yml, so the file alone leaves nobody a way in.
    expect(check.code).toBe(2)
    expect(check.stderr).toContain('NO_WAY_IN')
    expect(existsSync(join(built.project, 'kas-harden', 'harden.yml'))).toBe(true)
  })

  it(
    'gives the same bytes from the cache as from cold',
    async () => {
      const again = await buildProject('kas.yml:kas-harden/harden.yml', built.io, silent, { output: 'again' })
      expect(again.cacheHits).toContain('base')
      for (const kind of ['tar', 'ext4', 'wic', 'bmap', 'manifest', 'lock'] as const) {
        expect(`${kind} ${await digestOfFile(again.artefacts[kind])}`).toBe(
          `${kind} ${await digestOfFile(built.result.built.artefacts[kind])}`
        )
      }
    },
    20 * minutes
  )

  it('holds no mirror, no host key and no trace of the building machine', async () => {
    const { openImage } = await import('../../../lib/image/open-image.ts')
    const image = await openImage(built.result.built.artefacts.tar, built.io)
    try {
      expect(await image.readText('/etc/apt/sources.list')).toMatch(/^#/)
      expect(image.list('/etc/apt/sources.list.d')).toEqual([])
      expect(image.list('/etc/ssh').filter((name) => name.startsWith('ssh_host_'))).toEqual([])
      expect(await image.readText('/etc/machine-id')).toBe('')
      expect(await image.readText('/etc/resolv.conf')).toBe('')
      expect(await image.readText('/etc/hostname')).toBe('gateway\n')
    } finally {
      await image.close()
    }
  })

  it(
    'boots through UEFI, keeps its services up and lets its owner in, nobody else',
    async () => {
      const { keyPath } = built
      await withBootedImage(built.result.built.artefacts.wic, {}, built.io, async (guest) => {
        await guest.waitForLogin(15 * minutes)
        await guest.waitForSsh('op', keyPath, 10 * minutes)
        const say = async (command: string) => {
          const done = await guest.ssh('op', keyPath, command)
          return `${done.exitCode} ${done.stdout.toString().trim()}`
        }
        expect(await say('id -nG')).toMatch(/^0 .*\bkas-operator\b/)
        expect(await say('systemctl is-active kas-harden-firewall auditd chrony apparmor ssh')).toBe(
          '0 active\nactive\nactive\nactive\nactive'
        )
        expect(await say('systemctl --failed --no-legend --plain')).toBe('0 ')
        expect(failedUnitsIn(guest.console.text())).toEqual([])
        expect(await say('cat /etc/shadow')).toMatch(/^1/)
        expect(await say('sudo -n true')).toMatch(/^1/)
        expect(await say('grep -c . /proc/cmdline && grep -o "audit=1" /proc/cmdline')).toContain('audit=1')
        const root = await guest.ssh('root', keyPath, 'true')
        expect(root.exitCode).toBe(255)
        expect(root.stderr).toContain('Permission denied')
      })
    },
    40 * minutes
  )

  it(
    'sees defeating changes, with exactly the checks they concern (all of them: npm run truth)',
    async () => {
      const tree = join(built.project, 'tree')
      const { tar, wic } = built.result.built.artefacts
      unpackTree(tar, tree)
      const reference = await openReference({ tree, wic }, {}, 'bookworm', built.io)
      try {
        const known = (ids: readonly string[] = []) => ids.filter((id) => reference.results.has(id))
        const here = mutations
          .filter(({ releases }) => releases?.includes('bookworm') ?? true)
          .map((one) => ({ ...one, fails: known(one.fails), unknown: known(one.unknown) }))
          .filter(({ fails }) => fails.length > 0)
        const [every, judged] = [Math.ceil(here.length / 40), [] as string[]]
        for (const one of here.filter((_, index) => index % every === 0)) {
          const { name, missed, falseAlarms } = await judge(reference, one, built.io).catch(
            (error: unknown) => {
              // A change of something that this level does not bring.
              if (error instanceof Error && error.message.startsWith('The mutation '))
                return { name: '', missed: [], falseAlarms: [] }
              throw error
            }
          )
          expect({ name, missed, falseAlarms }).toEqual({ name, missed: [], falseAlarms: [] })
          if (name !== '') judged.push(name)
        }
        expect(judged.length).toBeGreaterThan(25)
      } finally {
        await reference.close()
      }
    },
    20 * minutes
  )

  it('gives package results only for a bare dpkg status, and unknown for a manifest', async () => {
    const { status, manifest } = built.result.built.artefacts
    const target = ['--sl', '2', '--component', 'EDR', '--release', 'bookworm', '--json']
    const read = async (path: string) => {
      const run = await runCli(built.project, ['verify', path, ...target])
      expect(run.code).toBe(1)
      return JSON.parse(run.stdout) as {
        packages: { status: string }[]
        checks: { type: string; status: string }[]
      }
    }
    const fromStatus = await read(status)
    expect(fromStatus.packages.every((one) => one.status === 'pass')).toBe(true)
    expect(fromStatus.checks.filter((one) => one.type !== 'package' && one.status === 'pass')).toEqual([])
    const fromManifest = await read(manifest)
    expect(new Set(fromManifest.packages.map((one) => one.status))).toEqual(new Set(['unknown']))
    expect(fromManifest.checks.filter((one) => one.status === 'pass')).toEqual([])
  })
})
