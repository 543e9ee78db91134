import { expect, test } from 'vitest'
import { isEmail, isWebAddress, parseMaintainer } from '../../sbom/organization.ts'

test.each([
  [
    'Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>',
    'Debian OpenSSL Team',
    'pkg-openssl-devel@alioth-lists.debian.net'
  ],
  ['"Kästner, A."  <a@b.example>', '"Kästner, A."', 'a@b.example'],
  ['<a@b.example>', 'a@b.example', 'a@b.example'],
  ['Nobody', 'Nobody', undefined],
  ['Odd <not mail>', 'Odd <not mail>', undefined],
  ['Dots <a..b@c.example>', 'Dots <a..b@c.example>', undefined]
])('maintainer %s', (text, name, email) => {
  const parsed = parseMaintainer(text)
  expect([parsed.name, parsed.email]).toEqual([name, email])
})

test('only plain addresses pass, and hostile ones cost no time', () => {
  expect(['https://www.gnu.org/software/bash/', 'http://a.example:8080/~x?y=%20#z'].every(isWebAddress)).toBe(
    true
  )
  expect(
    ['javascript:x', 'https://', 'https://a b', 'https://a/%zz', 'ftp://a', 'https://a/#b#c'].some(
      isWebAddress
    )
  ).toBe(false)
  expect(isEmail(`${'a.'.repeat(100_000)}@b`)).toBe(false)
  expect(isWebAddress(`https://${'a/'.repeat(100_000)}\u0000`)).toBe(false)
})
