import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseExpression } from '../../../lib/debian/copyright/expression.ts'
import { licenseOfCopyright } from '../../../lib/debian/copyright/to-spdx.ts'

test('every copyright file of this Debian machine gives one well-formed expression, most of them understood', () => {
  const files = readdirSync('/usr/share/doc')
    .map((name) => [name, `/usr/share/doc/${name}/copyright`] as const)
    .filter(([, path]) => existsSync(path))
  const licenses = files.map(([name, path]) => licenseOfCopyright(readFileSync(path, 'utf8'), name))
  expect(licenses.filter((one) => parseExpression(one.expression) === undefined)).toEqual([])
  const dep5 = licenses.filter((one) => one.form === 'dep5')
  expect(dep5.length).toBeGreaterThan(licenses.length / 2)
  expect(dep5.every((one) => one.understood && one.holders.length > 0)).toBe(true)
})
