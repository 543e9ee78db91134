import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Check } from '../../lib/controls/check.ts'
import { runChecks } from './run-tree.ts'

const directory = '/etc/audit/rules.d'
const ours = readFileSync(
  new URL(
    '../../recipes/recipes-security/kas-harden-settings/files/root/etc/audit/rules.d/kas-harden-80-services.rules',
    import.meta.url
  ),
  'utf8'
)
const check: Check = {
  id: 'services',
  title: 'What services do is recorded',
  type: 'audit-rule',
  services: ['execve', 'fchmodat'],
  except: ['noisy']
}

async function statusWith(files: Record<string, string>) {
  const [result] = await runChecks(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`${directory}/${name}`, text])),
    [check]
  )
  return result?.status
}

describe('rules for services', () => {
  it('record what our package brings, and nothing else does', async () => {
    expect(await statusWith({ '80-services.rules': ours })).toBe('pass')
    expect(await statusWith({})).toBe('fail')
  })

  it.each<[how: string, changes: readonly (readonly [RegExp, string])[]]>([
    [
      'in other words',
      [
        [/auid=unset/g, 'auid=-1'],
        [/uid!=0/g, 'uid>=1']
      ]
    ],
    [
      'with numbers',
      [
        [/auid=unset/g, 'auid=4294967295'],
        [/uid!=0/g, 'uid>0']
      ]
    ],
    ['for root too', [[/ -F uid!=0/g, '']]],
    ['by the older name of the field', [[/auid/g, 'loginuid']]]
  ])('count %s', async (_how, changes) => {
    const text = changes.reduce((all, [from, to]) => all.replace(from, to), ours)
    expect(text).not.toBe(ours)
    expect(await statusWith({ '80-services.rules': text })).toBe('pass')
  })

  it.each([
    ['one account only', /uid!=0/g, 'uid=33'],
    ['ordinary accounts only', /uid!=0/g, 'uid>=1000'],
    ['people only', /auid=unset|auid<1000/g, 'auid>=1000'],
    ['jobs of cron only', /^.*auid=unset.*\n/gm, ''],
    ['what no login started only', /^.*auid<1000.*\n/gm, ''],
    ['failures only', /uid!=0/g, 'uid!=0 -F success=0'],
    ['one program only', /uid!=0/g, 'uid!=0 -F exe=/usr/bin/true'],
    ['other system calls', /execve,execveat/g, 'execveat'],
    ['programs of 32 bits only', /^.*b64.*\n/gm, '']
  ])('fail where they are about %s', async (_what, from, to) => {
    expect(await statusWith({ '80-services.rules': ours.replace(from, to) })).toBe('fail')
  })

  it.each([
    '-a never,exit -F auid=-1',
    '-a never,exit -F arch=b64 -S execve -F uid!=0',
    '-a never,exit -F arch=b64 -S execve -F uid=www-data',
    '-a never,exit -F dir=/usr',
    '-a never,exit -F exe!=/usr/bin/aide',
    '-a exit,never -F arch=b64 -S all -F auid>1000',
    '-A never,exit -F auid<=999 -F uid>0',
    '-a always,exclude -F auid>=1000'
  ])('fail where a rule before them leaves services out: %s', async (rule) => {
    expect(await statusWith({ '00-local.rules': `${rule}\n`, '80-services.rules': ours })).toBe('fail')
  })

  it.each([
    '-a never,exit -F arch=b64 -S execve -F uid=noisy',
    '-a never,exit -F uid=0 -F auid=unset',
    '-a never,exit -F auid>=1000 -F auid!=unset',
    '-a never,exit -F arch=b64 -S openat',
    '-a never,exit -F exe=/usr/bin/aide'
  ])('pass beside a rule about a named account, root, people or other calls: %s', async (rule) => {
    expect(await statusWith({ '00-local.rules': `${rule}\n`, '80-services.rules': ours })).toBe('pass')
  })

  it('pass where the rule that leaves services out comes too late', async () => {
    expect(
      await statusWith({ '80-services.rules': ours, '90-local.rules': '-a never,exit -F auid=-1\n' })
    ).toBe('pass')
  })
})
