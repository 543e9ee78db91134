import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  makeSmallTree,
  makeTar,
  openingError,
  put,
  scratchDirectory,
  status,
  tool,
  withImage
} from './images.ts'

const scratch = await scratchDirectory()
const layout = join(scratch, 'layout')
const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex')

async function blob(data: Buffer | string) {
  const digest = sha256(data)
  await put(layout, `blobs/sha256/${digest}`, data)
  return { digest: `sha256:${digest}`, size: data.length, mediaType: 'x' }
}

/** A layer with these files, packed. */
async function layer(packer: string, fill: (tree: string) => Promise<unknown>) {
  const tree = join(scratch, 'layer')
  await rm(tree, { recursive: true, force: true })
  await mkdir(tree)
  await fill(tree)
  const tar = await makeTar(tree, join(scratch, 'layer.tar'))
  await tool('sh', '-c', `${packer} < '${tar}' > '${tar}.packed'`)
  return blob(await readFile(`${tar}.packed`))
}

let layers: { digest: string }[] = []
beforeAll(async () => {
  layers = [
    await layer('cat', async (tree) => {
      await makeSmallTree(tree)
      await put(tree, 'opt/gone', 'x')
      await put(tree, 'opt/kept', 'kept')
      await put(tree, 'srv/data/a', 'a')
      await put(tree, 'srv/data/deep/b', 'b')
      await symlink('opt', join(tree, 'link'))
    }),
    await layer('gzip', async (tree) => {
      await put(tree, 'opt/.wh.gone')
      await put(tree, 'srv/data/.wh..wh..opq')
      await put(tree, 'srv/data/new', 'new')
      await put(tree, 'etc/passwd', 'root:*:0:0:root:/root:/bin/sh\n')
    }),
    await layer('zstd -q', (tree) => put(tree, 'opt/big', 'x'.repeat(2 ** 21)))
  ]
  const manifest = await blob(JSON.stringify({ schemaVersion: 2, layers }))
  const linux = { ...manifest, platform: { os: 'linux', architecture: 'amd64' } }
  const foreign = { ...manifest, platform: { os: 'unknown', architecture: 'unknown' } }
  await put(layout, 'index.json', JSON.stringify({ schemaVersion: 2, manifests: [foreign, linux] }))
  await put(layout, 'oci-layout', '{"imageLayoutVersion":"1.0.0"}')
})

/** The same as `docker save` of old: no index, layers by name. */
async function dockerArchive(): Promise<string> {
  const directory = join(scratch, 'docker')
  const names = []
  for (const { digest } of layers) {
    const name = `${digest.slice(7)}/layer.tar`
    await put(directory, name, await readFile(join(layout, 'blobs/sha256', digest.slice(7))))
    names.push(name)
  }
  await put(directory, 'manifest.json', JSON.stringify([{ Config: 'x.json', RepoTags: [], Layers: names }]))
  return makeTar(directory, join(scratch, 'docker.tar'))
}

describe('a container image', () => {
  test.each(['layout', 'archive of the layout', 'packed archive', 'docker save'])('%s', async (form) => {
    const archive = await makeTar(layout, join(scratch, 'oci.tar'))
    await tool('sh', '-c', `zstd -q -f '${archive}' -o '${archive}.zst'`)
    const paths: Record<string, string> = {
      layout,
      'archive of the layout': archive,
      'packed archive': `${archive}.zst`,
      'docker save': await dockerArchive()
    }
    await withImage(paths[form] ?? '', async (image) => {
      expect([image.format, image.description.replace(/, .*/, '')]).toEqual([
        'oci',
        'a container image of 3 layers'
      ])
      expect(image.list('/opt')).toEqual(['big', 'kept'])
      expect(image.list('/srv/data')).toEqual(['new'])
      expect(await image.readText('/var/lib/dpkg/status')).toBe(status)
      expect(await image.readText('/etc/passwd')).toContain('/bin/sh')
      expect(await image.readText('/link/kept')).toBe('kept')
      expect((await image.read('/opt/big'))?.length).toBe(2 ** 21)
      expect(image.findings).toEqual([])
    })
  })

  test('a blob that is not what its digest says', async () => {
    const file = join(layout, 'blobs/sha256', layers[1]?.digest.slice(7) ?? '')
    const good = await readFile(file)
    await writeFile(file, Buffer.concat([good, Buffer.from('x')]))
    expect((await openingError(layout)).message).toMatch(/digest of blobs\/sha256\/[0-9a-f]+ is wrong/)
    await rm(file)
    await symlink('/etc/passwd', file)
    expect((await openingError(layout)).message).toMatch(/layer .* is missing/)
    await rm(file)
    await writeFile(file, good)
  })

  test('a layer outside the layout is refused', async () => {
    const path = await makeTar(join(scratch, 'evil'), join(scratch, 'evil.tar')).catch(async () => {
      const manifest = JSON.stringify([{ Layers: ['../../etc/passwd'] }])
      await put(join(scratch, 'evil'), 'manifest.json', manifest)
      return makeTar(join(scratch, 'evil'), join(scratch, 'evil.tar'))
    })
    expect(await openingError(path)).toMatchObject({ code: 'IMAGE_DAMAGED' })
  })
})
