// Runs the inputs; the parent watches that it goes on.
import { Buffer } from 'node:buffer'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers'
import { parentPort, workerData } from 'node:worker_threads'
import { crc32, gzipSync } from 'node:zlib'
import { makeCorpus } from './fuzz-corpus.mjs'
import { mutate, mutateBlocks, random } from './fuzz-mutate.mjs'

const lib = (path) => import(new URL(`../dist/lib/${path}.js`, import.meta.url))
const { HardenError } = await lib('base/errors')
const { nodeExec } = await lib('base/exec')
const { createFindingLog } = await lib('image/finding-log')
const { passOverTar } = await lib('image/tar-stream-pass')
const { createTarTable } = await lib('image/tar-table')
const { createLookup } = await lib('image/lookup')
const { recognise } = await lib('image/recognise')
const { unifiedKernelCommandLines, grubCommandLines, loaderEntryCommandLine } =
  await lib('image/boot-entries')
const { readCpioMembers } = await lib('image/cpio-members')
const { readSquashfsRows } = await lib('image/squashfs-rows')
const { readDirectoryRows } = await lib('image/ext4-rows')
const { readPartitions } = await lib('image/disk-partitions')
const { parseOsRelease } = await lib('image/os-release')
const { openImage } = await lib('image/open-image')
const { readStanzas } = await lib('debian/deb822')
const { parseStatus } = await lib('debian/status')
const { parseManifest } = await lib('debian/manifest')
const { parseRelations } = await lib('debian/relations')
const { versionProblem, compareVersions } = await lib('debian/version')

const { progress, seed, inputs, toolInputs, seconds } = workerData
const started = performance.now()
const scratch = mkdtempSync(join(tmpdir(), 'kas-harden-fuzz-'))
const corpus = makeCorpus(scratch)
const rng = random(seed)
const pick = (list) => list[rng.below(list.length)]
const inMemory = (data) => ({
  read: (buffer, offset, length, position) => {
    const from = Math.min(position, data.length)
    const bytesRead = data.copy(buffer, offset, from, Math.min(data.length, from + length))
    return Promise.resolve({ buffer, bytesRead })
  }
})

/** Right sums again in the headers of a tar: 512-byte blocks with the magic. */
function withTarSums(data) {
  for (let start = 0; start + 512 <= data.length; start += 512) {
    if (data.toString('latin1', start + 257, start + 262) !== 'ustar') continue
    data.fill(0x20, start + 148, start + 156)
    const sum = data.subarray(start, start + 512).reduce((total, byte) => total + byte, 0)
    data.write(`${sum.toString(8).padStart(6, '0')}\0 `, start + 148, 'latin1')
  }
  return data
}

/** Right sums again in the first GPT. */
function withGptSums(data) {
  if (data.length < 17 * 1024) return data
  data.writeUInt32LE(crc32(data.subarray(1024, 1024 + 128 * 128)), 512 + 88)
  data.writeUInt32LE(0, 512 + 16)
  data.writeUInt32LE(crc32(data.subarray(512, 512 + 92)), 512 + 16)
  return data
}

const text = (name, work) => [name, () => mutate(rng, corpus[name]), (data) => work(data.toString('utf8'))]
const inProcess = [
  [
    'tar',
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
    'recognise',
    () => mutate(rng, corpus.images[pick(Object.keys(corpus.images))]).subarray(0, 8192),
    recognise
  ],
  ['PE (unified kernel image)', () => mutate(rng, corpus.pe), unifiedKernelCommandLines],
  [
    'cpio',
    () => mutate(rng, corpus.images.swu),
    (data) => readCpioMembers('fuzz', inMemory(data), data.length)
  ],
  ['rows of unsquashfs', () => mutate(rng, corpus.squashfsRows), (data) => readSquashfsRows(data, 'MARK')],
  [
    'rows of debugfs',
    () => mutate(rng, pick([corpus.debugfsPlain, corpus.debugfsLong])),
    (data) => {
      readDirectoryRows(data, corpus.debugfsLong)
      readDirectoryRows(corpus.debugfsPlain, data)
      readDirectoryRows(data, data)
    }
  ],
  [
    'table of sfdisk',
    () => mutate(rng, corpus.sfdisk),
    (stdout) => {
      const run = () => Promise.resolve({ exitCode: 0, stdout, stderr: '', timedOut: false })
      return readPartitions('fuzz', 'wic', 'gpt', { exec: { run } }, createFindingLog())
    }
  ],
  text('status', (data) => parseStatus(data, { path: 'fuzz' })),
  ['deb822', () => mutate(rng, corpus.status), (data) => [...readStanzas(data.toString('utf8'))]],
  text('manifest', (data) => parseManifest(data, 'fuzz')),
  [
    'relations and versions',
    () => mutate(rng, Buffer.from('libc6 (>= 1:2.36~rc1-1+b1), a | b (<< 3) [!amd64] <!nocheck>, c:any')),
    (data) => {
      const string = data.toString('utf8')
      parseRelations(string)
      versionProblem(string)
      compareVersions(string, '1:2.36~rc1-1+b1')
    }
  ],
  text('grub', (data) => [grubCommandLines(data), loaderEntryCommandLine(data)]),
  text('osRelease', parseOsRelease)
]
/** How often each runs: the binary parsers and the status most. */
const weights = { tar: 6, cpio: 3, status: 3, deb822: 3, 'PE (unified kernel image)': 3 }

const io = { exec: nodeExec(process.env), env: { ...process.env, TMPDIR: scratch } }
const hot = {
  ext4: [
    [1024, 2048],
    [2048, 8192],
    [8192, 200_000]
  ],
  squashfs: [
    [0, 96],
    [96, 1e9]
  ],
  wic: [
    [446, 512],
    [512, 604],
    [1024, 1536],
    [2 ** 20, 2 ** 20 + 512],
    [3 * 2 ** 20 + 1024, 3 * 2 ** 20 + 8192]
  ],
  swu: [
    [0, 600],
    [600, 3000]
  ]
}
const byTool = [
  ['gnu.tar.gz', 'tar.gz'],
  ['gnu.tar.zst', 'tar.zst (zstd)'],
  ['gnu.tar.xz', 'tar.xz (xz)'],
  ['ext4', 'ext4 (debugfs)'],
  ['ext4.zst', 'ext4.zst (zstd, debugfs)'],
  ['squashfs', 'squashfs (unsquashfs)'],
  ['wic', 'disk (sfdisk, debugfs, mtools)'],
  ['swu', 'update package (zstd, debugfs)']
].map(([form, name]) => [
  name,
  () => {
    // Half of the packed tars are damaged inside, so that the checksum of gzip is right.
    if (form === 'gnu.tar.gz' && rng.below(2))
      return gzipSync(withTarSums(mutate(rng, corpus.images['gnu.tar'])))
    const data = hot[form]
      ? mutateBlocks(rng, corpus.images[form], hot[form])
      : mutate(rng, corpus.images[form])
    return form === 'wic' && rng.below(2) ? withGptSums(data) : data
  },
  async (data) => {
    const path = join(scratch, 'input')
    writeFileSync(path, data)
    const image = await openImage(path, io, {
      temporaryDirectory: scratch,
      walk: rng.below(2) ? 'on-demand' : 'whole',
      maximumDecompressedBytes: 2 ** 26
    })
    try {
      const wanted = ['/var/lib/dpkg/status', '/etc/passwd-', '/usr/share/doc/one/copyright']
      const reads = await Promise.allSettled(wanted.map((file) => image.read(file)))
      await image.esp?.list('/').catch((error) => {
        if (!(error instanceof HardenError)) throw error
      })
      const bad = reads.find(({ reason }) => reason !== undefined && !(reason instanceof HardenError))
      if (bad) throw bad.reason
    } finally {
      await image.close()
    }
  }
])

const rows = new Map()
const failures = []
const unexpected = (error) => failures.push(`uncaught: ${error?.stack ?? error}`)
process.on('unhandledRejection', unexpected)
process.on('uncaughtException', unexpected)

async function runOne([name, make, read]) {
  const number = Atomics.add(progress, 0, 1)
  const data = make()
  const row = rows.get(name) ?? { name, inputs: 0, read: 0, refused: 0, crashes: 0, slowest: 0, codes: [] }
  rows.set(name, row)
  row.inputs += 1
  const start = performance.now()
  try {
    await read(data)
    row.read += 1
  } catch (error) {
    if (error instanceof HardenError && error.kind !== 'bug') {
      row.refused += 1
      if (!row.codes.includes(error.code)) row.codes.push(error.code)
    } else {
      row.crashes += 1
      failures.push(`input ${number}, ${name}: ${error?.stack ?? error}`)
    }
  }
  row.slowest = Math.max(row.slowest, performance.now() - start)
}

const isOver = () => performance.now() - started > seconds * 1000
try {
  const deck = inProcess.flatMap((target) => Array(weights[target[0]] ?? 1).fill(target))
  for (let count = 0; count < inputs && !isOver(); count += 1) {
    await runOne(deck[count % deck.length])
    if (count % 1000 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  for (let count = 0; count < toolInputs && !isOver(); count += 1) await runOne(byTool[count % byTool.length])
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
parentPort.postMessage({ rows: [...rows.values()], failures, seconds: (performance.now() - started) / 1000 })
