import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAptConf } from '../../lib/verify/readers/apt-conf.ts'
import { readAuditRules } from '../../lib/verify/readers/audit-rules.ts'
import { readChrony } from '../../lib/verify/readers/chrony.ts'
import { globImage, globToRegExp } from '../../lib/verify/readers/glob.ts'
import { parseIni } from '../../lib/verify/readers/ini.ts'
import { byVersion } from '../../lib/verify/readers/version-sort.ts'
import { sshdSeconds, systemdBytes, systemdSeconds } from '../../lib/verify/quantities.ts'
import { goodTree } from './good-tree.ts'
import { inDirectory, output } from './oracle.ts'
import { contextOf } from './run-tree.ts'
import { treeImage } from './tree-image.ts'

const lines = (text: string) => text.split('\n').map((one, at) => ({ path: '/x', line: at + 1, text: one }))

test('rules.d is sorted as ls -1v sorts it, as augenrules does', () => {
  const name = fc
    .string({
      unit: fc.constantFrom('a', 'B', 'z', '0', '1', '25', '-', '_', '.', '~'),
      minLength: 1,
      maxLength: 6
    })
    .map((text) => `x${text}.rules`.replace(/^x(?=[^-.])/, ''))
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 8 }), (names) => {
      const files = (): Record<string, string> => Object.fromEntries(names.map((one) => [one, '']))
      const real = inDirectory(files, (directory) => output('ls', ['-1v', directory]))
      expect([...names].sort(byVersion)).toEqual(real.split('\n').filter((one) => one !== ''))
    }),
    { numRuns: 200 }
  )
})

test('chronyd reads the directives we read, in the same order', async () => {
  const conf = (root: string): string =>
    `! comment\n% comment\nconfdir ${root}/conf.d\n  MakeStep 1   3\ninclude ${root}/more*.conf\nsourcedir ${root}/sources.d\nport 0\n`
  const files = (root: string): Record<string, string> => ({
    'chrony.conf': conf(root),
    'conf.d/20.conf': 'logchange 0.5\n',
    'conf.d/10.conf': 'maxupdateskew 100.0\n',
    'conf.d/x.txt': 'nonsense\n',
    'more2.conf': '; nothing\nrtcsync\n',
    'more1.conf': 'authselectmode require\n'
  })
  const [real, context] = inDirectory(files, (root) => {
    const tree = Object.fromEntries(
      Object.entries(files(root)).map(([path, text]) => [`${root}/${path}`, text])
    )
    return [
      output('chronyd', ['-p', '-f', `${root}/chrony.conf`]),
      contextOf(treeImage(tree, { '/etc/chrony/chrony.conf': conf(root) }))
    ]
  })
  const chrony = await readChrony(await context)
  const settings = 'settings' in chrony ? chrony.settings : []
  const words = (text: string): string => text.trim().replace(/\s+/g, ' ').toLowerCase()
  expect(settings.map(({ text }) => words(text))).toEqual(
    real
      .split('\n')
      .map(words)
      .filter((line) => line !== '' && !line.startsWith('sourcedir'))
  )
})

test('apt reads the options we read', () => {
  const value = fc.constantFrom('true', 'false', '1', 'yes')
  const statement = fc.oneof(
    value.map((one) => `APT::Get::AllowUnauthenticated "${one}";`),
    value.map((one) => `APT { Get { AllowUnauthenticated "${one}"; }; };`),
    value.map((one) => `apt::get { allowunauthenticated ${one}; };`),
    value.map((one) => `Acquire { AllowInsecureRepositories "${one}"; Languages "none"; };`),
    value.map((one) => `// APT::Get::AllowUnauthenticated "${one}";`),
    value.map((one) => `# APT::Get::AllowUnauthenticated "${one}";`),
    value.map(
      (one) =>
        `/* APT::Get::AllowUnauthenticated "${one}";\n Acquire { AllowInsecureRepositories "true"; }; */`
    ),
    value.map((one) => `Acquire\n{\n  AllowInsecureRepositories "${one}"; // http://example.org\n};`)
  )
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 5 }), (statements) => {
      const text = `${statements.join('\n')}\n`
      const real = inDirectory(
        () => ({ 'apt.conf': text }),
        (root) => output('apt-config', ['dump'], undefined, { APT_CONFIG: `${root}/apt.conf` })
      )
      for (const key of ['APT::Get::AllowUnauthenticated', 'Acquire::AllowInsecureRepositories']) {
        const own = parseAptConf(lines(text)).findLast((one) => one.key === key.toLowerCase())?.value
        const theirs = real
          .split('\n')
          .filter((line) => line.toLowerCase().startsWith(`${key.toLowerCase()} `))
          .at(-1)
        if (own !== undefined) expect(theirs?.replace(/^\S+ "(.*)";$/, '$1')).toBe(own)
        // apt's own default is not in the file.
        else expect(theirs ?? '"false"').toMatch(/"(?:false|0)?"/)
      }
    }),
    { numRuns: 40 }
  )
})

test('patterns match as the shell matches them', () => {
  const pattern = fc.string({
    unit: fc.constantFrom('a', 'b', '.', '*', '?', '[ab]', '[!a]', '-'),
    maxLength: 6
  })
  const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '.', '-'), minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(fc.array(fc.tuple(pattern, name), { minLength: 30, maxLength: 30 }), (pairs) => {
      const script =
        'while IFS= read -r p && IFS= read -r n; do case "$n" in $p) echo 1;; *) echo 0;; esac; done'
      const real = execFileSync('sh', ['-c', script], {
        encoding: 'utf8',
        env: { LC_ALL: 'C' },
        input: pairs.map((pair) => `${pair.join('\n')}\n`).join('')
      })
      expect(
        pairs.map(([one, text]) => (globToRegExp(one, { period: false }).test(text) ? '1' : '0')).join('\n')
      ).toBe(real.trim())
    }),
    { numRuns: 20 }
  )
})

test('a pattern finds paths element by element, hidden names only when it says so', () => {
  const image = treeImage({
    '/a/x.conf': '',
    '/a/.x.conf': '',
    '/b/x.conf': '',
    '/a/sub/x.conf': '',
    '/l': { link: 'a' }
  })
  expect(globImage(image, '/*/x.conf')).toEqual(['/a/x.conf', '/b/x.conf', '/l/x.conf'])
  expect(globImage(image, '/a/.x*')).toEqual(['/a/.x.conf'])
  expect(globImage(image, '/c/*')).toEqual([])
})

describe('what augenrules makes of rules.d', () => {
  test('the last -e, -b and -f stand where augenrules puts them', async () => {
    const tree = {
      ...goodTree,
      '/etc/audit/rules.d/5-early.rules': '-e 1\n-b 64\n',
      '/etc/audit/rules.d/100-late.rules': '-f 0\n'
    }
    const { controls, rules } = await readAuditRules(await contextOf(treeImage(tree)))
    expect([...controls.values()].map(({ text }) => text)).toEqual([
      '-b 8192',
      '-f 0',
      '--loginuid-immutable',
      '-e 2'
    ])
    expect(rules.length).toBe(3)
  })

  test('a unit that runs auditctl -R reads that file only', async () => {
    const tree = {
      ...goodTree,
      '/etc/systemd/system/auditd.service.d/x.conf':
        '[Service]\nExecStartPost=\nExecStartPost=-/sbin/auditctl -R /etc/audit/audit.rules\n',
      '/etc/audit/audit.rules': '-D\n-w /etc/shadow -p wa -k shadow\n'
    }
    const { rules } = await readAuditRules(await contextOf(treeImage(tree)))
    expect(rules.map(({ keys }) => keys)).toEqual([['shadow']])
  })
})

describe('quantities', () => {
  test('times and sizes as their programs write them', () => {
    expect([sshdSeconds('1h30m'), sshdSeconds('90'), sshdSeconds('none'), sshdSeconds('')]).toEqual([
      5400,
      90,
      undefined,
      undefined
    ])
    expect([
      systemdSeconds('15min'),
      systemdSeconds('1h 30s'),
      systemdSeconds('infinity'),
      systemdSeconds('2weeks')
    ]).toEqual([900, 3630, undefined, 1209600])
    expect([systemdBytes('200M'), systemdBytes('1G'), systemdBytes('17'), systemdBytes('x')]).toEqual([
      209715200,
      1073741824,
      17,
      undefined
    ])
  })

  test('time spans are those of systemd-analyze', () => {
    const part = fc
      .tuple(
        fc.nat({ max: 500 }),
        fc.constantFrom('', 's', 'sec', 'min', 'm', 'h', 'hr', 'd', 'days', 'w', 'ms'),
        fc.constantFrom('', ' ')
      )
      .map((words) => words.join(''))
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), (parts) => {
        const text = parts.join(' ')
        const real = /μs: (\d+)/.exec(output('systemd-analyze', ['timespan', text]))?.[1]
        expect(Math.round((systemdSeconds(text) ?? -1) * 1e6)).toBe(Number(real))
      }),
      { numRuns: 25 }
    )
  })
})

test('ini: comments only at the start of a line, continued lines, sections', () => {
  const text = '; c\n[A]\nKey = a b # no comment\n# c\nLong=one \\\n# between\n  two\n[B]\nKey=\nnonsense\n'
  expect(parseIni(lines(text)).map(({ section, key, value, line }) => [section, key, value, line])).toEqual([
    ['A', 'Key', 'a b # no comment', 3],
    ['A', 'Long', 'one    two', 5],
    ['B', 'Key', '', 9]
  ])
})
