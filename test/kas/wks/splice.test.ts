import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shellWords } from '../../../lib/kas/wks/shell-words.ts'
import { spliceWks, type Spliced } from '../../../lib/kas/wks/splice.ts'

const args = ['audit=1', 'audit_backlog_limit=8192', 'security=apparmor']

/** Python runs once per test: a JSON list of lines in, a JSON list of answers out. */
function python(script: string, input: unknown): unknown {
  const out = execFileSync('python3', ['-c', script], { input: JSON.stringify(input), maxBuffer: 1 << 26 })
  return JSON.parse(out.toString())
}

const shlexOf = (lines: readonly string[]) =>
  python(
    `import json, shlex, sys
def split(line):
    try: return shlex.split(line)
    except ValueError: return None
print(json.dumps([split(line) for line in json.load(sys.stdin)]))`,
    lines
  ) as (string[] | null)[]

/** What wic reads from a .wks: the statements, each by its own argparse, --append of the bootloader apart. */
const wicOf = (texts: readonly string[]) =>
  python(
    `import argparse, io, json, shlex, sys
class Parser(argparse.ArgumentParser):
    def error(self, message): raise ValueError(message)
parser = Parser()
for name in ('--append', '--configfile', '--ptable', '--timeout', '--source'): parser.add_argument(name)
def read(text):
    others, boot = [], []
    for line in io.StringIO(text, newline=None):
        line = line.strip()
        if not line or line[0] == '#': continue
        words = shlex.split(line)
        if words and words[0] == 'bootloader':
            parsed = vars(parser.parse_args(words[1:]))
            boot.append(parsed)
        else: others.append(words)
    return [others, boot]
print(json.dumps([read(text) for text in json.load(sys.stdin)]))`,
    texts
  ) as [others: string[][], boot: Record<string, string | null>[]][]

function spliced(text: string, words: readonly string[] = args): Spliced {
  const result = spliceWks(text, words)
  if ('refused' in result) throw new Error(result.reason)
  return result
}

describe('words of a line', () => {
  it('are those of shlex, which wic reads .wks files with', () => {
    const piece = fc.constantFrom(
      'a',
      '=',
      '--append',
      ' ',
      '\t',
      '"',
      "'",
      '\\',
      '#',
      '${X}',
      '\r',
      '$',
      'é',
      '\u00a0',
      '😀'
    )
    const line = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''))
    const lines = fc.sample(line, { numRuns: 1500, seed: 7 })
    const expected = shlexOf(lines)
    lines.forEach((text, index) => {
      const ours = shellWords(text)
      expect(ours?.map(({ value }) => value) ?? null, JSON.stringify(text)).toEqual(expected[index])
      for (const { value, offsets } of ours ?? []) {
        expect(offsets.map((offset) => text[offset]).join('')).toBe(value)
      }
    })
  })
})

describe('splicing kernel arguments into a .wks', () => {
  it('changes nothing but the value of --append, whatever the quotes, comments, and variables', () => {
    const kernel = fc.constantFrom(
      'rootwait',
      'console=ttyS0,115200',
      'quiet',
      '${EXTRA}',
      'audit=0',
      'audit=1',
      'a.b=c'
    )
    const value = fc.array(kernel, { maxLength: 4 }).map((words) => words.join(' '))
    const quoted = fc
      .tuple(value, fc.constantFrom('"', "'", '\\'))
      .map(([text, quote]) =>
        quote === '\\' ? (text === '' ? '""' : text.replaceAll(' ', '\\ ')) : `${quote}${text}${quote}`
      )
    const option = fc.oneof(
      fc.constantFrom('--ptable gpt', '--timeout=3', '--timeout 0', '--source=rootfs'),
      fc.tuple(fc.constantFrom('--append=', '--append ', '--app '), quoted).map((parts) => parts.join(''))
    )
    const boot = fc
      .tuple(fc.constantFrom('bootloader', '  bootloader', 'bootloader '), fc.array(option, { maxLength: 4 }))
      .map(([head, options]) => [head, ...options].join(' '))
    const other = fc.constantFrom(
      '',
      '# bootloader --append="x"',
      'part / --source rootfs --sourceparams "a=${B}"',
      'include x.inc',
      '\t# é'
    )
    const file = fc
      .tuple(
        fc.array(other, { maxLength: 3 }),
        fc.option(boot, { nil: undefined }),
        fc.array(other, { maxLength: 3 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean()
      )
      .map(
        ([before, line, after, ending, last]) =>
          [...before, ...(line === undefined ? [] : [line]), ...after].join(ending) + (last ? ending : '')
      )
    const files = fc.sample(file, { numRuns: 400, seed: 11 })
    const results = files.map((text) => spliced(text))
    const before = wicOf(files)
    const after = wicOf(results.map(({ text }) => text))
    files.forEach((text, index) => {
      const [others, [boot]] = before[index]!
      const [othersNow, bootsNow] = after[index]!
      expect(othersNow).toEqual(others)
      expect(bootsNow).toHaveLength(1)
      const { append, ...rest } = bootsNow[0]!
      if (boot)
        expect(rest).toEqual({
          configfile: boot['configfile'],
          ptable: boot['ptable'],
          timeout: boot['timeout'],
          source: boot['source']
        })
      const words = (append ?? '').split(' ').filter((word) => word !== '')
      for (const arg of args) expect(words, JSON.stringify(text)).toContain(arg)
      expect(words).not.toContain('audit=0')
      const user = (boot?.['append'] ?? '')
        .split(' ')
        .filter((word) => word !== '' && !word.startsWith('audit='))
      expect(words.filter((word) => !word.startsWith('audit') && word !== 'security=apparmor')).toEqual(user)
      expect(spliced(results[index]!.text).text, 'a second time changes nothing').toBe(results[index]!.text)
    })
  })

  it.each([
    ['bootloader --append "rw"', 'bootloader --append "rw audit=1"'],
    ["bootloader --append='rw'", "bootloader --append='rw audit=1'"],
    ['bootloader --append=rw --timeout 3', 'bootloader --append=rw" audit=1" --timeout 3'],
    ['bootloader --append "" --timeout 3', 'bootloader --append "audit=1" --timeout 3'],
    ['bootloader --timeout 3', 'bootloader --timeout 3 --append="audit=1"'],
    ['bootloader --append="rw -- single"', 'bootloader --append="rw audit=1 -- single"'],
    ['bootloader --append "a" --append "b"', 'bootloader --append "a" --append "b audit=1"'],
    ['bootloader --append "rw ${X}"', 'bootloader --append "rw ${X} audit=1"'],
    ['part /\n', 'part /\nbootloader --append="audit=1"\n'],
    ['part /', 'part /\nbootloader --append="audit=1"\n'],
    ['part /\r\n', 'part /\r\nbootloader --append="audit=1"\r\n']
  ])('%j', (text, expected) => {
    expect(spliced(text, ['audit=1']).text).toBe(expected)
  })

  it('names the words of the user that ours contradict, and puts ours in their place', () => {
    const result = spliced('\nbootloader --append="audit=0 rw init-on-alloc=0"', [
      'audit=1',
      'init_on_alloc=1'
    ])
    expect(result.text).toBe('\nbootloader --append="audit=1 rw init_on_alloc=1"')
    expect(result.line).toBe(2)
    expect(result.replaced).toEqual([
      { from: 'audit=0', to: 'audit=1' },
      { from: 'init-on-alloc=0', to: 'init_on_alloc=1' }
    ])
  })

  it.each([
    ['bootloader --configfile="x.cfg"', 'configfile', 1],
    ['bootloader\n\nbootloader', 'several', 3],
    ['part /\nbootloader --append "rw', 'unreadable', 2],
    ['bootloader --append', 'unreadable', 1]
  ])('refuses %j: %s', (text, refused, line) => {
    expect(spliceWks(text, args)).toMatchObject({ refused, line })
  })

  it('takes no argument that would need quotes', () => {
    expect(() => spliceWks('', ['a="b c"'])).toThrow(/no kernel argument/)
  })
})
