import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { openImage } from '../../lib/image/open-image.ts'
import { generateSbom } from '../../sbom/index.ts'
import {
  io,
  makeDisk,
  makeExt4,
  makeSquashfs,
  makeTar,
  sandboxProblem,
  scratchDirectory,
  tool
} from '../image/images.ts'
import { bookworm, documentOf, stanza, writeTree } from './images.ts'

/**
 * The same root file system has the same SBOM in every form. KAS_HARDEN_TEST_REFERENCE=DIR does it with a whole
 * image as well: DIR holds tree, rootfs.tar{,.gz,.xz,.zst}, rootfs.ext4, rootfs.squashfs, disk.wic, rootfs.erofs.
 */

const names = ['tree', 'rootfs.tar', 'rootfs.tar.gz', 'rootfs.tar.xz', 'rootfs.tar.zst', 'rootfs.ext4']
const forms = [...names, 'rootfs.squashfs', 'disk.wic', 'rootfs.erofs', 'erofs.wic']

const scratch = await scratchDirectory()
const noErofs = await sandboxProblem()

beforeAll(async () => {
  const at = (name: string) => join(scratch, name)
  const packages = ['bash', 'zsh', 'libc6'].map((name) => stanza(name, '1:1.0-1', { Depends: 'libc6' }))
  writeTree(at('tree'), {
    'usr/lib/os-release': bookworm,
    'var/lib/dpkg/status': packages.join(''),
    'var/lib/dpkg/info/bash.list': '/.\n/usr\n/usr/bin\n/usr/bin/bash\n',
    'usr/bin/bash': '\x7fELF',
    'usr/share/doc/bash/copyright': 'Format: x\n\nFiles: *\nCopyright: 2020 A\nLicense: GPL-3+ or Expat\n',
    'usr/share/doc/zsh/copyright': 'Under the GPL, version 2, see /usr/share/common-licenses/GPL-2.\n'
  })
  await tool('chmod', '755', at('tree/usr/bin/bash'))
  await tool('ln', '-s', 'bash', at('tree/usr/share/doc/libc6'))
  const tar = await makeTar(at('tree'), at('rootfs.tar'))
  for (const [ending, packer] of Object.entries({ gz: 'gzip', xz: 'xz', zst: 'zstd' }))
    await tool('sh', '-c', `${packer} -c '${tar}' >'${tar}.${ending}'`)
  await makeDisk(at('disk.wic'), [{ image: await makeExt4(at('tree'), at('rootfs.ext4'), '8M') }])
  await makeSquashfs(at('tree'), at('rootfs.squashfs'))
  await tool('mkfs.erofs', at('rootfs.erofs'), at('tree'))
  await makeDisk(at('erofs.wic'), [{ image: at('rootfs.erofs') }])
})

/** Everything but the image itself. */
async function contentOf(path: string): Promise<string> {
  const image = await openImage(path, io, { walk: 'on-demand' })
  try {
    const { components, dependencies, compositions } = documentOf(
      await generateSbom(image, { imageHash: false })
    )
    return JSON.stringify({ components, dependencies, compositions }, undefined, 1)
  } finally {
    await image.close()
  }
}

test.each(forms)('%s', async (form) => {
  if (noErofs !== undefined && form.includes('erofs')) return
  const content = await contentOf(join(scratch, form))
  expect(content).toBe(await contentOf(join(scratch, 'tree')))
  expect(content).toContain('GPL-3.0-or-later OR MIT')
})

test('erofs', (context) => {
  if (noErofs !== undefined) context.skip(noErofs)
})

test('a whole image', { timeout: 900_000 }, async (context) => {
  const directory = process.env['KAS_HARDEN_TEST_REFERENCE']
  if (directory === undefined)
    return context.skip('KAS_HARDEN_TEST_REFERENCE names no directory with a reference image')
  const expected = await contentOf(join(directory, 'tree'))
  const found = forms.map((form) => join(directory, form)).filter((path) => existsSync(path))
  expect(found.length).toBeGreaterThan(1)
  for (const path of found) expect((await contentOf(path)) === expected, path).toBe(true)
})
