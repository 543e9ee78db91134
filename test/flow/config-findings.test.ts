import { describe, expect, it } from 'vitest'
import { runCli } from '../run-cli.ts'
import { plainProject, temporaryDirectory, writeProject } from '../temporary.ts'

const entries = `waivers:
  - {requirement: CR 1.99, reason: r, owner: o, expires: '2099-01-01'}
  - {requirement: CR 1.9, reason: r, owner: o, expires: '2020-01-01'}
  - {check: least-functionality/port, reason: r, owner: o, expires: '2099-01-01'}
  - {requirement: CR 1.8, reason: r, owner: o, expires: '2099-01-01'}
  - {check: least-functionality/ports, reason: r, owner: o, expires: '2099-01-01'}
statements:
  - {requirement: CR 2.13, text: t, who: w, date: '2026-11-01'}
  - {requirement: EDR 2.13, text: t, who: w, date: '2026-11-01'}
`

function projectWith(text: string): string {
  return writeProject(temporaryDirectory(), {
    ...plainProject,
    'kas-harden.yml': plainProject['kas-harden.yml'] + text
  })
}

describe('what of kas-harden.yml has no effect', () => {
  it('is told by plan with line and remedy, and what has one is not', async () => {
    const { stdout, code } = await runCli(projectWith(entries), ['plan', 'kas.yml'])
    expect(code).toBe(0)
    const first = plainProject['kas-harden.yml'].split('\n').length
    const lines = stdout.split('\n')
    for (const [row, says, hint] of [
      [1, /CR 1\.99 has no effect: IEC 62443-4-2 has no line 'CR 1\.99'/, /Did you mean CR 1\.9\?/],
      [2, /CR 1\.9 ended on 2020-01-01/, /Close the gap/],
      [3, /no control has this check/, /Did you mean least-functionality\/ports\?/],
      [7, /CR 2\.13 does not count/, /Did you mean EDR 2\.13\?/]
    ] as const) {
      const at = lines.findIndex((line) => line.includes(`kas-harden.yml:${String(first + row)}:`))
      expect(lines[at]).toMatch(says)
      expect(lines[at + 1]).toMatch(hint)
    }
    expect(lines.filter((line) => line.includes('/kas-harden.yml:'))).toHaveLength(4)
  })

  it('says of a value with a wrong form, and of a name nobody declares, where it stands', async () => {
    const project = projectWith('  password.minlen: 4\n  password.minlength: 14\n')
    const { stderr, code } = await runCli(project, ['plan', 'kas.yml'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/kas-harden\.yml:\d+:3: error: The parameter 'password\.minlen' \(.+\) is 4/)
    expect(stderr).toMatch(/kas-harden\.yml:\d+:3: error: No control has a parameter 'password\.minlength'/)
    expect(stderr).toContain("Did you mean 'password.minlen'?")
  })
})

it('warns of a list of ports that forgets ssh, and of none that has it', async () => {
  const warned = async (ports: string) => {
    const { stdout } = await runCli(projectWith(`  ports.allowed: [${ports}]\n`), ['plan', 'kas.yml'])
    return stdout.split('\n').find((line) => line.includes('PORTS_WITHOUT_SSH'))
  }
  expect(await warned('tcp/1883')).toMatch(/kas-harden\.yml:\d+:3: warning: .*tcp\/22/)
  for (const ports of ['tcp/1883, tcp/22', 'tcp/20-30', 'ssh.service'])
    expect(await warned(ports)).toBe(undefined)
})

it('apply names the layer in one line, and plan the parameters with their values', async () => {
  const project = projectWith('')
  const { stdout } = await runCli(project, ['plan', 'kas.yml'])
  expect(stdout).toMatch(/^ {2}password\.minlen: \d+$/m)
  expect(stdout).toMatch(/^= .*, ~ /m)
  const { stderr } = await runCli(project, ['apply', 'kas.yml'])
  expect(stderr).toMatch(/^wrote kas-harden\/layer\/ \(\d+ files\)$/m)
  expect(stderr.split('\n').filter((line) => line.startsWith('wrote '))).toHaveLength(2)
})
