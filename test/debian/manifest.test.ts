import { expect, test } from 'vitest'
import { looksLikeManifest, parseManifest } from '../../lib/debian/manifest.ts'

test('reads isar’s lines: source, its version, package with architecture, version', () => {
  const text =
    'audit|1:3.0.9-1|auditd:amd64|1:3.0.9-1\nlinux-signed-amd64|6.1.192+2|linux-image-amd64:amd64|6.1.192-2\n'
  expect(looksLikeManifest(text)).toBe(true)
  expect(parseManifest(text)).toEqual({
    packages: [
      {
        name: 'auditd',
        version: '1:3.0.9-1',
        architecture: 'amd64',
        source: { name: 'audit', version: '1:3.0.9-1' },
        line: 1
      },
      {
        name: 'linux-image-amd64',
        version: '6.1.192-2',
        architecture: 'amd64',
        source: { name: 'linux-signed-amd64', version: '6.1.192+2' },
        line: 2
      }
    ],
    findings: []
  })
})

test('what is no manifest line is a finding with its place', () => {
  const { packages, findings } = parseManifest(
    'a|1|a:all|1\n\nPackage: b\n|1|c:all|1\na|1|d|1\n',
    'image.manifest'
  )
  expect(packages.map((one) => one.name)).toEqual(['a'])
  expect(findings.map((finding) => [finding.code, finding.path, finding.range?.line])).toEqual([
    ['MANIFEST_SYNTAX', 'image.manifest', 3],
    ['MANIFEST_SYNTAX', 'image.manifest', 4],
    ['MANIFEST_SYNTAX', 'image.manifest', 5]
  ])
  expect(looksLikeManifest('Package: b\nStatus: install ok installed\n')).toBe(false)
})

test('gives up on a file that is something else', () => {
  const { findings } = parseManifest('binary\n'.repeat(500))
  expect(findings).toHaveLength(101)
  expect(findings.at(-1)).toMatchObject({ code: 'MANIFEST_TOO_LONG', severity: 'error' })
})
