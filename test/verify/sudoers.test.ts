import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSudoers } from '../../lib/verify/readers/sudoers.ts'
import { inDirectory, output } from './oracle.ts'
import { contextOf } from './run-tree.ts'
import { treeImage } from './tree-image.ts'

const parameter = fc.constantFrom(
  'use_pty',
  '!use_pty',
  '!!env_reset',
  'timestamp_timeout=5',
  'timestamp_timeout = 0',
  'logfile="/var/log/a,b"',
  'passwd_tries=3',
  '!pwfeedback',
  'secure_path="/usr/bin:/bin"',
  'log_subcmds'
)
const defaults = fc
  .tuple(
    fc.constantFrom('Defaults', 'Defaults:bob', 'Defaults@host', 'Defaults>root'),
    fc.array(parameter, { minLength: 1, maxLength: 3 }),
    fc.constantFrom(', ', ',', ' , ')
  )
  .map(([head, list, comma]) => `${head} ${list.join(comma)}`)
const who = fc.constantFrom('root', '%sudo', 'alice, bob', 'ADMINS', '#1000', '%wheel,carol')
const command = fc.constantFrom(
  'ALL',
  '/bin/ls',
  '/bin/cat /etc/a\\:b',
  'NOPASSWD: /bin/true',
  'NOPASSWD: ALL',
  'PASSWD: /bin/false',
  'NOEXEC: NOPASSWD: /bin/vi',
  '!/bin/sh',
  'TOOLS',
  'sudoedit /etc/hosts'
)
const rule = fc
  .tuple(
    who,
    fc.array(
      fc.tuple(
        fc.constantFrom('ALL', 'h1', 'h1, h2'),
        fc.constantFrom('', '(root) ', '(ALL:ALL) ', '(:adm) '),
        fc.array(command, { minLength: 1, maxLength: 4 })
      ),
      { minLength: 1, maxLength: 2 }
    ),
    fc.constantFrom('=', ' = ')
  )
  .map(
    ([users, grants, equals]) =>
      `${users} ${grants.map(([hosts, runas, commands]) => `${hosts}${equals}${runas}${commands.join(', ')}`).join(' : ')}`
  )
const line = fc
  .tuple(
    fc.oneof(defaults, rule, fc.constantFrom('', '# a comment', '#includes are comments')),
    fc.constantFrom('', '  ', ' # why')
  )
  .map(([text, end]) => text + end)
const head = 'User_Alias ADMINS = dave, %ops : OTHERS = eve\nCmnd_Alias TOOLS = /bin/a, \\\n /bin/b\n'

interface Spec {
  User_List: Record<string, unknown>[]
  Cmnd_Specs: { Options?: Record<string, unknown>[]; Commands: Record<string, unknown>[] }[]
}

/** The value and the sign of one member of cvtsudoers' output. */
function memberText(member: Record<string, unknown>): string {
  const [kind = '', value] = Object.entries(member).find(([key]) => key !== 'negated') ?? []
  const prefix = kind === 'usergroup' ? '%' : kind === 'userid' ? '#' : ''
  return `${member['negated'] === true ? '!' : ''}${prefix}${String(value)}`
}

test('Defaults and rules are those of the real parser', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 6 }),
      fc.array(line, { maxLength: 4 }),
      async (main, more) => {
        const files = (): Record<string, string> => ({
          sudoers: `${head}${main.join('\n')}\n@includedir d\n`,
          'd/10': `${more.join('\n')}\n`,
          'd/20.conf': 'nobody ALL = NOPASSWD: ALL\n',
          'd/30~': 'nobody ALL = NOPASSWD: ALL\n'
        })
        const json = inDirectory(files, (directory) =>
          output('cvtsudoers', ['-f', 'json', `${directory}/sudoers`])
        )
        const real = (json.trim() === '' ? {} : JSON.parse(json)) as {
          Defaults?: { Binding?: unknown; Options: Record<string, unknown>[] }[]
          User_Specs?: Spec[]
        }
        const tree = Object.fromEntries(
          Object.entries(files()).map(([path, content]) => [`/etc/${path}`, { content, mode: 0o440 }])
        )
        const ours = (await readSudoers(await contextOf(treeImage(tree))))!

        const theirDefaults = (real.Defaults ?? []).flatMap(({ Binding, Options }) =>
          Options.flatMap((option) => Object.entries(option).filter(([key]) => key !== 'operation')).map(
            ([key, value]) => [key, value, Binding !== undefined]
          )
        )
        expect(
          ours.defaults.map(({ name, op, value, negated, scope }) => [
            name,
            op === undefined ? !negated : value,
            scope !== undefined
          ])
        ).toEqual(theirDefaults)

        const theirs = (real.User_Specs ?? []).flatMap(({ User_List, Cmnd_Specs }) =>
          Cmnd_Specs.flatMap(({ Options, Commands }) =>
            Commands.map((one) => [
              User_List.map(memberText).join(),
              memberText(one),
              Options?.some((option) => option['authenticate'] === false) ?? false
            ])
          )
        )
        const own = ours.rules.flatMap(({ users, commands }) =>
          commands.map(({ command: text, tags }) => [
            users.join(),
            text.replace(/\\(.)/g, '$1'),
            tags.includes('NOPASSWD')
          ])
        )
        expect(own).toEqual(
          theirs.map(([users, text, free]) => [users, String(text).replace(/\\(.)/g, '$1'), free])
        )
      }
    ),
    { numRuns: 60 }
  )
})

test('files anybody may write are not read', async () => {
  const image = treeImage({
    '/etc/sudoers': { content: '#includedir /etc/sudoers.d\n', mode: 0o440 },
    '/etc/sudoers.d/a': { content: 'Defaults use_pty\n', mode: 0o666 },
    '/etc/sudoers.d/b': { content: 'Defaults log_subcmds\n', mode: 0o644 }
  })
  const sudoers = (await readSudoers(await contextOf(image)))!
  expect(sudoers.refused).toEqual(['/etc/sudoers.d/a'])
  expect(sudoers.defaults.map(({ name }) => name)).toEqual(['log_subcmds'])
})
