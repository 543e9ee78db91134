// The SBOM beside its peers, in one run: node bench/sbom.mjs [--images DIR] [--debsbom ROOT] [--trivy FILE] [--rounds 3]
// DIR as bench/reference-image.mjs makes it (without: made once below TMPDIR, which takes root and some minutes).
// ROOT is Debian's debsbom with what it needs, each unpacked with dpkg-deb -x; FILE is a trivy, as the one inside
// cdxgen's npm plugin. The options' defaults are KAS_HARDEN_BENCH_IMAGES, _DEBSBOM, _TRIVY and _ROUNDS of the environment,
// for `npm run bench`. Needs dist/ and python3.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { measure, median } from './meter.mjs'
import { makeReferenceImages } from './reference-image.mjs'

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: process.env.KAS_HARDEN_BENCH_IMAGES },
    debsbom: { type: 'string', default: process.env.KAS_HARDEN_BENCH_DEBSBOM },
    trivy: { type: 'string', default: process.env.KAS_HARDEN_BENCH_TRIVY },
    rounds: { type: 'string', default: process.env.KAS_HARDEN_BENCH_ROUNDS ?? '3' }
  }
})
const images = resolve(values.images ?? join(tmpdir(), 'kas-harden-reference-image'))
if (!values.images) {
  try {
    makeReferenceImages(images)
  } catch (error) {
    console.log(`SBOM: not measured; the reference image can't be made here: ${error.message.split('\n')[0]}`)
    process.exit(0)
  }
}
const at = (name) => join(images, name)
const scratch = mkdtempSync(join(tmpdir(), 'kas-harden-bench-'))
const command = fileURLToPath(new URL('../dist/lib/cli/main.js', import.meta.url))
const env = { SOURCE_DATE_EPOCH: '1763596800' }

const node = (title, ...args) => ({ title, args: [process.execPath, ...args] })
const ours = (name, ...options) => {
  const short = options.map((one) => one.replace('--no-image-hash', '').replace('--', '')).filter(Boolean)
  const row = node([`kas-harden, ${name}`, ...short].join(' '), command, 'sbom', at(name))
  return { ...row, args: [...row.args, '-o', join(scratch, 'ours.json'), ...options] }
}
const fast = (name, ...options) => ours(name, '--no-image-hash', ...options)
const debsbom = (title, ...options) => ({
  title,
  args: [
    'python3',
    join(values.debsbom ?? '', 'usr/bin/debsbom'),
    'generate',
    '-t',
    'cdx',
    '-r',
    at('tree')
  ].concat(['-o', join(scratch, 'debsbom'), '--distro-name', 'x', '--distro-arch', 'amd64'], options),
  env: { PYTHONPATH: join(values.debsbom ?? '', 'usr/lib/python3/dist-packages') }
})

const licensed = 'debsbom --with-licenses'
const trivy = 'trivy'
const peers = [
  ...(values.debsbom ? [debsbom(licensed, '--with-licenses'), debsbom('debsbom')] : []),
  ...(values.trivy
    ? [
        {
          title: trivy,
          args: [values.trivy, '-q', 'rootfs', '--output', join(scratch, 'trivy.json'), at('tree')]
        }
      ]
    : [])
]
const raw = ['tree', 'rootfs.squashfs', 'rootfs.ext4', 'disk.wic']
const packed = { 'rootfs.tar.zst': 'zstd', 'rootfs.tar.gz': 'gzip', 'rootfs.tar.xz': 'xz' }
const large = [...raw, 'rootfs.tar.zst'].map((name) => `large/${name}`)
const status = join(images, 'tree/var/lib/dpkg/status')

/** Where the time of a disk goes: each row does what the one before does and one thing more. */
const steps = [
  node('node alone', '-e', '0'),
  node('and the command line (--version)', command, '--version'),
  {
    ...fast('tree/var/lib/dpkg/status', '--distro', 'debian-12'),
    title: 'and a bare dpkg status, written as SBOM'
  },
  { ...fast('disk.wic', '--no-licenses'), title: 'and the packages and programs of the disk' },
  { ...fast('disk.wic'), title: 'and their licences' },
  { ...ours('disk.wic'), title: 'and the SHA-512 of the disk' }
]
const limits = [
  ['of that sha512sum alone', ['sha512sum', at('disk.wic')]],
  ...Object.entries(packed).map(([name, tool]) => [`${tool} -dc, ${name}`, [tool, '-dc', at(name)]])
].map(([title, args]) => ({ title, args }))

/** What a row is held against: CPU of peers, wall of decompressors, memory of the small image. */
const rows = [
  ...peers,
  ...raw.map((name) => ({ ...fast(name), cpu: [licensed, trivy] })),
  ...raw.map((name) => ({ ...fast(name, '--no-licenses'), cpu: ['debsbom'] })),
  { ...fast('rootfs.tar'), cpu: [licensed, trivy] },
  ...Object.entries(packed).map(([name, tool]) => ({ ...fast(name), wall: `${tool} -dc, ${name}` })),
  ...large.map((name) => ({ ...fast(name), peak: `kas-harden, ${name.slice('large/'.length)}` })),
  ...limits,
  ...steps
]
  .filter(({ args }) => args.every((one) => !one.startsWith(images) || existsSync(one)))
  .map((row) => ({ ...row, seen: [] }))

const startLoad = loadavg()[0]
let found
try {
  // Round by round, so that other people's load falls on all alike.
  for (let round = 0; round < Number(values.rounds); round += 1)
    for (const { args, env: own, seen } of rows) seen.push(measure(args, { env: { ...env, ...own } }))
  found = await readingTimes()
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

/** Milliseconds to read dpkg's status out of a disk: in a process that runs, and by debugfs alone. */
async function readingTimes() {
  if (!existsSync(at('disk.wic'))) return []
  const { nodeExec } = await import('../dist/lib/base/exec.js')
  const { readImageFile } = await import('../dist/lib/image/read-image-file.js')
  const io = { exec: nodeExec(process.env), env: process.env }
  const path = '/var/lib/dpkg/status'
  const table = execFileSync('/usr/sbin/sfdisk', ['--json', at('disk.wic')], { encoding: 'utf8' })
  const root = JSON.parse(table).partitiontable.partitions[1].start * 512
  const debugfs = ['-R', `cat ${path}`, `${at('disk.wic')}?offset=${root}`]
  const timed = { 'readImageFile, disk.wic': [], 'debugfs -R cat': [], 'sfdisk --json': [] }
  const clock = async (title, work) => {
    const start = performance.now()
    await work()
    timed[title].push(performance.now() - start)
  }
  const quiet = { stdio: ['ignore', 'pipe', 'ignore'] }
  for (let turn = 0; turn < 20; turn += 1) {
    await clock('readImageFile, disk.wic', () => readImageFile(at('disk.wic'), path, io, {}, 64 * 2 ** 20))
    await clock('debugfs -R cat', () => execFileSync('/usr/sbin/debugfs', debugfs, quiet))
    await clock('sfdisk --json', () => execFileSync('/usr/sbin/sfdisk', ['--json', at('disk.wic')], quiet))
  }
  return Object.entries(timed)
}

const results = new Map(
  rows.map(({ title, seen }) => [
    title,
    Object.fromEntries(['cpu', 'wall', 'peak'].map((field) => [field, median(seen.map((one) => one[field]))]))
  ])
)
/** Of each round, so that both halves saw the same load; the middle one. */
function ratio(row, title, field) {
  const other = rows.find((one) => one.title === title)
  if (!other) return undefined
  const all = row.seen.map((one, round) => one[field] / other.seen[round][field])
  return `${field === 'cpu' ? 'CPU' : field} ${median(all).toFixed(2)} of ${title}`
}
const ratios = (row) =>
  [
    ...(row.cpu ?? []).map((title) => ratio(row, title, 'cpu')),
    row.wall && ratio(row, row.wall, 'wall'),
    row.peak && ratio(row, row.peak, 'peak')
  ].filter(Boolean)

console.log(`SBOM of the reference image; SHA-512 of the image left out where it is not named`)
console.log(
  `${cpus().length} x ${cpus()[0].model}, Node ${process.versions.node}, median of ${values.rounds} rounds`
)
console.log(`load ${startLoad.toFixed(1)} at the start, ${loadavg()[0].toFixed(1)} at the end`)
if (!values.debsbom) console.log('debsbom: not measured; give --debsbom ROOT or KAS_HARDEN_BENCH_DEBSBOM')
if (!values.trivy) console.log('trivy: not measured; give --trivy FILE or KAS_HARDEN_BENCH_TRIVY')
if (!existsSync(at('large'))) console.log(`four times as large: not measured; there is no ${at('large')}`)
console.log('\n| run | CPU, s | wall, s | peak, MiB | in the same round |\n|---|---:|---:|---:|---|')
for (const row of rows) {
  const { cpu, wall, peak } = results.get(row.title)
  const figures = [cpu.toFixed(2), wall.toFixed(2), peak.toFixed(0), ratios(row).join('; ')]
  console.log(`| ${row.title} | ${figures.join(' | ')} |`)
}
console.log(`\nReading ${status.slice(images.length + 5)} out of the disk, milliseconds, median of 20:`)
for (const [title, times] of found) console.log(`- ${title}: ${median(times).toFixed(1)}`)
