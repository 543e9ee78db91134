import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateLocalConf, type ConfSurroundings } from '../../lib/kas/bitbake.ts'

/** Evaluates lines as if they stood in a file named k.yml. */
function evaluate(text: string, around: ConfSurroundings = {}) {
  return evaluateLocalConf(
    text.split('\n').map((line, index) => ({ text: line, path: 'k.yml', line: index + 1 })),
    around
  )
}

function values(text: string, around: ConfSurroundings = {}): Record<string, string | undefined> {
  const { variables, findings } = evaluate(text, around)
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  return Object.fromEntries([...variables].map(([name, { value }]) => [name, value]))
}

// Expected values are those the BitBake User Manual states ("Basic Syntax", "Conditional Syntax (Overrides)").
const manual: [what: string, text: string, expected: Record<string, string>][] = [
  [
    'blanks inside the quotes stay',
    'V = " value"\nW = "value "\nE = ""\nB = " "',
    { V: ' value', W: 'value ', E: '', B: ' ' }
  ],
  ['single quotes keep double ones', `V = 'I have a " in my value'`, { V: 'I have a " in my value' }],
  ['lines are joined', 'FOO = "bar \\\nbaz \\\nqaz"', { FOO: 'bar baz qaz' }],
  ['blanks of the next line stay', 'FOO = "bar \\\n    baz"', { FOO: 'bar     baz' }],
  [
    'expansion is lazy',
    'A = "${B} baz"\nB = "${C} bar"\nC = "foo"\nC = "qux"',
    { A: 'qux bar baz', B: 'qux bar' }
  ],
  ['?= sets only what is not set', 'A ?= "a"\nA ?= "b"\nB = "b"\nB ?= "c"', { A: 'a', B: 'b' }],
  [
    '??= is the last resort, and the last one wins',
    'A ??= "x"\nA ??= "y"\nB ??= "x"\nB ?= "y"\nC = "c"\nC ??= "d"',
    { A: 'y', B: 'y', C: 'c' }
  ],
  [
    'a weak default is what := sees',
    'W ??= "x"\nA := "${W}"\nW ??= "y"\nB := "${W}"\nW ??= "z"\nC = "${W}"\nW ?= "i"',
    { A: 'x', B: 'y', C: 'i', W: 'i' }
  ],
  [
    '+= drops a weak default, :append does not',
    'V ??= "x"\nV += "y"\nW ??= "x"\nW:append = "y"',
    { V: ' y', W: 'xy' }
  ],
  [
    ':= expands at once',
    'T = "123"\nA := "test ${T}"\nT = "456"\nB := "${T} ${C}"\nC = "cval"\nC := "${C}append"',
    { A: 'test 123', B: '456 cvalappend', C: 'cvalappend' }
  ],
  [':= may refer to itself', 'A = "1"\nA := "${A} 2"', { A: '1 2' }],
  [
    '+= and =+ add a blank',
    'B = "bval"\nB += "additionaldata"\nC = "cval"\nC =+ "test"\nD += "d"',
    { B: 'bval additionaldata', C: 'test cval', D: ' d' }
  ],
  [
    '.= and =. add none',
    'B = "bval"\nB .= "additionaldata"\nC = "cval"\nC =. "test"',
    { B: 'bvaladditionaldata', C: 'testcval' }
  ],
  [
    ':append and :prepend',
    'B = "bval"\nB:append = " additional data"\nC = "cval"\nC:prepend = "additional data "\nD = "dval"\nD:append = "additional data"',
    { B: 'bval additional data', C: 'additional data cval', D: 'dvaladditional data' }
  ],
  [':append waits until the value is read', 'A:append = "2"\nA = "1"', { A: '12' }],
  ['the manual on mixing', 'A = "1"\nA:append = "2"\nA:append = "3"\nA += "4"\nA .= "5"', { A: '1 4523' }],
  [
    ':remove takes whole words and leaves the blanks',
    'FOO = "123 456 789 123456 123 456 123 456"\nFOO:remove = "123"\nFOO:remove = "456"\nFOO2 = " abc def ghi abcdef abc def abc def def"\nFOO2:remove = "abc def"',
    { FOO: '  789 123456    ', FOO2: '   ghi abcdef     ' }
  ],
  [
    ':remove beats :append, wherever it stands',
    'A:remove = "x"\nA = "a x"\nA:append = " x b"',
    { A: 'a   b' }
  ],
  [':remove is expanded', 'X = "b"\nA = "a b c"\nA:remove = "${X}"', { A: 'a  c' }],
  [
    'an override replaces',
    'OVERRIDES = "architecture:os:machine"\nTEST = "default"\nTEST:os = "osspecific"\nTEST:nooverride = "othercondvalue"',
    { TEST: 'osspecific' }
  ],
  ['the last of OVERRIDES wins', 'OVERRIDES = "a:b"\nT = "0"\nT:b = "2"\nT:a = "1"', { T: '2' }],
  [
    ':append under a condition',
    'OVERRIDES = "machine:local"\nD = "glibc ncurses"\nD:append:machine = " libmad"\nD:append:other = " x"',
    { D: 'glibc ncurses libmad' }
  ],
  ['an override that is appended to replaces', 'OVERRIDES = "foo"\nA = "Z"\nA:foo:append = "X"', { A: 'X' }],
  ['an append under a condition adds', 'OVERRIDES = "foo"\nA = "Z"\nA:append:foo = "X"', { A: 'ZX' }],
  ['two of them', 'OVERRIDES = "foo"\nA = "Y"\nA:foo:append = "Z"\nA:foo:append = "X"', { A: 'ZX' }],
  [
    'appends of the name apply to the override, too',
    'OVERRIDES = "foo"\nA = "1"\nA:append = "2"\nA:foo = "3"',
    { A: '32' }
  ],
  [
    'several words must all be active',
    'OVERRIDES = "a:b"\nT = "0"\nT:a:b = "ab"\nT:a:c = "ac"\nU = "0"\nU:append:a:b = "1"\nU:append:a:c = "2"',
    { T: 'ab', U: '01' }
  ],
  [
    'removes of an override',
    'OVERRIDES = "foo"\nA = "1"\nA:foo = "x y"\nA:foo:remove = "x"\nA:append = " x z"',
    { A: ' y  z' }
  ],
  [
    'OVERRIDES may grow and depend on overrides',
    'OVERRIDES = "a"\nOVERRIDES .= ":b"\nOVERRIDES:append:b = ":c"\nT:c = "yes"',
    { T: 'yes' }
  ],
  ['capitals are no overrides', 'OVERRIDES = "Foo"\nA = "1"\nA:Foo = "2"', { A: '1' }],
  ['+= on an override touches that alone', 'OVERRIDES = ""\nA = "1"\nA:foo += "2"', { A: '1' }],
  ['export before a name', 'export A = "1"', { A: '1' }],
  ['a comment behind nothing', '# A = "1"\n#B = "2" \\\n# C\nD = "3"', { D: '3' }]
]

describe('evaluateLocalConf', () => {
  it.each(manual)('%s', (_, text, expected) => {
    expect(values(text)).toMatchObject(expected)
  })

  it('knows the overrides isar sets: architecture, machine, distro, release', () => {
    const text = ['amd64', 'qemu-amd64', 'cip-core-bookworm', 'bookworm', 'trixie', 'arm64']
      .map((word) => `P:append:${word} = " ${word}"`)
      .join('\n')
    const around = { arch: 'amd64', machine: 'qemu-amd64', distro: 'cip-core-bookworm', release: 'bookworm' }
    expect(values(text, around)['P']).toBe(' amd64 qemu-amd64 cip-core-bookworm bookworm')
    expect(values('P:qemu-amd64 = "m"\nP:bookworm = "r"', around)['P']).toBe('r')
    expect(
      values('MACHINE ??= "bbb"\nMACHINE = "x86-uefi"\nP:x86-uefi = "y"', { ...around, machine: undefined })[
        'P'
      ]
    ).toBe('y')
  })

  it('takes variables of the environment kas passes on', () => {
    expect(values('P += "${KAS_P} z"', { env: { KAS_P: 'x y' } })['P']).toBe(' x y z')
  })

  it('keeps flags beside the value', () => {
    const { variables } = evaluate(
      'USER_root[password] = "a"\nUSER_root[password] ?= "b"\nUSER_root[flags] += "x"\nUSER_root[flags] .= "y"\nN = "1"\nUSER_root[uid] = "${N}"\nUSER_root[home] ??= "/h"'
    )
    const root = variables.get('USER_root')
    expect(root?.value).toBeUndefined()
    expect(
      Object.fromEntries([...root!.flags].map(([flag, { value, origin }]) => [flag, [value, origin?.line]]))
    ).toEqual({
      password: ['a', 1],
      flags: [' xy', 4],
      uid: ['1', 6],
      home: ['/h', 7]
    })
  })

  it('says where a value was set', () => {
    const { variables } = evaluate('A = "1"\nB = "\\\n2"\nA:append = "3"\n')
    expect(variables.get('A')).toMatchObject({
      origin: { path: 'k.yml', line: 4 },
      origins: [{ line: 1 }, { line: 4 }]
    })
    expect(variables.get('B')?.origin).toEqual({ path: 'k.yml', line: 2 })
  })
})

describe('what lies beyond the subset is an error with its line', () => {
  it.each([
    ['require conf/x.conf', 'not followed'],
    ['include x.inc', 'not followed'],
    ['inherit image', '`inherit` is not supported'],
    ['python () {', 'functions'],
    ['do_x() {', 'functions'],
    ['def f(d):', 'functions'],
    ['unset A', 'not supported'],
    ['export A', 'not supported'],
    ['addtask x', 'not supported'],
    ['  A = "1"', 'indented'],
    ['A = 1', 'no assignment'],
    ['A = "1', 'no assignment'],
    ['A = "1" # note', 'no assignment'],
    ['A = "1" 2"', 'no assignment'],
    ['A == "1"', 'no assignment'],
    ['A[x y] = "1"', 'no assignment'],
    ['A_append = " x"', 'A_append'],
    ['A_remove_foo = " x"', 'A_remove_foo'],
    ['A_${B} = "x"', 'variables in a name'],
    ['# a \\\nB = "1"', 'a comment goes on']
  ])('%s', (line, message) => {
    const { findings } = evaluate(`OK = "1"\n${line}\n`)
    expect(findings).toHaveLength(1)
    expect(findings[0]).toMatchObject({ severity: 'error', path: 'k.yml', range: { line: 2 } })
    expect(findings[0]?.message).toContain(message)
    expect(findings[0]?.hint).toBeTruthy()
  })

  it('names the new form of the old override syntax', () => {
    expect(evaluate('A_append_x = "1"').findings[0]?.hint).toContain('A:append_x')
  })

  it('only warns about a comment sign inside a value, as BitBake takes it for text', () => {
    const { variables, findings } = evaluate('A = "x \\\n# y \\\nz"')
    expect(variables.get('A')?.value).toBe('x # y z')
    expect(findings).toMatchObject([{ severity: 'warning', range: { line: 2 } }])
  })
})

describe('a value that cannot be known says so', () => {
  it.each([
    ['inline python', 'A = "${@bb.utils.contains("X", "a", "b", "", d)}"', 'inline python'],
    ['inline python further down', 'A = "x ${B}"\nB = "${@1}"', 'inline python'],
    ['an unset variable', 'A = "${TOPDIR}/x"', '${TOPDIR}'],
    ['a circle', 'A = "${B}"\nB = "${A}"', 'A -> B -> A'],
    ['itself', 'A = "${A} x"', 'A -> A']
  ])('%s', (_, text, message) => {
    const { variables, findings } = evaluate(`${text}\nOK = "1"`)
    expect(findings).toEqual([])
    expect(variables.get('A')?.problem).toMatchObject({
      severity: 'error',
      path: 'k.yml',
      range: { line: 1 }
    })
    expect(variables.get('A')?.problem?.message).toContain(message)
    expect(variables.get('OK')?.problem).toBeUndefined()
  })

  it('ends where references double without end', () => {
    const doubling = Array.from({ length: 60 }, (_, n) => `A${n} = "\${A${n + 1}}\${A${n + 1}}"`).join('\n')
    expect(() => evaluate(`${doubling}\nA60 = ""`)).toThrow(/expands without end/)
  })
})

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}$/)
const words = fc.array(word, { maxLength: 8 })

describe('laws of the subset', () => {
  it('appends come in their order, whatever stands between', () => {
    fc.assert(
      fc.property(word, words, (start, added) => {
        const appends = added.map((one) => `A:append = " ${one}"`)
        const at = Math.floor(appends.length / 2)
        const text = [...appends.slice(0, at), `A = "${start}"`, ...appends.slice(at)].join('\n')
        expect(values(text)['A']).toBe([start, ...added].join(' '))
      })
    )
  })

  it('prepends come in reverse', () => {
    fc.assert(
      fc.property(words, (added) => {
        const text = ['A = "."', ...added.map((one) => `A:prepend = "${one} "`)].join('\n')
        expect(values(text)['A']).toBe([...added].reverse().concat('.').join(' '))
      })
    )
  })

  it('remove is applied last, whatever the order of the lines', () => {
    fc.assert(
      fc.property(
        words,
        words,
        words,
        fc.array(fc.nat(), { minLength: 17, maxLength: 17 }),
        (base, added, removed, order) => {
          const lines = [
            `A = "${base.join(' ')}"`,
            ...removed.map((one) => `A:remove = "${one}"`),
            ...added.map((one) => `A:append = " ${one}"`)
          ]
          // An `=` does not touch what is kept aside, so every order of the lines gives the same words.
          const shuffled = lines
            .map((line, index) => ({ line, rank: order[index] ?? 0 }))
            .sort((a, b) => a.rank - b.rank)
          const left = (values(shuffled.map(({ line }) => line).join('\n'))['A'] ?? '')
            .split(' ')
            .filter((one) => one !== '')
          expect(left.sort()).toEqual([...base, ...added].filter((one) => !removed.includes(one)).sort())
        }
      )
    )
  })

  it('plain assignments: the last wins, and a value without ${ comes back as it was', () => {
    const value = fc
      .string({ unit: 'grapheme-ascii', maxLength: 20 })
      .filter((text) => !/["\\]|\$\{/.test(text))
    fc.assert(
      fc.property(value, value, (first, second) => {
        expect(values(`A = "${first}"\nA = "${second}"`)['A']).toBe(second)
      })
    )
  })
})
