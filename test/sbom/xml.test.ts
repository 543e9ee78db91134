import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createRequire } from 'node:module'
import { XMLParser } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { toXml } from '../../sbom/xml.ts'
import { makeTar, scratchDirectory } from '../image/images.ts'
import { runCli } from '../run-cli.ts'
import { bookworm, describe, stanza, writeTree } from './images.ts'
import type { SpecVersion } from '../../sbom/index.ts'

/** CycloneDX XML: valid by the schema the library ships, and nothing in it that the JSON lacks or has otherwise. */

const scratch = await scratchDirectory()
const tree = join(scratch, 'tree')
writeTree(tree, {
  'usr/lib/os-release': bookworm,
  'var/lib/dpkg/status':
    stanza('one', '1:1.0-1+b1', {
      Source: 'src (1:1.0-1)',
      Depends: 'two',
      Homepage: 'https://one.example/?a=1&b="2"'
    }) + stanza('two', '2~rc1-1', { Description: 'tags <b> & "quotes" \u0007bell' }),
  'usr/share/doc/one/copyright':
    'Format: x\n\nFiles: *\nCopyright: 2020 A <a@b.example>\nLicense: GPL-2+ or odd\n\nLicense: odd\n You may & must <laugh>.\n .\n  Twice.\n',
  'usr/share/doc/two/copyright': 'Format: x\n\nFiles: *\nCopyright: 2020 A\nLicense: Expat\n'
})
const image = await makeTar(tree, join(scratch, 'rootfs.tar'))
const packages = `Package: one\nVersion: 1:1.0-1+b1\nArchitecture: amd64\nFilename: pool/main/o/one/one_1.0-1+b1_amd64.deb\nSHA256: ${'ab'.repeat(32)}\n\n`

function sbom(spec: SpecVersion) {
  return describe(image, {
    spec,
    timestamp: new Date(1763596800_000),
    manufacturer: { name: 'ACME & Söhne', url: 'https://acme.example' },
    supplier: { name: 'ACME', email: 'a@acme.example' },
    packagesIndexes: [packages],
    archiveUrl: 'https://archive.example/debian'
  })
}

/** Every text of a tree of objects, sorted. */
function leaves(value: unknown): string[] {
  const texts = (each: unknown): string[] =>
    typeof each === 'object' && each !== null ? Object.values(each).flatMap(texts) : [String(each)]
  return texts(value).sort()
}

const schemas = join(
  dirname(createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json')),
  'res/schema'
)

test.each(['1.7', '1.6'] as const)('%s: the content of the JSON, each text once', async (spec) => {
  const { json } = await sbom(spec)
  const document = JSON.parse(json) as Record<string, unknown>
  const { specVersion } = document
  const ownOfJson = new Set(['$schema', 'bomFormat', 'specVersion'])
  const content = Object.entries(document).filter(([key]) => !ownOfJson.has(key))
  const xml = toXml(json)
  expect(toXml(json)).toBe(xml)
  const parser = new XMLParser({
    ignoreAttributes: false,
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    ignoreDeclaration: true
  })
  const { bom } = parser.parse(xml.replace(/>\n\s*</g, '><').trim()) as { bom: Record<string, unknown> }
  expect(bom['@_xmlns']).toBe(`http://cyclonedx.org/schema/bom/${String(specVersion)}`)
  delete bom['@_xmlns']
  const wanted = leaves(content.map(([, value]) => value)).map((text) => text.replace('\u0007', '\ufffd'))
  expect(leaves(bom)).toEqual(wanted.sort())
  expect(xml).toContain('LicenseRef-odd')
})

test('valid by the XML schema', async (context) => {
  if (spawnSync('xmllint', ['--version']).error)
    return context.skip('xmllint (libxml2-utils) is not installed')
  for (const spec of ['1.7', '1.6'] as const) await validates(spec)
})

async function validates(spec: SpecVersion): Promise<void> {
  const file = join(scratch, `${spec}.xml`)
  writeFileSync(file, toXml((await sbom(spec)).json))
  const schema = join(schemas, `bom-${spec}.SNAPSHOT.xsd`)
  const validate = () =>
    execFileSync('xmllint', ['--nonet', '--noout', '--schema', schema, file], { stdio: 'pipe' }).toString()
  expect(validate).not.toThrow()
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace('<version>', '<versio>').replace('</version>', '</versio>')
  )
  expect(validate).toThrow()
}

test('a field we do not know is no field we drop', () => {
  expect(() => toXml('{"specVersion":"1.7","services":[]}')).toThrow(/'services'/)
})

test('kas-harden sbom --format xml', async () => {
  const done = await runCli(scratch, ['sbom', 'rootfs.tar', '--format', 'xml', '-o', 'out.xml'])
  expect(done.code).toBe(0)
  expect(existsSync(join(scratch, 'out.xml'))).toBe(true)
  expect(readFileSync(join(scratch, 'out.xml'), 'utf8')).toMatch(/^<\?xml [^\n]*\n<bom xmlns="[^"]*\/1\.7"/)
})
