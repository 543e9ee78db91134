import fc from 'fast-check'
import { PackageURL } from 'packageurl-js'
import { expect, test } from 'vitest'
import { debPurl } from '../../sbom/purl.ts'

test('epoch, plus and tilde of a version, plus of a name', () => {
  const purl = { namespace: 'debian', name: 'libstdc++6', architecture: 'amd64', distro: 'debian-12' }
  expect(debPurl({ ...purl, version: '1:12.2.0~rc1-14+deb12u1' })).toBe(
    'pkg:deb/debian/libstdc%2B%2B6@1:12.2.0~rc1-14%2Bdeb12u1?arch=amd64&distro=debian-12'
  )
  expect(debPurl({ ...purl, version: undefined, architecture: '', distro: undefined })).toBe(
    'pkg:deb/debian/libstdc%2B%2B6'
  )
})

test('whatever stands in a status file: as packageurl-js writes it, its plus encoded', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ unit: fc.constantFrom(...`aZ0+.:~-_!*'()/@?#%&= \t\u00e4\ud800`.split('')), maxLength: 12 })
  )
  const name = text.filter((one) => one.trim() !== '')
  const property = fc.property(name, text, text, fc.option(text), (name, version, architecture, distro) => {
    const qualifiers = {
      ...(architecture !== '' && { arch: architecture.toWellFormed() }),
      ...(distro && { distro: distro.toWellFormed() })
    }
    const theirs = new PackageURL(
      ...(['deb', 'debian', name.toWellFormed(), version.toWellFormed() || undefined, qualifiers] as const),
      undefined
    )
    const ours = debPurl({ namespace: 'debian', name, version, architecture, distro: distro ?? undefined })
    expect(ours).toBe(theirs.toString().replaceAll('+', '%2B'))
  })
  fc.assert(property, { numRuns: 1000 })
})
