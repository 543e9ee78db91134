import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import type { Check } from '../../lib/controls/check.ts'
import { onlyWhatIsRead } from '../../lib/verify/only-what-is-read.ts'
import { runCheck } from '../../lib/verify/run-check.ts'
import { contextOf } from './run-tree.ts'
import { treeImage } from './tree-image.ts'

const check = (parts: object) => ({ id: 'one', title: 'One', ...parts }) as Check
const checks = {
  inside: check({ type: 'file', path: '/etc/sudoers.d/open', state: 'absent' }),
  throughIt: check({ type: 'file', path: '/etc/sudoers.d/wanted', state: 'present' }),
  throughLink: check({ type: 'file', path: '/etc/link', state: 'present' }),
  listed: check({ type: 'file', path: '/etc/sudoers.d', state: 'empty' }),
  described: check({ type: 'file', path: '/etc/odd', state: 'absent' }),
  walked: check({ type: 'permissions', rule: 'world-writable' }),
  beside: check({ type: 'file', path: '/etc/hostname', state: 'present' }),
  missing: check({ type: 'file', path: '/etc/motd', state: 'present' })
}

it('says unknown where this user may not look, and answers all of the rest', async () => {
  const image = treeImage({
    '/etc/os-release': 'VERSION_CODENAME=bookworm\n',
    '/etc/hostname': 'device\n',
    '/etc/sudoers.d': { directory: true, mode: 0o750 },
    '/etc/link': { link: 'sudoers.d/wanted' }
  })
  const partly = { ...image, unread: new Set(['/etc/sudoers.d', '/etc/odd']) }
  const context = await contextOf(onlyWhatIsRead(partly))
  const results: Record<string, string> = {}
  for (const [name, one] of Object.entries(checks)) {
    results[name] = (await runCheck('test', one, {}, context)).status
  }
  expect(results).toEqual({
    inside: 'unknown',
    throughIt: 'unknown',
    throughLink: 'unknown',
    listed: 'unknown',
    described: 'unknown',
    walked: 'unknown',
    beside: 'pass',
    missing: 'fail'
  })
})

it('does not call what an ordinary user may not see of a tree of root missing', (context) => {
  if (process.getuid?.() !== 0) context.skip('Only root can be somebody else')
  // What `task: rootfs` of isar leaves: directories other users may not enter.
  const tree = mkdtempSync(join(tmpdir(), 'kas-harden-unread-'))
  afterAll(() => {
    rmSync(tree, { recursive: true, force: true })
  })
  const files = {
    '/etc/os-release': 'VERSION_CODENAME=bookworm\n',
    '/etc/ssh/sshd_config': 'PermitRootLogin no\n',
    '/var/lib/dpkg/status': 'Package: libc6\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n'
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), text)
  }
  chmodSync(tree, 0o755)
  chmodSync(join(tree, 'etc/ssh'), 0o750)
  const command = fileURLToPath(new URL('../../dist/lib/cli/main.js', import.meta.url))
  const done = spawnSync(
    'setpriv',
    ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, command].concat(
      ['verify', tree, '--component', 'EDR', '--sl', '2', '--json'],
      []
    ),
    { encoding: 'utf8', cwd: tree }
  )
  const { checks: seen } = JSON.parse(done.stdout) as {
    checks: { type: string; id: string; status: string }[]
  }
  const ofSsh = seen.filter(({ id, type }) => id.startsWith('sshd-') && type === 'directive')
  expect(ofSsh.length).toBeGreaterThan(0)
  expect(ofSsh.filter(({ status }) => status !== 'unknown')).toEqual([])
})
