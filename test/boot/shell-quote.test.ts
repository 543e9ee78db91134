import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shellLine } from '../../lib/boot/shell-quote.ts'

test('a real shell reads back exactly the words', () => {
  const word = fc.string({
    unit: fc.constantFrom('a', ' ', "'", '"', '\\', '$', '`', '*', '~', '\n', ';', '#', '=', '!', 'é')
  })
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (words) => {
      const read = execFileSync('sh', ['-c', shellLine(['printf', '%s\\0', 'first', ...words])], {
        encoding: 'utf8'
      })
      expect(read.split('\0').slice(0, -1)).toEqual(['first', ...words])
    }),
    { numRuns: 100 }
  )
})

test('plain words stay readable', () => {
  expect(shellLine(['ssh', '-p', '22', '-o', 'A=no', '/a/b_c.wic'])).toBe('ssh -p 22 -o A=no /a/b_c.wic')
})
