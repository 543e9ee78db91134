// Readers that run in this process: [name, weight, make an input, read it].
import { Buffer } from 'node:buffer'
import {
  closeSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  linkSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { join } from 'node:path'
import { mutate, mutateJson } from './mutate.mjs'
import { containerImage, withTarSums } from './repair.mjs'

const lib = (path) => import(new URL(`../../dist/${path}.js`, import.meta.url))
const { HardenError } = await lib('lib/base/errors')
const { createFindingLog } = await lib('lib/image/finding-log')
const { passOverTar } = await lib('lib/image/tar-stream-pass')
const { createTarTable } = await lib('lib/image/tar-table')
const { createLookup } = await lib('lib/image/lookup')
const { recognise } = await lib('lib/image/recognise')
const { unifiedKernelCommandLines, grubCommandLines, loaderEntryCommandLine } =
  await lib('lib/image/boot-entries')
const { readCpioMembers } = await lib('lib/image/cpio-members')
const { readSquashfsRows } = await lib('lib/image/squashfs-rows')
const { readDirectoryRows } = await lib('lib/image/ext4-rows')
const { readPartitions } = await lib('lib/image/disk-partitions')
const { parseOsRelease } = await lib('lib/image/os-release')
const { openImage } = await lib('lib/image/open-image')
const { readGetcap, formatCapabilities } = await lib('lib/image/capabilities')
const { readFakerootInodes } = await lib('lib/image/fakeroot-inodes')
const { readSquashfsCapabilities } = await lib('lib/image/squashfs-capabilities')
const { readErofsCapabilities } = await lib('lib/image/erofs-capabilities')
const { erofsHas } = await lib('lib/image/erofs-probe')
const { readStanzas } = await lib('lib/debian/deb822')
const { parseStatus } = await lib('lib/debian/status')
const { parseManifest } = await lib('lib/debian/manifest')
const { parseRelations } = await lib('lib/debian/relations')
const { indexPackages, resolveDependencies } = await lib('lib/debian/dependencies')
const { versionProblem, compareVersions } = await lib('lib/debian/version')
const { licenseOfCopyright } = await lib('lib/debian/copyright/to-spdx')
const { parseExpression, formatExpression } = await lib('lib/debian/copyright/expression')
const { generateSbom } = await lib('sbom/generate')
const { validateSbom } = await lib('sbom/validate')
const { checkSbom } = await lib('sbom/check')
const { diffSboms } = await lib('sbom/diff')
const { compareWithImage } = await lib('sbom/compare')
const { toXml } = await lib('sbom/xml')

const inMemory = (data) => ({
  read: (buffer, offset, length, position) => {
    const from = Math.min(position, data.length)
    const bytesRead = data.copy(buffer, offset, from, Math.min(data.length, from + length))
    return Promise.resolve({ buffer, bytesRead })
  }
})

/** What a HardenError is for is no crash where more is to be tried. */
function tolerant(work) {
  try {
    return work()
  } catch (error) {
    if (error instanceof HardenError && error.kind !== 'bug') return undefined
    throw error
  }
}

/** A tree of links and odd names; made new for every input. */
function makeOddTree(rng, root) {
  rmSync(root, { recursive: true, force: true })
  mkdirSync(join(root, 'var/lib/dpkg'), { recursive: true })
  mkdirSync(join(root, 'etc'))
  const names = [
    'a',
    'b',
    'c',
    'etc/x',
    'etc/os-release',
    'var/lib/dpkg/status',
    'e\n',
    '\\',
    '.hidden',
    ' ',
    '-rf',
    'é'
  ]
  const targets = [
    'a',
    'b',
    '/a',
    '..',
    '../..',
    '/',
    '.',
    '/etc/../../b',
    'c/d',
    '/proc/self/root',
    'x/'.repeat(500)
  ]
  const pick = (list) => list[rng.below(list.length)]
  for (let count = rng.below(12); count > 0; count -= 1) {
    const place = join(root, pick(names))
    try {
      const kind = rng.below(4)
      if (kind === 0) mkdirSync(place)
      else if (kind === 1)
        writeFileSync(place, 'Package: x\nStatus: install ok installed\nVersion: 1\n', { flag: 'wx' })
      else if (kind === 2) symlinkSync(pick(targets), place)
      else linkSync(join(root, 'var/lib/dpkg/status'), place)
    } catch {
      // there already
    }
  }
}

/** The targets, for one corpus. */
export async function inProcessTargets(corpus, rng, io, scratch) {
  const pick = (list) => list[rng.below(list.length)]
  const text = (name, weight, work) => [
    name,
    weight,
    () => mutate(rng, corpus[name]),
    (data) => work(data.toString('utf8'))
  ]
  const file = join(scratch, 'in-process')
  const source = { imagePath: 'fuzz', toolPath: file, offset: 0 }
  const write = (data) => {
    const descriptor = openSync(file, 'w')
    writeSync(descriptor, data)
    closeSync(descriptor)
  }
  const image = await openImage(corpus.tree, io)
  const { entries } = image
  const { json } = await generateSbom(image, { timestamp: new Date(0) })
  const document = JSON.parse(json)
  const statusPath = join(scratch, 'status')
  let described = 0

  return [
    [
      'tar',
      12,
      () => {
        const data = mutate(rng, corpus.images[pick(['gnu.tar', 'pax.tar', 'sparse.tar'])])
        return rng.below(2) ? withTarSums(data) : data
      },
      async (data) => {
        const table = createTarTable(createFindingLog())
        const chunks = [data.subarray(0, 700), data.subarray(700)]
        await passOverTar('fuzz', chunks, {
          member: (member) => table.add(member)?.type === 'file',
          content: () => true
        })
        const { stat, list } = createLookup(table.entries)
        for (const path of table.entries.keys()) stat(path)
        list('/etc')
      }
    ],
    [
      'container image',
      1,
      () => {
        if (rng.below(2)) return withTarSums(mutate(rng, corpus.images.oci))
        const layers = corpus.layers.map((layer) => (rng.below(3) ? layer : withTarSums(mutate(rng, layer))))
        return containerImage(layers, (data) =>
          rng.below(3) ? data : Buffer.from(JSON.stringify(mutateJson(rng, JSON.parse(data))))
        )
      },
      async (data) => {
        write(data)
        const opened = await openImage(file, io, {
          temporaryDirectory: scratch,
          maximumDecompressedBytes: 2 ** 26
        })
        try {
          await opened.read('/var/lib/dpkg/status')
        } finally {
          await opened.close()
        }
      }
    ],
    [
      'directory',
      1,
      () => makeOddTree(rng, join(scratch, 'odd')),
      async () => {
        const walk = rng.below(2) ? 'on-demand' : 'whole'
        const opened = await openImage(join(scratch, 'odd'), io, { walk })
        await opened.look?.(['/etc/os-release', '/a/b', '/c/', '/etc/../b'])
        for (const path of ['/var/lib/dpkg/status', '/a', '/etc/x', '/etc/os-release'])
          await opened.read(path)
        for (const path of opened.entries.keys()) opened.stat(path)
        await opened.close()
      }
    ],
    [
      'recognise',
      4,
      () => mutate(rng, pick(Object.values(corpus.images)).subarray(0, 16_384)).subarray(0, 8192),
      recognise
    ],
    ['PE (unified kernel image)', 4, () => mutate(rng, corpus.pe), unifiedKernelCommandLines],
    [
      'cpio',
      8,
      () => mutate(rng, corpus.images.swu),
      (data) => readCpioMembers('fuzz', inMemory(data), data.length)
    ],
    [
      'rows of unsquashfs',
      4,
      () => mutate(rng, corpus.squashfsRows),
      (data) => readSquashfsRows(data, 'MARK')
    ],
    [
      'attributes of squashfs',
      3,
      () => {
        const data = mutate(rng, corpus.images.squashfs)
        // What is written twice is mostly found: the tables' addresses as they were.
        if (rng.below(2) && data.length > 96) corpus.images.squashfs.copy(data, 0, 0, 96)
        return data
      },
      (data) => {
        write(data)
        return readSquashfsCapabilities(source, entries, io)
      }
    ],
    [
      'names and attributes of erofs',
      3,
      () => mutate(rng, corpus.images.erofs),
      async (data) => {
        write(data)
        await erofsHas(source, ['/var/lib/dpkg/status', '/etc/os-release'])
        await readErofsCapabilities(source, data.length, entries)
      }
    ],
    [
      'rows of debugfs',
      4,
      () => mutate(rng, pick([corpus.debugfsPlain, corpus.debugfsLong])),
      (data) => {
        readDirectoryRows(data, corpus.debugfsLong)
        readDirectoryRows(corpus.debugfsPlain, data)
        readDirectoryRows(data, data)
      }
    ],
    [
      'rows of getcap and fakeroot',
      4,
      () => mutate(rng, pick([corpus.getcap, corpus.fakeroot])),
      (data) => {
        readGetcap(data.toString('utf8'), corpus.tree)
        readFakerootInodes(data.toString('utf8'))
        formatCapabilities(data)
      }
    ],
    [
      'table of sfdisk',
      4,
      () => mutate(rng, corpus.sfdisk),
      (stdout) => {
        const run = () => Promise.resolve({ exitCode: 0, stdout, stderr: '', timedOut: false })
        return readPartitions('fuzz', 'wic', 'gpt', { exec: { run } }, createFindingLog())
      }
    ],
    text('status', 8, (data) => {
      const { packages } = parseStatus(data, { path: 'fuzz' })
      resolveDependencies(indexPackages(packages), ['Pre-Depends', 'Depends', 'Recommends'])
    }),
    ['deb822', 8, () => mutate(rng, corpus.status), (data) => [...readStanzas(data.toString('utf8'))]],
    text('manifest', 3, (data) => parseManifest(data, 'fuzz')),
    [
      'copyright (DEP-5, free text)',
      8,
      () => mutate(rng, pick(corpus.copyright)),
      (data) => {
        const { expression } = licenseOfCopyright(data.toString('utf8'), 'src')
        if (parseExpression(expression) === undefined) throw new Error(`no expression: ${expression}`)
      }
    ],
    [
      'licence expressions',
      6,
      () =>
        mutate(
          rng,
          Buffer.from('(GPL-2.0-or-later WITH Bison-exception-2.2 OR MIT) AND LicenseRef-a-1 AND Apache-2.0+')
        ),
      (data) => {
        const tree = parseExpression(data.toString('utf8'))
        if (tree && parseExpression(formatExpression(tree)) === undefined) throw new Error('not its own form')
      }
    ],
    [
      'relations and versions',
      8,
      () => mutate(rng, Buffer.from('libc6 (>= 1:2.36~rc1-1+b1), a | b (<< 3) [!amd64] <!nocheck>, c:any')),
      (data) => {
        const string = data.toString('utf8')
        parseRelations(string)
        versionProblem(string)
        const order = compareVersions(string, '1:2.36~rc1-1+b1')
        if (Math.sign(order) !== -Math.sign(compareVersions('1:2.36~rc1-1+b1', string)))
          throw new Error('no order')
      }
    ],
    [
      'SBOM of a status file',
      1,
      () => mutate(rng, corpus.status),
      async (data) => {
        // Half of them are no status file any more by their first line; these are still read as one.
        writeFileSync(
          statusPath,
          Buffer.concat([Buffer.from('Package: zero\nStatus: install ok installed\nVersion: 1\n\n'), data])
        )
        const opened = await openImage(statusPath, io)
        const made = await generateSbom(opened, {
          spec: pick(['1.6', '1.7']),
          timestamp: new Date(0),
          distro: 'debian-12'
        })
        toXml(made.json)
        described += 1
        if (described % 100 !== 0) return
        const problems = await validateSbom(made.json)
        if (problems.length > 0) throw new Error(`not valid: ${problems.join('; ')}`)
      }
    ],
    [
      'SBOMs of others',
      3,
      () =>
        rng.below(4)
          ? Buffer.from(JSON.stringify(mutateJson(rng, document)))
          : mutate(rng, Buffer.from(json)),
      (data) => {
        const other = data.toString('utf8')
        for (const profile of ['bsi', 'ntia', 'cisa']) tolerant(() => checkSbom(other, profile))
        tolerant(() => diffSboms(json, other))
        compareWithImage(json, other, 'fuzz')
      }
    ],
    text('grub', 3, (data) => [grubCommandLines(data), loaderEntryCommandLine(data)]),
    text('osRelease', 3, parseOsRelease)
  ]
}
