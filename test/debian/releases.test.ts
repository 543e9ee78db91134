import { expect, test } from 'vitest'
import {
  debianReleases,
  foreignDistribution,
  releaseByName,
  releaseFromDistro
} from '../../lib/debian/releases.ts'

test.each([
  ['debian-bookworm', 'bookworm'],
  ['cip-core-trixie', 'trixie'],
  ['cip-core-bullseye', 'bullseye'],
  ['debian-sid-ports', 'sid'],
  ['acme_bookworm.v2', 'bookworm'],
  ['Debian-Forky', 'forky'],
  ['debian-unknown', undefined],
  ['presidential', undefined],
  ['bookworm-to-trixie', undefined],
  ['ubuntu-jammy', undefined],
  ['raspbian-stretch', undefined],
  ['raspios-bookworm', undefined],
  ['', undefined]
])('%s stands for %s', (distro, codename) => {
  expect(releaseFromDistro(distro)?.codename).toBe(codename)
})

test.each([
  ['ubuntu-noble', 'Ubuntu'],
  ['raspbian-bullseye', 'Raspbian'],
  ['raspios-bookworm', 'Raspberry Pi OS'],
  ['poky', 'Poky (Yocto)'],
  ['debian-bookworm', undefined],
  ['cip-core-trixie', undefined]
])('%s is of %s', (distro, name) => {
  expect(foreignDistribution(distro)).toBe(name)
})

test('a release is found by codename and by the number of os-release, point releases included', () => {
  expect(['12', '12.9', 'Bookworm'].map((name) => releaseByName(name)?.codename)).toEqual(
    Array(3).fill('bookworm')
  )
  expect([releaseByName('1'), releaseByName('jammy'), releaseByName('')]).toEqual([
    undefined,
    undefined,
    undefined
  ])
})

test('the security suite changed its name with bullseye; sid has none', () => {
  const suites = Object.fromEntries(debianReleases.map((one) => [one.codename, one.suites.security]))
  expect(suites).toMatchObject({
    buster: 'buster/updates',
    bullseye: 'bullseye-security',
    trixie: 'trixie-security'
  })
  expect(suites['sid']).toBeUndefined()
})
