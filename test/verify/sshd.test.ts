import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSshd } from '../../lib/verify/readers/sshd.ts'
import { inDirectory, output } from './oracle.ts'
import { contextOf } from './run-tree.ts'
import { treeImage } from './tree-image.ts'

const values: Readonly<Record<string, readonly string[]>> = {
  PermitRootLogin: ['yes', 'no', 'prohibit-password'],
  MaxAuthTries: ['2', '3', '9'],
  X11Forwarding: ['yes', 'no'],
  LogLevel: ['VERBOSE', 'INFO', 'ERROR'],
  Banner: ['/etc/issue.net', '/etc/my banner', 'none'],
  ClientAliveCountMax: ['0', '3'],
  AllowGroups: ['a b', 'c', '"d" e'],
  KbdInteractiveAuthentication: ['yes', 'no'],
  ChallengeResponseAuthentication: ['yes', 'no']
}

const directive = fc
  .constantFrom(...Object.keys(values))
  .chain((key) =>
    fc.record({
      key: fc.constantFrom(key, key.toLowerCase(), key.toUpperCase()),
      separator: fc.constantFrom(' ', '\t', '=', ' = '),
      value: fc.constantFrom(...(values[key] ?? [])),
      indent: fc.constantFrom('', '  ', '\t'),
      end: fc.constantFrom('', '  ', ' # why', '\r')
    })
  )
  .map(({ key, separator, value, indent, end }) => {
    const quoted = value.includes('/') ? `"${value}"` : value
    return `${indent}${key}${separator}${quoted}${end}`
  })

const line = fc.oneof(
  { weight: 6, arbitrary: directive },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '# PermitRootLogin yes',
      '   ',
      '#',
      'Include @/a*.conf',
      'Include @/b.conf @/missing.conf'
    )
  }
)
const block = fc
  .tuple(
    fc.array(line, { maxLength: 5 }),
    fc.option(fc.constantFrom('Match User nobody-here', 'match group "x"'), { nil: undefined }),
    fc.array(
      directive.filter((text) => /permitroot|maxauth|x11/i.test(text)),
      { maxLength: 2 }
    )
  )
  .map(([first, match, then]) => [...first, ...(match === undefined ? [] : [match, ...then])].join('\n'))

// sshd -T needs /run/sshd; a private tmpfs gives it one.
const script =
  'mount -t tmpfs none /run && mkdir -p /run/sshd && exec /usr/sbin/sshd -T -h "$1/key" -f "$1/sshd_config"'

test('global values are those of sshd -T', async () => {
  await fc.assert(
    fc.asyncProperty(block, block, block, async (main, one, two) => {
      // a2 must not include the others again and again.
      const flat = (text: string): string => text.replace(/^Include.*$/gm, '')
      const files = (directory: string): Record<string, string> => ({
        sshd_config: `${main.replaceAll('@', directory)}\n`,
        'a2.conf': `${flat(two)}\n`,
        'a1.conf': `${one.replaceAll('@', directory).replace(/^Include .*a\*.*$/gm, '')}\n`,
        'b.conf': `${flat(one)}\n`
      })
      const [real, ours] = inDirectory(files, (directory) => {
        output('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${directory}/key`])
        const text = output('unshare', ['-rm', 'sh', '-c', script, 'sh', directory])
        const tree = Object.entries(files(directory)).map(
          ([name, content]) => [`${directory}/${name}`, content] as const
        )
        const image = treeImage({
          ...Object.fromEntries(tree),
          '/etc/ssh/sshd_config': `Include ${directory}/sshd_config\n`
        })
        return [text, contextOf(image).then(readSshd)] as const
      })
      const config = await ours
      for (const key of Object.keys(values)) {
        const own = config.global(key).map(({ value }) => value)
        const name = key === 'ChallengeResponseAuthentication' ? 'KbdInteractiveAuthentication' : key
        const theirs = real
          .split('\n')
          .filter((text) => text.toLowerCase().startsWith(`${name.toLowerCase()} `))
          .map((text) => text.slice(name.length + 1))
        if (own.length === 0) continue // sshd -T prints its default
        expect(
          own
            .flatMap((text) => (key === 'AllowGroups' ? text.split(' ') : [text]))
            .map((text) => text.toLowerCase())
        ).toEqual(theirs.map((text) => text.toLowerCase().replace('without-password', 'prohibit-password')))
      }
    }),
    { numRuns: 40 }
  )
})

test('a Match block overrides, wherever it stands, and ends with its file', async () => {
  const context = await contextOf(
    treeImage({
      '/etc/ssh/sshd_config':
        'Include /etc/ssh/d/*.conf\nMaxAuthTries 4\nMatch all\nX11Forwarding yes\nInclude /etc/ssh/inner.conf\n',
      '/etc/ssh/d/a.conf': 'Match User bob\nMaxAuthTries 9\n',
      '/etc/ssh/inner.conf': 'PermitTunnel yes\n'
    })
  )
  const config = await readSshd(context)
  expect(config.global('MaxAuthTries').map(({ value }) => value)).toEqual(['4'])
  expect(config.conditional('maxauthtries').map(({ value, match }) => [value, match])).toEqual([
    ['9', 'User bob']
  ])
  expect(config.global('PermitTunnel')).toEqual([])
  expect(config.conditional('PermitTunnel').map(({ path, line: at }) => `${path}:${at}`)).toEqual([
    '/etc/ssh/inner.conf:1'
  ])
})

test('includes that never end are refused', async () => {
  const context = await contextOf(treeImage({ '/etc/ssh/sshd_config': 'Include /etc/ssh/sshd_config\n' }))
  await expect(readSshd(context)).rejects.toThrow(/nests deeper/)
})
