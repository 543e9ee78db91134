// What a plan of isar-cip-core's security chain costs, as a ratio to `kas dump` of the same chain. Needs dist/, the real
// kas, and KAS_HARDEN_TEST_CIP: a clone with the pinned isar checked out in KAS_WORK_DIR (kas checkout), without network.
import { Buffer } from 'node:buffer'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

const clone = process.env.KAS_HARDEN_TEST_CIP
const chain = 'kas-cip.yml:kas/board/qemu-amd64.yml:kas/opt/security.yml'
const rounds = 7

function timed(file, args) {
  const started = performance.now()
  execFileSync(file, args, { cwd: clone, env: process.env, stdio: ['ignore', 'ignore', 'pipe'] })
  return (performance.now() - started) / 1000
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

if (!clone || !process.env.KAS_WORK_DIR) {
  console.log('plan against kas dump: not run, KAS_HARDEN_TEST_CIP and KAS_WORK_DIR name no checkout')
} else {
  const command = fileURLToPath(new URL('../dist/lib/cli/main.js', import.meta.url))
  const scratch = mkdtempSync(join(tmpdir(), 'kas-harden-bench-'))
  try {
    const config = join(scratch, 'kas-harden.yml')
    const key = `ssh-ed25519 ${Buffer.concat([
      Buffer.from([0, 0, 0, 11]),
      Buffer.from('ssh-ed25519'),
      Buffer.from([0, 0, 0, 32]),
      Buffer.alloc(32, 7)
    ]).toString('base64')} bench@example.org`
    writeFileSync(
      config,
      [
        'accounts:',
        `  - {name: op, role: admin, sshKey: '${key}'}`,
        'parameters:',
        '  firewall.management_networks: [192.0.2.0/24]',
        '  time.servers: [ntp.example.org]',
        ''
      ].join('\n')
    )
    const plan = [command, 'plan', chain, '--component', 'EDR', '--sl', '3', '--config', config, '--json']
    // In turn, so that both see the same load; the first of each warms the page cache.
    const pairs = Array.from({ length: rounds + 1 }, () => [
      timed(process.execPath, plan),
      timed('kas', ['dump', chain])
    ]).slice(1)
    const [ours, theirs] = [0, 1].map((index) => median(pairs.map((pair) => pair[index])))
    const ratio = median(pairs.map(([a, b]) => a / b))
    console.log(`plan                  ${ours.toFixed(2)} s (median of ${rounds})`)
    console.log(`kas dump              ${theirs.toFixed(2)} s`)
    console.log(`ratio                 ${ratio.toFixed(2)} (goal 0.50)`)
    console.log(`load                  ${loadavg()[0].toFixed(1)}`)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
