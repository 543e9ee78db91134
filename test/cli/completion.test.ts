import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { unknownNames } from '../../lib/cli/completion/values.ts'
import { buildProgram } from '../../lib/cli/program.ts'
import { allVerbs, verbTree } from '../../lib/cli/verb-tree.ts'
import { collectingIo, runCli } from '../run-cli.ts'
import { temporaryDirectory } from '../temporary.ts'

const tree = verbTree(buildProgram({ io: collectingIo('/').io, exitCode: 0 }))
const scripts = new Map<string, string>()

beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    scripts.set(shell, (await runCli('/', ['completion', shell])).stdout)
  }
})

/** A directory with a project in it, and the script of a shell. */
function place(shell: string): { directory: string; script: string } {
  const directory = temporaryDirectory()
  mkdirSync(join(directory, 'boards'))
  for (const name of ['kas.yml', 'boards/board one.yml', 'image.wic'])
    writeFileSync(join(directory, name), '')
  const script = join(directory, `script.${shell}`)
  writeFileSync(script, scripts.get(shell) ?? '')
  return { directory, script }
}

function needs(context: TestContext, shell: string): void {
  const there = ['/usr/bin', '/bin'].some((directory) => existsSync(join(directory, shell)))
  if (!there) context.skip(`${shell} is not installed: apt-get install ${shell}`)
}

/** What is offered by: the words of a line, the last one under the cursor; as every shell has to answer. */
const offers: readonly [line: string, expected: readonly string[]][] = [
  ['kas-harden pl', ['plan']],
  ['kas-harden sbom ch', ['check']],
  ['kas-harden plan --comp', ['--component']],
  ['kas-harden plan --component N', ['NDR']],
  ['kas-harden plan --component EDR,N', ['EDR,NDR']],
  ['kas-harden build --release tr', ['trixie']],
  ['kas-harden build --engine mm', ['mmdebstrap']],
  ['kas-harden sbom check --profile n', ['ntia']],
  ['kas-harden sbom --lock check --vali', ['--validate']],
  ['kas-harden plan ka', ['kas.yml']],
  ['kas-harden plan --sl 2 kas.yml:boa', ['boards/']],
  ['kas-harden completion f', ['fish']]
]

describe('bash', () => {
  /** COMP_WORDS as readline makes them: `:` and `=` are words of their own. */
  function complete(line: string, before = ''): string[] {
    const { directory, script } = place('bash')
    const words = line
      .split(' ')
      .flatMap((word) => word.split(/([:=])/).filter((part, at) => part || at === 0))
    const text = `set -u; ${before} source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kas_harden; printf '%s\\n' "\${COMPREPLY[@]}"`
    const said = execFileSync('bash', ['-c', text, 'bash', script, ...words], {
      cwd: directory,
      encoding: 'utf8'
    })
    return said.split('\n').filter((word) => word !== '')
  }

  it.each(offers)('%s', (line, expected) => {
    // readline replaces the last of its words: what stands behind the colon.
    const wanted = expected.map((word) => word.replace(/\/$/, ''))
    expect(complete(line)).toEqual(wanted)
  })

  it('offers every verb and every option of every verb', () => {
    for (const { words, options, verbs } of allVerbs(tree)) {
      const line = ['kas-harden', ...words].join(' ')
      const names = options.flatMap(({ short, long }) => [short, long].flatMap((name) => name ?? []))
      expect(complete(`${line} -`).sort(), line).toEqual(names.sort())
      if (verbs.length > 0)
        expect(complete(`${line} `)).toEqual(expect.arrayContaining(verbs.map((one) => one.words.at(-1))))
    }
  })

  it('--sl=, a chain in one word, an option that takes any text', () => {
    expect(complete('kas-harden plan --sl=')).toEqual(['1', '2', '3', '4'])
    expect(complete('kas-harden plan --sl=3')).toEqual(['3'])
    expect(complete('kas-harden sbom --supplier x')).toEqual([])
    expect(complete('kas-harden build kas.yml -- -')).toEqual([])
    expect(complete('kas-harden lint kas.yml:')).toContain('image.wic')
  })
})

describe('zsh', () => {
  it('completes the same', (context) => {
    needs(context, 'zsh')
    const { directory, script } = place('zsh')
    const out = join(directory, 'out')
    writeFileSync(
      join(directory, 'init.zsh'),
      `PS1=; cd ${directory}; autoload -Uz compinit; compinit -u -D; source ${script}
bindkey '^I' complete-word
dump() { print -r -- "$BUFFER" >> ${out}; BUFFER=; }
zle -N dump; bindkey '^X' dump
print -r -- ready >> ${out}
`
    )
    writeFileSync(
      join(directory, 'drive.zsh'),
      `zmodload zsh/zpty
wait_for() {
  repeat 200; do
    zpty -r -t shell text
    [[ -f ${out} && $(wc -l < ${out}) -ge $1 ]] && return
    sleep 0.05
  done
}
zpty shell zsh -f -i
zpty -w shell "source ${directory}/init.zsh"
wait_for 1
number=1
for line in "$@"; do
  zpty -w -n shell "$line"$'\\t\\x18'
  wait_for $((++number))
done
zpty -d shell
`
    )
    const lines = offers.map(([line]) => line)
    execFileSync('zsh', ['-f', join(directory, 'drive.zsh'), ...lines], {
      cwd: directory
    })
    const said = execFileSync('cat', [out], { encoding: 'utf8' }).trimEnd().split('\n').slice(1)
    const expected = offers.map(([line, [word = '']]) => {
      const start = line.slice(0, line.length - (/[^ :]*$/.exec(line)?.[0].length ?? 0))
      return start + word
    })
    expect(said.map((line) => line.replace(/[ ,]+$/, ''))).toEqual(expected)
  })
})

describe('fish', () => {
  it('completes the same', (context) => {
    needs(context, 'fish')
    const { directory, script } = place('fish')
    for (const [line, expected] of offers) {
      const said = execFileSync(
        'fish',
        ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', script, line],
        {
          cwd: directory,
          encoding: 'utf8',
          env: { ...process.env, HOME: directory, TERM: 'dumb' }
        }
      )
      const words = said
        .split('\n')
        .map((row) => row.split('\t')[0])
        .filter((word) => word !== '')
      // fish shows the whole word, the part before the colon too.
      expect(words, line).toEqual(expected.map((word) => (/\S*:/.exec(line)?.[0] ?? '') + word))
    }
  })
})

it('knows what stands behind the name of every value', () => {
  expect(unknownNames(allVerbs(tree))).toEqual([])
})

it('a shell we have no script for is a usage error', async () => {
  const run = await runCli('/', ['completion', 'tcsh'])
  expect([run.code, run.stdout]).toEqual([2, ''])
  expect(run.stderr).toContain('bash, zsh, fish')
})
