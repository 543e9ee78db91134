import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nodeExec } from '../../lib/base/exec.ts'
import { openImage } from '../../lib/image/open-image.ts'
import { isarDebDirectories } from '../../lib/flow/isar-debs.ts'
import { carriesProduct } from '../../sbom/cpe.ts'
import { generateSbom, validateSbom } from '../../sbom/index.ts'
import type { SbomOptions } from '../../sbom/options.ts'
import { runCli } from '../run-cli.ts'
import { temporaryDirectory } from '../temporary.ts'
import { bookworm, describe, documentOf, stanza, writeTree } from './images.ts'

const timestamp = new Date(0)

function tree(osRelease: string): string {
  const root = join(temporaryDirectory(), 'root')
  writeTree(root, { 'etc/os-release': osRelease, 'var/lib/dpkg/status': stanza('one', '1.0-1') })
  return root
}

async function versionOf(osRelease: string, options: SbomOptions = {}): Promise<unknown> {
  const { json } = await describe(tree(osRelease), options)
  expect(await validateSbom(json)).toEqual([])
  return (JSON.parse(json) as { metadata: { component: { version?: string } } }).metadata.component.version
}

test("the image's version: the caller's, os-release's IMAGE_VERSION, isar's BUILD_ID, its date", async () => {
  const all = `${bookworm}BUILD_ID="v1.1-5-gabc"\nIMAGE_VERSION=2.3\n`
  expect(await versionOf(all, { version: '7', timestamp })).toBe('7')
  expect(await versionOf(all, { timestamp })).toBe('2.3')
  expect(
    await versionOf(`${bookworm}BUILD_ID="v1.1-5-gabc"\nIMAGE_VERSION="not one word"\n`, { timestamp })
  ).toBe('v1.1-5-gabc')
  expect(await versionOf(bookworm, { timestamp })).toBe('1970-01-01T00:00:00.000Z')
  expect(await versionOf(bookworm)).toBeUndefined()
})

test('of an image file the hash stands where BSI TR-03183-2 looks for that of a deployable', async () => {
  const root = tree(bookworm)
  const archive = join(root, '..', 'my image.tar')
  const io = { exec: nodeExec(process.env), env: process.env }
  await io.exec.run('tar', ['-C', root, '-cf', archive, '.'])
  const image = await openImage(archive, io)
  const { json } = await generateSbom(image, { timestamp })
  await image.close()
  expect(await validateSbom(json)).toEqual([])
  const content = createHash('sha512').update(readFileSync(archive)).digest('hex')
  expect(JSON.parse(json)).toMatchObject({
    metadata: {
      component: {
        hashes: [{ alg: 'SHA-512', content }],
        externalReferences: [
          { type: 'distribution', url: 'my%20image.tar', hashes: [{ alg: 'SHA-512', content }] }
        ]
      }
    }
  })
})

test("isar's own packages and its download cache, as far as they are there; DL_DIR is where the user put it", async () => {
  const work = temporaryDirectory()
  const own = 'build/tmp/deploy/isar-apt/debian-bookworm-amd64/apt/debian-bookworm/pool/main/o/one'
  const fetched = 'build/downloads/deb/debian-bookworm'
  expect(await isarDebDirectories(work, { env: {}, cwd: work })).toEqual([])
  writeTree(work, { [`${own}/one_1.0-1_amd64.deb`]: 'ours', [`${fetched}/one_1.0-1_amd64.deb`]: 'theirs' })
  const debDirectory = await isarDebDirectories(work, { env: {}, cwd: work })
  expect(debDirectory).toEqual([join(work, 'build/tmp/deploy/isar-apt'), join(work, 'build/downloads/deb')])
  const content = createHash('sha512').update('ours').digest('hex')
  const [component] = documentOf(await describe(tree(bookworm), { debDirectory })).components.filter(
    ({ name, scope }) => name === 'one' && scope === 'required'
  )
  expect(component).toMatchObject({ hashes: [{ alg: 'SHA-256' }, { alg: 'SHA-512', content }] })
  const elsewhere = temporaryDirectory()
  mkdirSync(join(elsewhere, 'deb/debian-trixie'), { recursive: true })
  expect(await isarDebDirectories(work, { env: { DL_DIR: elsewhere }, cwd: work })).toEqual([
    join(work, 'build/tmp/deploy/isar-apt'),
    join(elsewhere, 'deb')
  ])
})

test('several directories of .deb files and a version on the command line', async () => {
  const cwd = join(tree(bookworm), '..')
  writeTree(cwd, { 'a/two_2_all.deb': '', 'b/one_1.0-1_amd64.deb': 'x' })
  const argv = ['sbom', 'root', '--deb-dir', 'a', 'b', '--image-version', '9.9', '-o', 'out.json']
  expect((await runCli(cwd, argv, { SOURCE_DATE_EPOCH: '0' })).code).toBe(0)
  const json = readFileSync(join(cwd, 'out.json'), 'utf8')
  expect(JSON.parse(json)).toMatchObject({ metadata: { component: { version: '9.9' } } })
  expect(json).toContain(createHash('sha512').update('x').digest('hex'))
})

test('the package that only depends on the kernel is not the kernel', () => {
  const kernels = ['linux-image-6.1.0-56-cloud-amd64', 'linux-image-6.1.0-56-amd64-unsigned']
  const others = ['linux-image-cloud-amd64', 'linux-headers-6.1.0-56-amd64', 'linux-libc-dev']
  for (const name of kernels) expect([name, carriesProduct(name, 'linux')]).toEqual([name, true])
  for (const name of others) expect([name, carriesProduct(name, 'linux-signed-amd64')]).toEqual([name, false])
})

test('a database in another encoding is read, and said to be; one of absurd many packages is refused', async () => {
  const root = tree(bookworm)
  const status = join(root, 'var/lib/dpkg/status')
  writeFileSync(
    status,
    Buffer.from(stanza('one', '1.0-1', { Maintainer: 'J\xfcrgen <j@a.example>' }), 'latin1')
  )
  const { findings } = await describe(root, { timestamp, licenses: false })
  expect(findings).toMatchObject([{ code: 'DEB822_ENCODING' }])
  writeFileSync(status, stanza('one', '1').repeat(50_001))
  await expect(describe(root)).rejects.toMatchObject({ code: 'DEB822_TOO_LARGE', kind: 'usage' })
})

test('a version longer than the schema allows is cut, its package URL is not', async () => {
  const root = tree(bookworm)
  const version = `1.${'0'.repeat(3000)}-1`
  writeFileSync(join(root, 'var/lib/dpkg/status'), stanza('one', version))
  const sbom = await describe(root, { timestamp, licenses: false })
  expect(await validateSbom(sbom.json)).toEqual([])
  const found = documentOf(sbom).components.filter(({ name }) => name === 'one')
  expect(found.map((one) => [one.version?.length, one.purl?.includes(`@${version}?`)])).toEqual([
    [1024, true],
    [1024, true]
  ])
})
