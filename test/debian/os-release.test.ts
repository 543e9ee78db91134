import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { parseOsRelease } from '../../lib/debian/os-release.ts'

test('reads quoting as the shell does', () => {
  const text = [
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"',
    "VERSION_ID='12'",
    'ID=debian',
    '# comment="no"',
    'not an assignment',
    'BUILD_ID="a \\"quoted\\" \\$x \\\\ end"',
    'VARIANT=two\\ words',
    'EMPTY=',
    'ID=acme',
    ''
  ].join('\n')
  const names = ['PRETTY_NAME', 'VERSION_ID', 'ID', 'BUILD_ID', 'VARIANT', 'EMPTY']
  const script = `${text.replace('not an assignment\n', '')}\nprintf '%s\\n' ${names.map((name) => `"$${name}"`).join(' ')}`
  const shell = execFileSync('sh', ['-c', script]).toString('utf8').split('\n').slice(0, -1)
  const parsed = parseOsRelease(text)
  expect(names.map((name) => parsed[name])).toEqual(shell)
})

test('a name from the object prototype is a field like any other', () => {
  expect({ ...parseOsRelease('__proto__=x\nID=debian') }).toEqual({ ID: 'debian' })
  expect(parseOsRelease('')['constructor']).toBeUndefined()
})
