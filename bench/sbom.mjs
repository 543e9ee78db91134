// The SBOM beside its peers, in one run: node bench/sbom.mjs --images DIR [--debsbom ROOT] [--rounds 3]
// DIR holds a root file system as tree/, rootfs.ext4, rootfs.squashfs, disk.wic, rootfs.tar{,.gz,.zst,.xz};
// ROOT is Debian's debsbom with what it needs, each unpacked with dpkg-deb -x. Needs dist/ and python3.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    images: { type: 'string' },
    debsbom: { type: 'string' },
    rounds: { type: 'string', default: '3' }
  }
})
if (!values.images) throw new Error('Give the directory with the images: --images DIR')
const at = (name) => join(values.images, name)
const scratch = mkdtempSync(join(tmpdir(), 'kas-harden-bench-'))
const command = fileURLToPath(new URL('../dist/lib/cli/main.js', import.meta.url))

/** CPU (user and system, children included) and wall in seconds, peak of the largest process in MiB. */
const meter = `
import json, resource, subprocess, sys, time
start = time.monotonic()
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, used.ru_utime + used.ru_stime, time.monotonic() - start, used.ru_maxrss / 1024]))
`
function measure(args, env = {}) {
  const all = { ...process.env, SOURCE_DATE_EPOCH: '1763596800', ...env }
  const [code, cpu, wall, peak] = JSON.parse(
    execFileSync('python3', ['-c', meter, ...args], { env: all, encoding: 'utf8' })
  )
  if (code !== 0) throw new Error(`${args.join(' ')} ended with exit code ${code}`)
  return { cpu, wall, peak }
}

const ours = (name, ...options) => [
  `kas-harden, ${name}${options.length > 0 ? ` ${options.join(' ')}` : ''}`,
  [process.execPath, command, 'sbom', at(name), '-o', join(scratch, 'ours.json'), ...options]
]
const peer = (title, ...options) => [
  title,
  ['python3', join(values.debsbom, 'usr/bin/debsbom'), 'generate', '-t', 'cdx', '-r', at('tree')].concat(
    ['-o', join(scratch, 'debsbom'), '--distro-name', 'x', '--distro-arch', 'amd64'],
    options
  ),
  { PYTHONPATH: join(values.debsbom, 'usr/lib/python3/dist-packages') }
]

const raw = ['tree', 'rootfs.squashfs', 'rootfs.ext4', 'disk.wic']
const packed = { 'rootfs.tar.zst': 'zstd', 'rootfs.tar.gz': 'gzip', 'rootfs.tar.xz': 'xz' }
const rows = [
  ...(values.debsbom
    ? [peer('debsbom --with-licenses, tree', '--with-licenses'), peer('debsbom, tree')]
    : []),
  ...raw.map((name) => ours(name, '--no-image-hash')),
  ...raw.map((name) => ours(name, '--no-image-hash', '--no-licenses')),
  ...raw.slice(1).map((name) => ours(name)),
  ours('rootfs.tar', '--no-image-hash'),
  ...Object.entries(packed).flatMap(([name, tool]) => [
    [`${tool} -dc, ${name}`, [tool, '-dc', at(name)]],
    ours(name, '--no-image-hash')
  ])
].filter(([, args]) => args.every((one) => !one.startsWith(values.images) || existsSync(one)))

const samples = new Map(rows.map(([title]) => [title, []]))
const startLoad = loadavg()[0]
try {
  // Round by round, so that other people's load falls on all alike.
  for (let round = 0; round < Number(values.rounds); round += 1)
    for (const [title, args, env] of rows) samples.get(title).push(measure(args, env))
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

const median = (list) => list.sort((a, b) => a - b)[list.length >> 1]
const results = new Map(
  [...samples].map(([title, list]) => [
    title,
    Object.fromEntries(['cpu', 'wall', 'peak'].map((field) => [field, median(list.map((one) => one[field]))]))
  ])
)
const ratio = (title, { cpu, wall }) => {
  const name = /^kas-harden, (\S+)/.exec(title)?.[1]
  const tool = packed[name]
  if (tool) return `wall ${(wall / results.get(`${tool} -dc, ${name}`).wall).toFixed(2)} of ${tool}`
  const plain = title.includes('--no-licenses')
  const other = name && results.get(plain ? 'debsbom, tree' : 'debsbom --with-licenses, tree')
  return other ? `CPU ${(cpu / other.cpu).toFixed(2)} of debsbom${plain ? '' : ' --with-licenses'}` : ''
}
console.log(
  `${cpus().length} x ${cpus()[0].model}, Node ${process.versions.node}, median of ${values.rounds}`
)
console.log(`load ${startLoad.toFixed(1)} at the start, ${loadavg()[0].toFixed(1)} at the end\n`)
console.log('| run | CPU, s | wall, s | peak, MiB | ratio in this run |\n|---|---:|---:|---:|---|')
for (const [title, one] of results)
  console.log(
    `| ${title} | ${one.cpu.toFixed(2)} | ${one.wall.toFixed(2)} | ${one.peak.toFixed(0)} | ${ratio(title, one)} |`
  )
