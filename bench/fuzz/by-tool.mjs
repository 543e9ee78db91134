// Whole images through the tools that read them: [name, make an input, read it].
import { execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { mutate, mutateBlocks } from './mutate.mjs'
import { withGptSums, withTarSums, withoutCpioSums, withoutErofsSum } from './repair.mjs'

const lib = (path) => import(new URL(`../../dist/${path}.js`, import.meta.url))
const { HardenError } = await lib('lib/base/errors')
const { openImage } = await lib('lib/image/open-image')
const { readImageFile } = await lib('lib/image/read-image-file')
const { generateSbom } = await lib('sbom/generate')

/** Where structure stands. */
const hot = {
  ext4: [
    [1024, 2048],
    [2048, 8192],
    [8192, 200_000]
  ],
  squashfs: [
    [0, 96],
    [96, 1e9],
    [96, 1e9],
    [96, 1e9]
  ],
  erofs: [
    [1024, 1152],
    [1152, 8192],
    [1152, 1e9]
  ],
  wic: [
    [446, 512],
    [512, 604],
    [1024, 1536],
    [2 ** 20, 2 ** 20 + 512],
    [3 * 2 ** 20 + 1024, 3 * 2 ** 20 + 8192],
    [4 * 2 ** 20, 4 * 2 ** 20 + 96],
    [5 * 2 ** 20 + 1024, 5 * 2 ** 20 + 1152]
  ],
  swu: [
    [0, 600],
    [600, 3000],
    [600, 1e9],
    [600, 1e9]
  ]
}
hot['squashfs.zst'] = hot.squashfs

const packers = {
  'gnu.tar.gz': (data) => gzipSync(data),
  'gnu.tar.zst': (data) => execFileSync('zstd', ['-c', '-q'], { input: data }),
  'gnu.tar.xz': (data) => execFileSync('xz', ['-c', '-q', '-0'], { input: data }),
  'ext4.zst': (data) => execFileSync('zstd', ['-c', '-q'], { input: data })
}

const repairs = { wic: withGptSums, erofs: withoutErofsSum, swu: withoutCpioSums }

const forms = [
  ['gnu.tar.gz', 'tar.gz', 'whole'],
  ['gnu.tar.zst', 'tar.zst (zstd)', 'whole'],
  ['gnu.tar.xz', 'tar.xz (xz)', 'whole'],
  ['ext4', 'ext4 (debugfs)', 'whole'],
  ['ext4', 'ext4 on demand (debugfs)', 'on-demand'],
  ['ext4.zst', 'ext4.zst (zstd, debugfs)', 'on-demand'],
  ['squashfs', 'squashfs (unsquashfs)', 'whole'],
  ['squashfs.zst', 'squashfs of zstd (unsquashfs, zstd)', 'on-demand'],
  ['erofs', 'erofs (bubblewrap, fakeroot, fsck.erofs)', 'whole'],
  ['wic', 'disk of three slots (sfdisk, debugfs, unsquashfs, mtools)', 'whole'],
  ['wic', 'disk on demand (sfdisk, debugfs, unsquashfs)', 'on-demand'],
  ['swu', 'update package (zstd, debugfs)', 'on-demand']
]

const wanted = ['/var/lib/dpkg/status', '/etc/passwd-', '/etc/os-release', '/usr/share/doc/one/copyright']

/** Everything somebody may ask of an image; a HardenError is an answer. */
async function askAll(image) {
  const asked = [
    () => image.look?.([...wanted, '/usr/share/doc/', '/etc/../etc/']),
    ...wanted.map((file) => () => image.read(file)),
    () => image.capabilities(),
    () => image.esp?.list('/'),
    () => generateSbom(image, { imageHash: false })
  ]
  for (const ask of asked) {
    try {
      await ask()
    } catch (error) {
      if (!(error instanceof HardenError) || error.kind === 'bug') throw error
    }
  }
  for (const path of image.entries.keys()) image.stat(path)
}

/** The targets, for one corpus. */
export function byToolTargets(corpus, rng, io, scratch) {
  function inputOf(form) {
    // Half of the packed ones are damaged inside, so that the checksum around is right.
    if (packers[form] && rng.below(2)) {
      const plain = form === 'ext4.zst' ? 'ext4' : 'gnu.tar'
      const data =
        plain === 'ext4' ? mutateBlocks(rng, corpus.images.ext4, hot.ext4) : mutate(rng, corpus.images[plain])
      return packers[form](plain === 'ext4' ? data : withTarSums(data))
    }
    const original = corpus.images[form]
    const data = hot[form] ? mutateBlocks(rng, original, hot[form]) : mutate(rng, original)
    if (rng.below(2) === 0) return data
    return (repairs[form] ?? ((same) => same))(data)
  }

  return forms.map(([form, name, walk]) => [
    name,
    () => inputOf(form),
    async (data) => {
      const path = join(scratch, 'input')
      writeFileSync(path, data)
      const before = readdirSync(scratch).sort().join()
      const options = {
        temporaryDirectory: scratch,
        walk,
        maximumDecompressedBytes: 2 ** 26,
        maximumEntries: 10_000
      }
      let refusal
      try {
        if (walk === 'on-demand') await readImageFile(path, wanted[0], io, options)
        const image = await openImage(path, io, options)
        try {
          await askAll(image)
        } finally {
          await image.close()
        }
      } catch (error) {
        refusal = error
      }
      const after = readdirSync(scratch).sort().join()
      if (after !== before) throw new Error(`left behind: ${after}`, { cause: refusal })
      if (refusal) throw refusal
    }
  ])
}
