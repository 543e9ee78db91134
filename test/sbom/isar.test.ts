import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { deployedFiles } from '../../lib/build/kas/deploy.ts'
import { compareWithIsar, findIsarSbom, isarSbomOf } from '../../lib/flow/isar-sbom.ts'
import { diffSboms } from '../../sbom/diff.ts'
import { validateSbom } from '../../sbom/validate.ts'
import { runCli } from '../run-cli.ts'
import { temporaryDirectory } from '../temporary.ts'
import { describe as describeTree } from './images.ts'

/**
 * isar's own SBOM. The fixtures are what debsbom 0.10.2 wrote, with isar's options, of a database of ours: `.cdx.json` of a
 * root file system, `.wic.cdx.json` merged with that of another one (boot loader, an older library).
 */
const fixtures = join(import.meta.dirname, '../fixtures/isar-sbom')
const names = ['clock.dpkg_status', 'clock.cdx.json', 'clock.wic.cdx.json'] as const

function deployed(...wanted: readonly string[]): string {
  const directory = temporaryDirectory()
  for (const name of wanted) copyFileSync(join(fixtures, name), join(directory, name))
  return directory
}

const edit = (file: string, change: (text: string) => string) => {
  writeFileSync(file, change(readFileSync(file, 'utf8')))
}

test('sbom finds it beside the image and says that it agrees', async () => {
  const cwd = deployed(...names)
  const run = await runCli(cwd, ['sbom', 'clock.dpkg_status', '-o', 'own.json'])
  expect(run.stderr).toMatch(/^isar's SBOM names the same packages: .*clock\.cdx\.json$/m)
  expect(run.code).toBe(0)
})

test('a package more, one less, another version are findings and exit code 1; --no-compare looks for none', async () => {
  const cwd = deployed(...names)
  edit(join(cwd, 'clock.dpkg_status'), (text) =>
    text
      .replace('Version: 2:1.0-3+b1', 'Version: 2:1.0-4')
      .replace('Package: wheel', 'Package: spring')
      .replace('install ok half-configured', 'install ok installed')
  )
  const run = await runCli(cwd, ['sbom', 'clock.dpkg_status', '-o', 'own.json'])
  expect(run.code).toBe(1)
  expect(run.stderr).toContain(
    '2 packages are installed on the image, but not in it: half:amd64, spring:all.'
  )
  expect(run.stderr).toContain('1 package is in it, but not installed on the image: wheel:all.')
  expect(run.stderr).toContain(
    '1 package is of another version (image | document): clock:amd64 2:1.0-4 | 2:1.0-3+b1.'
  )
  expect(run.stderr.match(/\[SBOM_DIFFERS_FROM_IMAGE\]/g)).toHaveLength(3)
  const without = await runCli(cwd, ['sbom', 'clock.dpkg_status', '-o', 'own.json', '--no-compare'])
  expect(`${without.code} ${without.stderr}`).toMatch(/^0 (?!.*SBOM_DIFFERS)/s)
})

test('that of a disk may hold more, which is said; what the root has it must hold too', async () => {
  const cwd = deployed('clock.dpkg_status', 'clock.wic.cdx.json')
  const run = await runCli(cwd, ['sbom', 'clock.dpkg_status', '-o', 'own.json'])
  expect(run.stderr).toMatch(
    /info: .*not installed in the root file system.*: bootloader:amd64, libclock0:amd64 0\.9-1\. \[SBOM_HOLDS_MORE\]/
  )
  expect(run.code).toBe(0)
  edit(join(cwd, 'clock.dpkg_status'), (text) =>
    text.replace('Version: 1.0~rc1+git20250101-3', 'Version: 1.0-1')
  )
  const other = await runCli(cwd, ['sbom', 'clock.dpkg_status', '--compare', 'clock.wic.cdx.json'])
  expect(other.stderr).toContain('libclock0:amd64 1.0-1 | 0.9-1, 1.0~rc1+git20250101-3')
  expect(other.code).toBe(1)
})

test('a document of ours or of nobody beside the image is not compared, a broken one is a finding', async () => {
  const cwd = deployed('clock.dpkg_status')
  const image = join(cwd, 'clock.dpkg_status')
  await runCli(cwd, ['sbom', 'clock.dpkg_status', '-o', 'clock.cdx.json'])
  expect(await findIsarSbom(image)).toBeUndefined()
  expect(await findIsarSbom(join(cwd, 'clock.cdx.json'))).toBeUndefined()
  const broken = join(cwd, 'clock.cdx.json')
  writeFileSync(broken, '{"tools": [{"name": "debsbom"}')
  expect(await findIsarSbom(image)).toEqual({ path: broken, of: 'root' })
  expect(await compareWithIsar('{"bomFormat":"CycloneDX"}', { path: broken, of: 'root' })).toMatchObject([
    { code: 'SBOM_UNREADABLE', severity: 'error' }
  ])
})

test('of what a build deployed, that of the same image, of its root before that of the disk', async () => {
  const build = temporaryDirectory()
  const directory = join(build, 'tmp/deploy/images/qemuamd64')
  mkdirSync(directory, { recursive: true })
  const stem = join(directory, 'image-debian-trixie-qemuamd64')
  for (const ending of ['.wic', '.wic.cdx.json', '.manifest']) writeFileSync(`${stem}${ending}`, '')
  copyFileSync(join(fixtures, 'clock.wic.cdx.json'), `${stem}.wic.cdx.json`)
  copyFileSync(join(fixtures, 'clock.cdx.json'), join(directory, 'initrd-debian-trixie-qemuamd64.cdx.json'))
  const found = async () => {
    const files = await deployedFiles(build)
    return isarSbomOf(
      files.find(({ kind }) => kind === 'disk')!,
      files
    )
  }
  expect(await found()).toEqual({ path: `${stem}.wic.cdx.json`, of: 'disk' })
  copyFileSync(join(fixtures, 'clock.cdx.json'), `${stem}.cdx.json`)
  expect(await found()).toEqual({ path: `${stem}.cdx.json`, of: 'root' })
})

test('real debsbom sees the same packages, sources and dependencies', async (context) => {
  const debsbom = process.env['KAS_HARDEN_TEST_DEBSBOM']
  if (!debsbom) return context.skip('KAS_HARDEN_TEST_DEBSBOM names no debsbom command')
  const root = join(temporaryDirectory(), 'root')
  mkdirSync(join(root, 'var/lib/dpkg'), { recursive: true })
  copyFileSync(join(fixtures, 'clock.dpkg_status'), join(root, 'var/lib/dpkg/status'))
  const out = join(root, '..', 'isar')
  const options = [
    '--distro-arch',
    'amd64',
    '--base-distro-vendor',
    'debian',
    '--no-recommends-deps',
    '--with-licenses'
  ]
  execFileSync(debsbom, ['generate', '-t', 'cdx', '-r', root, '-o', out, ...options])
  const theirs = `${out}.cdx.json`
  const { json } = await describeTree(root)
  expect(await compareWithIsar(json, { path: theirs, of: 'root' })).toEqual([])
  const { onlyA, onlyB, versions, edgesOnlyA, edgesOnlyB } = diffSboms(json, readFileSync(theirs, 'utf8'))
  expect([onlyA, onlyB, versions, edgesOnlyA, edgesOnlyB]).toEqual([[], [], [], [], []])
})

test('the fixtures are valid CycloneDX', async () => {
  for (const name of names.slice(1))
    expect(await validateSbom(readFileSync(join(fixtures, name), 'utf8'))).toEqual([])
})
