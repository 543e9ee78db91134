import { expect, test } from 'vitest'
import { parseStatus } from '../../lib/debian/status.ts'
import { packageComponents } from '../../sbom/package-components.ts'

test('dependencies are sorted by code unit: no locale of the machine has a say', () => {
  const stanza = (name: string, more = '') =>
    `Package: ${name}\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n${more}\n`
  // Every locale we know puts `lib@1` before `lib1@1`; Czech puts `cha` behind `ci`.
  const names = ['ci', 'lib', 'cha', 'lib1']
  const text = stanza('top', `Depends: ${names.join(', ')}\n`) + names.map((name) => stanza(name)).join('')
  const { packages } = parseStatus(text)
  const [top] = packageComponents(packages, undefined).byPackage.values()
  expect([...(top?.dependencies ?? [])]).toEqual(
    ['cha', 'ci', 'lib1', 'lib'].map((name) => `pkg:deb/debian/${name}@1?arch=all`)
  )
})
