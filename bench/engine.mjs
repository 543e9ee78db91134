// What the embedded engine costs, as ratios to plain mmdebstrap in the same run. Root; needs dist/ and a Debian mirror.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stageArguments } from '../dist/lib/build/base-stage.js'
import { machineMirrors } from '../dist/lib/build/mirrors.js'
import { openMmdebstrap } from '../dist/lib/build/mmdebstrap.js'
import { silent } from '../dist/lib/build/progress.js'
import { build, nodeIo } from '../dist/lib/index.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const scratch = mkdtempSync(join(process.env.TMPDIR ?? '/var/tmp', 'kas-harden-bench-'))
const command = join(root, 'dist/lib/cli/main.js')
const chain = 'kas.yml:kas-harden/harden.yml'
const seconds = (from) => (Date.now() - from) / 1000

/** Builds once; gives the seconds of the whole and of each phase. */
async function timed(output) {
  const phases = []
  const started = Date.now()
  const progress = {
    phase: (title) => phases.push([title, Date.now()]),
    line: () => undefined,
    note: () => undefined
  }
  const io = nodeIo({
    ...process,
    cwd: () => scratch,
    env: { ...process.env, KAS_HARDEN_CACHE: join(scratch, 'cache') }
  })
  const result = await build(chain, io, progress, { output: join(scratch, output) })
  const ended = Date.now()
  const spent = phases.map(([title, at], index) => [title, ((phases[index + 1]?.[1] ?? ended) - at) / 1000])
  return { result, total: seconds(started), phases: new Map(spent) }
}

/** Seconds of mmdebstrap alone: the packages, options and temporary directory of our stage, nothing around it. */
async function plainMmdebstrap(lock) {
  const io = nodeIo({ ...process, cwd: () => scratch, env: process.env })
  const mmdebstrap = await openMmdebstrap(io, silent)
  try {
    const stage = {
      kind: 'base',
      release: lock.release,
      architecture: lock.architecture,
      packages: lock.packages.map(({ name, version }) => `${name}=${version}`)
    }
    const args = stageArguments(stage, await machineMirrors(io.exec), join(scratch, 'plain.tar'))
    const env = { ...process.env, TMPDIR: mmdebstrap.trees, KAS_HARDEN_APT_TRANSPORT: '' }
    const started = Date.now()
    execFileSync('mmdebstrap', [`--mode=${mmdebstrap.mode}`, ...args], { env, cwd: '/', stdio: 'ignore' })
    return seconds(started)
  } finally {
    await mmdebstrap.dispose()
  }
}

try {
  copyFileSync(join(root, 'examples/qemu-amd64/kas.yml'), join(scratch, 'kas.yml'))
  const config = readFileSync(join(root, 'examples/qemu-amd64/kas-harden.yml'), 'utf8')
  execFileSync('git', ['init', '-q', scratch])
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(scratch, 'key')])
  const key = readFileSync(join(scratch, 'key.pub'), 'utf8').trim()
  const apply = (more) => {
    writeFileSync(
      join(scratch, 'kas-harden.yml'),
      config.replaceAll(/( {4}role: .*)/g, `$1\n    sshKey: ${key}`) + more
    )
    execFileSync(process.execPath, [command, 'apply', 'kas.yml'], { cwd: scratch, stdio: 'ignore' })
  }
  apply('')
  const cold = await timed('one')
  const plain = await plainMmdebstrap(JSON.parse(readFileSync(cold.result.artefacts.lock, 'utf8')))
  apply('  lockout.deny: 4\n')
  const rebuild = await timed('two')
  const base = cold.phases.get('base system') ?? Number.NaN
  console.log(`base stage            ${base.toFixed(1)} s`)
  console.log(`plain mmdebstrap      ${plain.toFixed(1)} s`)
  console.log(`ratio                 ${(base / plain).toFixed(2)} (goal 1.05)`)
  console.log(`rebuild, settings only ${rebuild.total.toFixed(1)} s (goal 20 s)`)
  for (const [title, spent] of rebuild.phases) console.log(`  ${title.padEnd(20)} ${spent.toFixed(1)} s`)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

await import('./plan.mjs')
