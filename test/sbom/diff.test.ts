import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffSboms } from '../../sbom/index.ts'

interface Part {
  name: string
  version: string
  query?: string
  license?: string
  needs?: string[]
}

function bom(parts: readonly Part[]): string {
  const reference = ({ name, version }: Part): string => `ref-${name}-${version}`
  const byName = new Map(parts.map((one) => [one.name, reference(one)]))
  return JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: parts.map((one) => ({
      type: 'library',
      name: one.name,
      version: one.version,
      'bom-ref': reference(one),
      purl: `pkg:deb/debian/${one.name}@${one.version}?arch=amd64${one.query ?? ''}`,
      ...(one.license !== undefined && { licenses: [{ expression: one.license }] })
    })),
    dependencies: parts.map((one) => ({
      ref: reference(one),
      dependsOn: (one.needs ?? []).map((name) => byName.get(name))
    }))
  })
}

test('tells components, versions, licences and edges apart', () => {
  const a = bom([
    { name: 'bash', version: '5', license: 'GPL-3.0-or-later', needs: ['libc6', 'gone'] },
    { name: 'libc6', version: '2.36' },
    { name: 'gone', version: '1' },
    { name: 'dash', version: '1', license: 'MIT', needs: ['libc6'] }
  ])
  const b = bom([
    { name: 'bash', version: '5', license: 'GPL-2.0-only' },
    { name: 'libc6', version: '2.37' },
    { name: 'new', version: '1' },
    { name: 'dash', version: '1', needs: ['libc6', 'bash'] }
  ])
  expect(diffSboms(a, b)).toEqual({
    equal: false,
    onlyA: ['deb/debian/gone:amd64'],
    onlyB: ['deb/debian/new:amd64'],
    versions: [{ component: 'deb/debian/libc6:amd64', a: '2.36', b: '2.37' }],
    licenses: [{ component: 'deb/debian/bash:amd64', a: 'GPL-3.0-or-later', b: 'GPL-2.0-only' }],
    edgesOnlyA: ['deb/debian/bash:amd64 -> deb/debian/libc6:amd64'],
    edgesOnlyB: ['deb/debian/dash:amd64 -> deb/debian/bash:amd64'],
    common: 3
  })
})

test('an epoch is part of the version wherever a tool writes it, and other qualifiers do not matter', () => {
  const ours = bom([{ name: 'passwd', version: '1:4.13', query: '&distro=debian-12' }])
  const qualifier = bom([{ name: 'passwd', version: '4.13', query: '&distro=debian-12.15&epoch=1' }])
  const both = bom([{ name: 'passwd', version: '1%3A4.13', query: '&epoch=1' }])
  expect(diffSboms(ours, qualifier).equal).toBe(true)
  expect(diffSboms(ours, both).equal).toBe(true)
})

test('a document equals itself, and swapping swaps the sides', () => {
  const part = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    version: fc.constantFrom('1', '2'),
    license: fc.constantFrom(undefined, 'MIT', 'ISC'),
    needs: fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 })
  })
  const document = fc.uniqueArray(part, { selector: (one) => one.name }).map(bom)
  fc.assert(
    fc.property(document, document, (a, b) => {
      expect(diffSboms(a, a).equal).toBe(true)
      const [there, back] = [diffSboms(a, b), diffSboms(b, a)]
      expect([back.onlyA, back.onlyB, back.edgesOnlyA]).toEqual([there.onlyB, there.onlyA, there.edgesOnlyB])
      expect(there.equal).toBe(back.equal)
    })
  )
})
