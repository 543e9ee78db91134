import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCli } from '../run-cli.ts'
import { plainProject, temporaryDirectory, writeProject } from '../temporary.ts'

const target = ['--sl', '2', '--component', 'EDR']

function projectWith(files: Readonly<Record<string, string>>): string {
  return writeProject(temporaryDirectory(), { ...plainProject, ...files })
}

describe('a clear message, the right exit code, nothing half-written', () => {
  const kas = plainProject['kas.yml']
  const cases: [name: string, files: Record<string, string>, argv: string[], code: number, says: RegExp[]][] =
    [
      ['a missing kas file', {}, ['plan', 'nothing.yml'], 2, [/nothing\.yml/, /->/]],
      [
        'a malformed kas file',
        { 'kas.yml': 'header: {version: 14\nmachine: x' },
        ['plan', 'kas.yml'],
        2,
        [/kas\.yml/]
      ],
      ['no header', { 'kas.yml': 'machine: qemuamd64\n' }, ['plan', 'kas.yml'], 2, [/kas\.yml/, /header/]],
      [
        'an unknown release',
        { 'kas.yml': kas.replace('debian-bookworm', 'debian-nonsense') },
        ['plan', 'kas.yml'],
        2,
        [/debian-nonsense/]
      ],
      [
        'a release without settings',
        { 'kas.yml': kas.replace('bookworm', 'buster') },
        ['plan', 'kas.yml'],
        2,
        [/buster/, /bookworm/]
      ],
      [
        'Ubuntu',
        { 'kas.yml': kas.replace('debian-bookworm', 'ubuntu-jammy') },
        ['plan', 'kas.yml'],
        2,
        [/ubuntu/i, /Debian/]
      ],
      [
        'Raspbian',
        { 'kas.yml': kas.replace('debian-bookworm', 'raspios-bookworm') },
        ['plan', 'kas.yml'],
        2,
        [/raspios|Raspberry/i]
      ],
      [
        'a Yocto project',
        { 'kas.yml': kas.replace('build_system: isar', 'build_system: openembedded') },
        ['plan', 'kas.yml'],
        2,
        [/Yocto|openembedded/i]
      ],
      ['no target', { 'kas-harden.yml': 'accounts: []\n' }, ['plan', 'kas.yml'], 2, [/--sl/]],
      ['a level that is none', {}, ['plan', 'kas.yml', '--sl', '7'], 2, [/1 to 4/]],
      ['a component that is none', {}, ['plan', 'kas.yml', '--component', 'PLC'], 2, [/PLC/, /EDR/]],
      [
        'nobody who could log in',
        {
          'kas-harden.yml': plainProject['kas-harden.yml'].replace(
            /accounts:[\s\S]*parameters:/,
            'parameters:'
          )
        },
        ['plan', 'kas.yml'],
        2,
        [/NO_WAY_IN/, /nobody could log in/]
      ],
      [
        'accounts without key and password',
        {
          'kas-harden.yml': plainProject['kas-harden.yml'].replace(/ {4}(?:sshKey|passwordHash): .*\n/g, '')
        },
        ['plan', 'kas.yml'],
        2,
        [/NO_WAY_IN/, /op, admin/]
      ],
      [
        'no network that may reach ssh',
        { 'kas-harden.yml': plainProject['kas-harden.yml'].replace(/ {2}firewall.*\n/, '') },
        ['plan', 'kas.yml'],
        2,
        [/firewall\.management_networks/]
      ],
      [
        'a parameter out of bounds',
        { 'kas-harden.yml': plainProject['kas-harden.yml'] + '  password.minlen: 4\n' },
        ['plan', 'kas.yml'],
        2,
        [/password\.minlen/, /8/]
      ],
      [
        'a parameter nobody knows',
        { 'kas-harden.yml': plainProject['kas-harden.yml'] + '  password.minimum: 14\n' },
        ['plan', 'kas.yml'],
        2,
        [/password\.minimum/]
      ],
      [
        'a control folder with an error',
        {
          'kas-harden.yml': plainProject['kas-harden.yml'] + 'controls: [own]\n',
          'own/mine/control.yml': 'id: mine\ntitle: 3\n'
        },
        ['plan', 'kas.yml'],
        2,
        [/own\/mine\/control\.yml:\d+/]
      ],
      [
        'something only isar can build',
        { 'kas.yml': kas + '    IMAGE_INSTALL:append = " our-app"\n' },
        ['build', 'kas.yml', '--engine', 'mmdebstrap'],
        2,
        [/our-app/, /kas\.yml:\d+/, /--allow-incomplete/]
      ],
      [
        'an assignment outside the subset',
        { 'kas.yml': kas + '    require conf/more.inc\n' },
        ['build', 'kas.yml', '--engine', 'mmdebstrap'],
        2,
        [/kas\.yml:\d+/, /bitbake-subset/]
      ],
      [
        'another architecture',
        { 'kas.yml': kas.replace('qemuamd64', 'qemuarm64') },
        ['build', 'kas.yml', '--engine', 'mmdebstrap'],
        2,
        [/amd64/, /arm64/]
      ],
      [
        'a package that Debian does not have',
        { 'kas.yml': kas.replace('dhcpcd', 'dhcpcd no-such-package-here') },
        ['build', 'kas.yml', '--engine', 'mmdebstrap'],
        4,
        [/no-such-package-here/, /the kas project/, /bookworm/]
      ],
      [
        'a mirror that does not answer',
        {},
        [
          'build',
          'kas.yml',
          '--engine',
          'mmdebstrap',
          '--mirror',
          'http://127.0.0.1:9/debian',
          '--security-mirror',
          'http://127.0.0.1:9/debian-security'
        ],
        3,
        [/MIRROR_UNREACHABLE/, /--mirror/]
      ],
      [
        'one mirror of two',
        {},
        ['build', 'kas.yml', '--engine', 'mmdebstrap', '--mirror', 'http://127.0.0.1:9/debian'],
        2,
        [/both/]
      ],
      ['an unknown requirement', {}, ['explain', 'CR 9.99'], 2, [/CR 9\.99/]],
      ['an unknown verb', {}, ['harden-all'], 2, [/--help/]],
      ['an image that is not there', {}, ['verify', 'no.wic', ...target], 2, [/no\.wic/]],
      [
        'an image that is none',
        { 'photo.wic': 'GIF89a not an image at all' },
        ['verify', 'photo.wic', ...target],
        2,
        [/photo\.wic/]
      ],
      ['a directory without dpkg', { 'tree/etc/hostname': 'x\n' }, ['sbom', 'tree'], 2, [/dpkg/]]
    ]
  it.each(cases)('%s', async (_name, files, argv, code, says) => {
    const project = projectWith(files)
    const before = readdirSync(project)
    const run = await runCli(project, argv)
    expect(run.stderr).not.toContain('likely a bug')
    for (const pattern of says) expect(run.stderr).toMatch(pattern)
    expect(run.code).toBe(code)
    expect(run.stdout).toBe('')
    expect(readdirSync(project)).toEqual(before)
  })
})

it('a full disk is named, and nothing is left behind', () => {
  if (process.getuid?.() !== 0) {
    throw new Error('this test needs root to make a small file system of its own: run the tests as root')
  }
  const directory = projectWith({})
  const main = join(import.meta.dirname, '../../dist/lib/cli/main.js')
  expect(existsSync(main), 'npm test builds dist/ first').toBe(true)
  const small = join(directory, 'small')
  mkdirSync(small)
  writeFileSync(
    join(directory, 'try.sh'),
    `mount -t tmpfs -o size=20m tmpfs small && TMPDIR=$PWD/small node "${main}" build kas.yml --engine mmdebstrap; code=$?; ls -A small; exit $code\n`
  )
  const run = (() => {
    try {
      return {
        stdout: execFileSync('unshare', ['-m', 'sh', 'try.sh'], { cwd: directory, stdio: 'pipe' }).toString(),
        code: 0,
        stderr: ''
      }
    } catch (error) {
      const failed = error as { status: number; stdout: Buffer; stderr: Buffer }
      return { code: failed.status, stdout: failed.stdout.toString(), stderr: failed.stderr.toString() }
    }
  })()
  expect(run.stderr).toMatch(/DISK_FULL/)
  expect(run.code).toBe(3)
  expect(run.stdout).toBe('')
})
