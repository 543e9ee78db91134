// All offline checks beside OpenSCAP, in one run: node bench/verify.mjs --image DISK --tree DIRECTORY --datastream FILE
// DISK and DIRECTORY are one build (test/truth makes such a pair: all controls, SL-4); FILE is ssg-debian12-ds.xml of
// trixie's ssg-debian. Needs dist/, oscap and python3.
import { existsSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measure, median } from './meter.mjs'

const { values } = parseArgs({
  options: {
    image: { type: 'string' },
    tree: { type: 'string' },
    datastream: { type: 'string' },
    profile: { type: 'string', default: 'xccdf_org.ssgproject.content_profile_anssi_bp28_high' },
    rounds: { type: 'string', default: '3' }
  }
})
const { image, tree, datastream } = values
if (![image, tree, datastream].every((path) => path && existsSync(path))) {
  console.log('verify against oscap: not run; give --image, --tree and --datastream (see bench/verify.mjs)')
  process.exit(0)
}

const command = fileURLToPath(new URL('../dist/lib/cli/main.js', import.meta.url))
const target = ['--component', 'EDR,HDR,NDR', '--sl', '4', '--json']
const ours = (path) => [process.execPath, command, 'verify', path, ...target]
const offline = { OSCAP_PROBE_ROOT: tree, OSCAP_OFFLINE_MODE: '1' }
const rows = [
  {
    title: 'oscap, tree',
    args: ['oscap', 'xccdf', 'eval', '--profile', values.profile, datastream],
    // 2: some rules did not pass.
    options: { env: offline, exitCodes: [0, 2] }
  },
  { title: 'kas-harden verify, tree', args: ours(tree), options: { exitCodes: [0, 1] } },
  { title: 'kas-harden verify, disk', args: ours(image), options: { exitCodes: [0, 1] } },
  { title: 'of that SHA-512 of the disk (sha512sum)', args: ['sha512sum', image], options: {} }
].map((row) => ({ ...row, seen: [] }))

// Round by round, so that a busy minute hits all of them.
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const { args, options, seen } of rows) seen.push(measure(args, options))
}

const peer = median(rows[0].seen.map(({ cpu }) => cpu))
console.log(
  `verify, all controls at SL-4, against oscap ${values.profile}; median of ${values.rounds} rounds`
)
console.log(`${cpus().length} cores, load ${loadavg()[0].toFixed(1)}`)
console.log('| | CPU s | of oscap | wall s | peak MiB |\n|---|---|---|---|---|')
for (const { title, seen } of rows) {
  const [cpu, wall, peak] = ['cpu', 'wall', 'peak'].map((name) => median(seen.map((one) => one[name])))
  console.log(
    `| ${title} | ${cpu.toFixed(2)} | ${(cpu / peer).toFixed(2)} | ${wall.toFixed(2)} | ${peak.toFixed(0)} |`
  )
}
