import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { compareWithImage } from '../../sbom/compare.ts'
import { bookworm, dependenciesOf, describe, documentOf, stanza, writeTree } from './images.ts'

const scratch = mkdtempSync(join(tmpdir(), 'kas-harden-test-'))
afterAll(() => {
  rmSync(scratch, { recursive: true })
})

const stanzas = [
  stanza('one', '1:1.0-1', { Recommends: 'two | other, missing', Source: 'src' }),
  stanza('two', '2.0-1')
].join('')
writeTree(scratch, { 'etc/os-release': bookworm, 'var/lib/dpkg/status': stanzas })
/** The form of debsbom without apt lists: no distro. */
const withoutDistro = (json: string) => json.replace(/&distro=[^&"]*/g, '')

test('an SBOM of the same packages by another tool agrees with the image', async () => {
  const { json } = await describe(scratch)
  expect(compareWithImage(json, withoutDistro(json), 'isar.cdx.json')).toEqual([])
})

test('a package that is missing, too many or of another version is a finding that names it', async () => {
  const { json } = await describe(scratch)
  const changed = json
    .replaceAll('/two@2.0-1', '/two@2.0-2')
    .replaceAll('pkg:deb/debian/one@1:1.0-1?arch=amd64', 'pkg:deb/debian/three@1:1.0-1?arch=amd64')
  const messages = compareWithImage(json, changed, 'isar.cdx.json').map(({ message }) => message)
  expect(messages).toHaveLength(3)
  expect(messages[0]).toMatch(/1 package is installed on the image, but not in it: one:amd64/)
  expect(messages[1]).toMatch(/1 package is in it, but not installed on the image: three:amd64/)
  expect(messages[2]).toMatch(/two:amd64 2.0-1 \| 2.0-2/)
})

test('edges to recommended packages are drawn on request; what is recommended and absent is no fault', async () => {
  const plain = await describe(scratch)
  const more = await describe(scratch, { recommends: true })
  expect(dependenciesOf(documentOf(plain), 'one:amd64')).toEqual(['src:source'])
  expect(dependenciesOf(documentOf(more), 'one:amd64')).toEqual(['two:amd64', 'src:source'])
  expect(more.dependencyCount).toBe(plain.dependencyCount + 1)
  expect(more.findings).toEqual(plain.findings)
})
