import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, type TestContext } from 'vitest'
import { buildProgram } from '../../lib/cli/program.ts'
import { allVerbs, verbTree } from '../../lib/cli/verb-tree.ts'
import { collectingIo } from '../run-cli.ts'

const page = fileURLToPath(new URL('../../man/kas-harden.1', import.meta.url))
const verbs = allVerbs(verbTree(buildProgram({ io: collectingIo('/').io, exitCode: 0 })))

/** What a program says about the page; skips where it is not installed. */
function check(context: TestContext, file: string, ...args: string[]): string {
  const done = spawnSync(file, [...args, page], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' }
  })
  if (done.error) context.skip(`${file} is not installed`)
  return done.stdout + done.stderr
}

describe('man/kas-harden.1', () => {
  it('is clean for groff', (context) => {
    expect(check(context, 'groff', '-man', '-Tutf8', '-ww', '-z')).toBe('')
  })

  it('is clean for mandoc', (context) => {
    expect(check(context, 'mandoc', '-Tlint', '-Wwarning')).toBe('')
  })

  it('shows every verb with every option', (context) => {
    const text = check(context, 'groff', '-man', '-Tascii', '-P-cbou', '-rLL=200n')
    for (const { words, options } of verbs.slice(1)) {
      const name = words.join(' ')
      const [, section] = text.split(new RegExp(`^   ${name}$`, 'm'))
      const own = section?.split(/^ {3}[a-z]/m)[0] ?? ''
      expect(own, name).toContain(`kas-harden ${name}`)
      for (const { flags, long } of options) if (long !== '--help') expect(own).toContain(flags)
    }
  })

  it('is what npm installs for man(1)', () => {
    const { man } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      man: string
    }
    expect(man).toBe('./man/kas-harden.1')
    expect(execFileSync('head', ['-n', '2', page], { encoding: 'utf8' })).toContain('.TH KAS\\-HARDEN 1')
  })
})
