import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { Check } from '../../lib/controls/check.ts'
import { dpkgStatus, goodTree } from './good-tree.ts'
import { runChecks } from './run-tree.ts'
import type { Tree } from './tree-image.ts'

const check = (fields: object) => v.parse(Check, { id: 'one', title: 'one', ...fields })
const autostart = check({ type: 'autostart', allow: ['auditd', 'product.*', '/etc/tmpfiles.d/product.conf'] })
const units = '/usr/lib/systemd/system'

/** All units of the good tree as if auditd had brought them. */
const packaged: Tree = {
  '/var/lib/dpkg/info/auditd.md5sums': Object.entries(goodTree)
    .filter(([path]) => path.startsWith('/usr/') || path.startsWith('/etc/systemd/system/'))
    .map(([path, entry]) => {
      const content = typeof entry === 'string' ? entry : (entry?.content ?? '')
      return `${createHash('md5').update(content).digest('hex')}  ${path.slice(1)}\n`
    })
    .join('')
}

async function statusOf(change: Tree, one: Check = autostart): Promise<string> {
  const [result] = await runChecks({ ...packaged, ...change }, [one])
  return `${result?.status ?? ''}: ${result?.message ?? ''}`
}

const started = (name: string, text = '[Service]\nExecStart=/opt/x\n'): Tree => ({
  [`/etc/systemd/system/${name}`]: text,
  [`/etc/systemd/system/multi-user.target.wants/${name}`]: { link: `/etc/systemd/system/${name}` }
})

describe('what starts by itself', () => {
  test.each<[string, Tree]>([
    ['nothing but units of a listed package', {}],
    ['a unit that is named', started('product.service')],
    ['a unit nobody starts', { '/etc/systemd/system/spare.service': '[Service]\nExecStart=/opt/x\n' }],
    ['a file that is named', { '/etc/tmpfiles.d/product.conf': 'd /run/product\n' }],
    ['a drop-in without a command', { [`${units}/ssh.service.d/x.conf`]: '[Service]\nNice=3\n' }],
    ['a generator masked', { '/etc/systemd/system-generators/x': { link: '/dev/null' } }],
    ['rc.local that can not be run', { '/etc/rc.local': '#!/bin/sh\n' }],
    ['a job for a cron that is not there', { '/etc/cron.d/x': '@reboot root x\n' }]
  ])('passes: %s', async (_, change) => {
    expect(await statusOf(change)).toMatch(/^pass: /)
  })

  test.each<[string, Tree, RegExp]>([
    ['a unit of nobody', started('x.service'), /x\.service/],
    ['a socket', started('x.socket', '[Socket]\nListenStream=1\n'), /x\.socket/],
    [
      'a drop-in with a command',
      { '/etc/systemd/system/ssh.service.d/x.conf': '[Service]\nExecStartPre=/opt/x\n' },
      /ssh\.service/
    ],
    [
      'a unit edited in its place',
      { [`${units}/ssh.service`]: '[Service]\nExecStart=/usr/sbin/sshd -d\n' },
      /ssh\.service/
    ],
    [
      'a generator',
      { '/etc/systemd/system-generators/x': { content: '#!', mode: 0o755 } },
      /system-generators\/x/
    ],
    ['rc.local', { '/etc/rc.local': { content: '#!', mode: 0o755 } }, /rc\.local/],
    ['tmpfiles.d', { '/etc/tmpfiles.d/x.conf': 'w /proc/sys/kernel/sysrq - - - - 1\n' }, /x\.conf/],
    ['udev', { '/etc/udev/rules.d/x.rules': 'RUN+="/opt/x"\n' }, /x\.rules/],
    ['a job for cron', { ...started('cron.service'), '/etc/cron.d/x': '@reboot root x\n' }, /cron\.d\/x/]
  ])('fails: %s', async (_, change, words) => {
    const status = await statusOf(change)
    expect(status).toMatch(/^fail: /)
    expect(status).toMatch(words)
  })

  test('a package that is not installed brings nothing', async () => {
    const status = dpkgStatus.replace(
      'Package: auditd\nStatus: install ok installed',
      'Package: auditd\nStatus: deinstall ok config-files'
    )
    expect(await statusOf({ '/var/lib/dpkg/status': status })).toMatch(/^fail: /)
  })
})

describe('programs of packages', () => {
  const intact = check({ type: 'intact', paths: ['/usr/sbin/sshd', '/opt/*'] })
  test('those that are as they came, and those on no list, pass', async () => {
    expect(await statusOf({ '/opt/own': 'x' }, intact)).toMatch(/^pass: /)
  })
  test('a changed one and one that is a link to another fail', async () => {
    expect(await statusOf({ '/usr/sbin/sshd': { content: 'other', mode: 0o755 } }, intact)).toMatch(
      /not what auditd/
    )
    expect(
      await statusOf({ '/usr/sbin/sshd': { link: '/usr/bin/true' }, '/usr/bin/true': 'true' }, intact)
    ).toMatch(/a link to/)
  })
  test('a changed one fails on a system that is not merged as well', async () => {
    const tool = check({ type: 'intact', paths: ['/usr/sbin/tool'] })
    const sums = `${createHash('md5').update('tool').digest('hex')}  sbin/tool\n`
    const unmerged: Tree = { '/sbin': null, '/var/lib/dpkg/info/auditd.md5sums': sums, '/sbin/tool': 'tool' }
    expect(await statusOf(unmerged, tool)).toMatch(/^pass: 1 programs/)
    expect(await statusOf({ ...unmerged, '/sbin/tool': 'other' }, tool)).toMatch(
      /sbin\/tool is not what auditd/
    )
  })
})
