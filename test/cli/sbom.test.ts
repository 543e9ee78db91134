import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCli } from '../run-cli.ts'
import { temporaryDirectory } from '../temporary.ts'

const status = (name: string, version: string): string =>
  `Package: ${name}\nStatus: install ok installed\nMaintainer: A <a@b.example>\nArchitecture: amd64\nVersion: ${version}\nDescription: x\n\n`

function rootfs(...packages: string[]): string {
  const directory = temporaryDirectory()
  mkdirSync(join(directory, 'rootfs/var/lib/dpkg'), { recursive: true })
  mkdirSync(join(directory, 'rootfs/etc'))
  writeFileSync(join(directory, 'rootfs/var/lib/dpkg/status'), packages.join(''))
  writeFileSync(join(directory, 'rootfs/etc/os-release'), 'ID=debian\nVERSION_ID="12"\n')
  return directory
}

test('sbom IMAGE writes to standard output or a file; the document can be checked and compared', async () => {
  const cwd = rootfs(status('aa', '1'), status('bb', '2'))
  const env = { SOURCE_DATE_EPOCH: '0' }
  const out = await runCli(cwd, ['sbom', 'rootfs'], env)
  expect(out.code).toBe(0)
  expect(JSON.parse(out.stdout)).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.7' })
  const options = ['--validate', '--manufacturer', 'ACME <psirt@acme.example>', '-o', 'a.json']
  expect(await runCli(cwd, ['sbom', 'rootfs', ...options], env)).toMatchObject({ code: 0, stdout: '' })
  expect(JSON.parse(readFileSync(join(cwd, 'a.json'), 'utf8'))).toMatchObject({
    metadata: { manufacturer: { name: 'ACME', contact: [{ email: 'psirt@acme.example' }] } }
  })

  const check = await runCli(cwd, ['sbom', 'check', 'a.json', '--profile', 'ntia'])
  expect([check.code, check.stdout.split('\n')[0]]).toEqual([
    0,
    'ntia: 100 % of the required fields over 2 components (CycloneDX 1.7)'
  ])
  expect((await runCli(cwd, ['sbom', 'check', 'a.json', '--fail-under', '99'])).code).toBe(1)
  const json = await runCli(cwd, ['sbom', 'check', 'a.json', '--profile', 'cisa', '--json'])
  expect(JSON.parse(json.stdout)).toMatchObject({ profile: 'cisa', components: 2 })

  expect(await runCli(cwd, ['sbom', 'diff', 'a.json', 'a.json'])).toMatchObject({
    code: 0,
    stdout: '5 components in both, no difference\n'
  })
  writeFileSync(join(cwd, 'rootfs/var/lib/dpkg/status'), status('aa', '1.1'))
  await runCli(cwd, ['sbom', 'rootfs', '-o', 'b.json'], env)
  const diff = await runCli(cwd, ['sbom', 'diff', 'a.json', 'b.json'])
  expect(diff.code).toBe(1)
  expect(diff.stdout).toContain('deb/debian/aa:amd64: 1 | 1.1')
  expect(diff.stdout).toContain('only in a.json: 2\n  deb/debian/bb:amd64\n')
})

test('what is no SBOM is a usage error', async () => {
  const cwd = temporaryDirectory()
  writeFileSync(join(cwd, 'x.json'), '{}')
  for (const argv of [
    ['check', 'x.json'],
    ['check', 'none.json'],
    ['diff', 'x.json', 'x.json'],
    ['check', 'x.json', '--profile', 'iso']
  ]) {
    const run = await runCli(cwd, ['sbom', ...argv])
    expect([run.code, run.stdout]).toEqual([2, ''])
  }
})
