import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BuildAccount, BuildRequest } from '../../lib/build/request.ts'
import { settingsScript } from '../../lib/build/settings-stage.ts'
import { temporaryDirectory } from '../temporary.ts'
import { exec, output } from './world.ts'

const request: BuildRequest = {
  image: 'image',
  distro: 'debian-bookworm',
  machine: 'qemuamd64',
  release: 'bookworm',
  architecture: 'amd64',
  hostname: 'gateway',
  packages: [],
  kernel: 'amd64',
  cmdline: [],
  settings: [],
  site: { parts: [], variables: {} },
  accounts: [],
  groups: [],
  notBuilt: [],
  wantedBy: new Map(),
  example: false
}

interface Run {
  root: string
  /** Arguments of every command the script ran in the root. */
  commands: string[][]
}

/** Runs the script on a bare tree with the real shell; commands in the root are noted, not run. */
async function run(changes: Partial<BuildRequest>, umask = '022', debs: string[] = []): Promise<Run> {
  const directory = temporaryDirectory()
  const [root, bin, log] = ['the root', 'bin', 'log'].map((name) => join(directory, name)) as [
    string,
    string,
    string
  ]
  for (const below of ['etc/ssh', 'etc/apt', 'var/log', 'var/lib/apt/lists', 'tmp/kas-harden']) {
    mkdirSync(join(root, below), { recursive: true })
  }
  writeFileSync(join(root, 'etc/ssh/ssh_host_rsa_key'), 'secret')
  writeFileSync(join(root, 'var/log/a log'), 'lines')
  mkdirSync(bin)
  // `id` fails: the account is not there yet.
  const chroot = `#!/bin/sh\nshift\nprintf '%s\\0' "$@" >>'${log}'; printf '\\n\\0' >>'${log}'\n[ "$1" != id ]\n`
  writeFileSync(join(bin, 'chroot'), chroot, { mode: 0o755 })
  writeFileSync(log, '')
  const script = join(directory, 'script')
  writeFileSync(script, await settingsScript({ ...request, ...changes }, debs, 'a-guid', exec))
  execFileSync('sh', ['-c', `umask ${umask}; exec sh "$1" "$2"`, 'sh', script, root], {
    cwd: directory,
    env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    stdio: 'pipe'
  })
  const commands = readFileSync(log, 'utf8')
    .split('\n\0')
    .slice(0, -1)
    .map((line) => line.split('\0').slice(0, -1))
  expect(readdirSync(directory).sort(), 'nothing made beside the root').toEqual([
    'bin',
    'log',
    'script',
    'the root'
  ])
  return { root, commands }
}

const nasty = fc.string({
  unit: fc.constantFrom('a', ' ', "'", '"', '\\', '$', '`', '(', ')', ';', '&', '|', '>', '*', 'ä', '-'),
  maxLength: 14
})

describe('the script of the settings stage', () => {
  test('hands every text of an account to its tool as it is, whatever a shell would make of it', async () => {
    await fc.assert(
      fc.asyncProperty(nasty, nasty, nasty, async (comment, home, group) => {
        const account: BuildAccount = {
          name: `op${group}`,
          flags: [],
          groups: [group],
          comment,
          home,
          shell: home
        }
        const { commands } = await run({ accounts: [account], groups: [{ name: group }] })
        expect(commands).toEqual([
          ['groupadd', '--force', '--', group],
          ['id', '--', account.name],
          [
            ...['useradd', ...(comment ? ['--comment', comment] : []), ...(home ? ['--home-dir', home] : [])],
            ...['--shell', home, '--create-home', '--', account.name]
          ],
          ['usermod', '--append', '--groups', group, '--', account.name]
        ])
      }),
      { numRuns: 25, examples: [["'; touch /tmp/x; '", '$(id)', '-x']] }
    )
  })

  test.each(["a'b", 'a b', 'a\nb', '', '-a', 'a.', '$(id)', 'x'.repeat(64), 'ä'])(
    'refuses the host name %j',
    async (hostname) => {
      await expect(settingsScript({ ...request, hostname }, [], 'a-guid', exec)).rejects.toMatchObject({
        kind: 'usage',
        code: 'HOSTNAME_INVALID'
      })
    }
  )

  test('writes names, and nothing of a device or of this machine stays', async () => {
    const { root } = await run({ hostname: 'gw-1.example.org' })
    const text = (path: string) => readFileSync(join(root, path), 'utf8')
    expect(text('etc/hostname')).toBe('gw-1.example.org\n')
    expect(text('etc/hosts')).toContain('127.0.1.1\tgw-1.example.org\n')
    expect(text('etc/fstab')).toMatch(/^PARTUUID=a-guid \/ ext4 /)
    expect(text('etc/apt/sources.list')).toMatch(/^# No apt source/)
    expect([text('etc/machine-id'), text('etc/resolv.conf'), text('var/log/a log')]).toEqual(['', '', ''])
    expect(readdirSync(join(root, 'etc/ssh'))).toEqual([])
    expect(readdirSync(join(root, 'tmp'))).toEqual([])
    expect(JSON.parse(text('usr/share/kas-harden/image.json'))).toMatchObject({
      fidelity: 'full',
      example: false
    })
  })

  test("the caller's umask decides no mode", async () => {
    const modes = async (umask: string) =>
      output('find', (await run({}, umask)).root, '-newer', '/proc/1', '-type', 'f', '-printf', '%P %m\\n')
    expect((await modes('077')).split('\n').sort()).toEqual((await modes('002')).split('\n').sort())
  })

  test('an incomplete image says so inside', async () => {
    const { root } = await run({
      notBuilt: [{ variable: 'IMAGE_INSTALL', value: 'x', origin: 'a:1' }],
      example: true
    })
    const record: unknown = JSON.parse(readFileSync(join(root, 'usr/share/kas-harden/image.json'), 'utf8'))
    expect(record).toMatchObject({ fidelity: 'base-only', example: true })
  })

  test('installs our packages in one go, and keeps the answers of files that are there', async () => {
    const { commands } = await run({}, '022', ['/cache/a_1_all.deb', '/cache/b_1_all.deb'])
    expect(commands[0]?.slice(0, 2)).toEqual(['dpkg', '--install'])
    expect(commands[0]?.slice(-2)).toEqual(['/tmp/kas-harden/a_1_all.deb', '/tmp/kas-harden/b_1_all.deb'])
  })
})

describe('passwords', () => {
  const field = async (account: Partial<BuildAccount>) => {
    const { commands } = await run({ accounts: [{ name: 'op', flags: [], groups: [], ...account }] })
    const command = commands.find((words) => words.includes('--password'))
    return command?.[command.indexOf('--password') + 1]
  }

  test('in clear text are hashed, the same each time, another for another account', async () => {
    const flags = ['clear-text-password']
    const [one, two, other] = [
      await field({ password: "it's $ecret", flags }),
      await field({ password: "it's $ecret", flags }),
      await field({ name: 'admin', password: "it's $ecret", flags })
    ]
    expect(one).toBe(two)
    expect(other).not.toBe(one)
    const salt = /^\$6\$([^$]+)\$/.exec(one ?? '')?.[1] ?? ''
    expect(output('openssl', 'passwd', '-6', '-salt', salt, "it's $ecret").trim()).toBe(one)
  })

  test('that are hashes stay as they are, none is locked, an empty one needs a flag', async () => {
    expect(await field({ password: '$y$j9T$x$y' })).toBe('$y$j9T$x$y')
    expect(await field({})).toBeUndefined()
    expect(await field({ password: '', flags: ['allow-empty-password'] })).toBe('')
    await expect(field({ password: '' })).rejects.toMatchObject({ code: 'EMPTY_PASSWORD' })
  })

  test('to be changed at the first login are marked', async () => {
    const { commands } = await run({ accounts: [{ name: 'op', flags: ['force-passwd-change'], groups: [] }] })
    expect(commands).toContainEqual(['chage', '--lastday', '0', '--', 'op'])
  })
})
