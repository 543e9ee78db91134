import { describe, expect, test } from 'vitest'
import type { Check } from '../../lib/controls/check.ts'
import { kernelWords } from '../../lib/verify/readers/kernel-words.ts'
import { joinContinued } from '../../lib/verify/readers/lines.ts'
import { parseEnvironment } from '../../lib/verify/readers/unit-commands.ts'
import { runChecks } from './run-tree.ts'
import type { Tree } from './tree-image.ts'

const unit: Check = {
  id: 'x',
  title: 'x',
  type: 'unit',
  unit: 'vendor.service',
  state: 'enabled'
}

const good: Tree = {
  '/usr/bin/vendor': { content: '#!/bin/sh\n', mode: 0o755 },
  '/usr/lib/systemd/system/vendor.service': '[Service]\nExecStart=/usr/bin/vendor\n',
  '/etc/systemd/system/multi-user.target.wants/vendor.service': {
    link: '/usr/lib/systemd/system/vendor.service'
  }
}

async function statusWith(text: string): Promise<string> {
  const tree = { ...good, '/etc/systemd/system/vendor.service.d/x.conf': text }
  const [result] = await runChecks(tree, [unit])
  return result?.status ?? ''
}

describe('a unit that is started and does not do its work', () => {
  test.each([
    ['[Unit]\nRequires=missing.service\n', 'fail'],
    ['[Unit]\nConflicts=multi-user.target\n', 'fail'],
    ['[Unit]\nRequisite=rescue.target\n', 'fail'],
    ['[Service]\nExecCondition=/bin/false\n', 'fail'],
    ['[Service]\nEnvironmentFile=/etc/missing\n', 'fail'],
    ['[Service]\nPrivateNetwork=yes\n', 'unknown'],
    ['[Service]\nMemoryMax=1\n', 'unknown'],
    ['[Service]\nBindPaths=/opt/x:/etc/vendor\n', 'unknown'],
    ['[Service]\nCapabilityBoundingSet=\n', 'unknown'],
    ['[Service]\nMemoryMax=64M\nRestart=always\nBindPaths=/opt/x:/opt/y\n', 'pass'],
    ['[Unit]\nConflicts=shutdown.target\nWants=missing.service\n', 'pass'],
    ['[Service]\nPrivateNetwork=no\nRuntimeMaxSec=infinity\nEnvironment=LANG=C\n', 'pass']
  ])('%j is %s', async (text, status) => {
    expect(await statusWith(text)).toBe(status)
  })
})

test('an environment file is read as systemd reads it', () => {
  const text = 'A="\n-o x"\nB=""-o\n#C=1\nD=a\\\nb\nE=\'x y\'z  \n; F=1\nG=\nH="a\\"b"\n'
  expect(parseEnvironment(text)).toEqual([
    ['A', '\n-o x'],
    ['B', '-o'],
    ['D', 'ab'],
    ['E', 'x yz'],
    ['G', ''],
    ['H', 'a"b']
  ])
})

test('quotes of a kernel command line are the kernel’s', () => {
  expect(kernelWords('a="b c"  "init=/bin/sh" mitigations="off" d=e"f"')).toEqual([
    'a=b c',
    'init=/bin/sh',
    'mitigations=off',
    'd=e"f"'
  ])
})

test('a comment ends its line where the program says so', () => {
  const lines = ['a \\', '# c \\', 'b'].map((text, at) => ({ path: '/x', line: at + 1, text }))
  const texts = (options: Parameters<typeof joinContinued>[2]) =>
    joinContinued(lines, '', options).map(({ text }) => text)
  expect(texts({})).toEqual(['a # c b'])
  const hasComment = (text: string) => text.includes('#')
  expect(texts({ hasComment })).toEqual(['a # c \\', 'b'])
  expect(texts({ hasComment, passesOver: true })).toEqual(['a b'])
})
