import { execFileSync } from 'node:child_process'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { hookWord, shellWord } from '../../lib/build/quote.ts'

const text = fc.string({
  unit: fc.constantFrom('a', ' ', "'", '"', '\\', '$', '`', '(', '\n', '*', 'ä', ';'),
  maxLength: 12
})
const texts = fc.array(text, { minLength: 1, maxLength: 5 })

test('a shell takes back every word as it was', () => {
  fc.assert(
    fc.property(texts, (words) => {
      const script = `printf '%s\\0' ${words.map(shellWord).join(' ')}`
      expect(execFileSync('sh', ['-c', script]).toString().split('\0').slice(0, -1)).toEqual(words)
    })
  )
})

test("the parser of mmdebstrap's special hooks takes back every path as it was", () => {
  // hooks are one line
  const paths = fc.array(
    text.map((path) => `/${path.replaceAll('\n', '')}`),
    { minLength: 1, maxLength: 5 }
  )
  const perl = 'use Text::ParseWords; print join("\\0", shellwords($ARGV[0])), "\\0"'
  fc.assert(
    fc.property(paths, (words) => {
      const parsed = execFileSync('perl', ['-e', perl, words.map(hookWord).join(' ')])
      expect(parsed.toString().split('\0').slice(0, -1)).toEqual(words)
    })
  )
})
