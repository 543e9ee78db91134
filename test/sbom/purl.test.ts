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
