// What kas-harden adds to a build in which nothing is left to do, against the same kas on the same work directory.
// Needs dist/ and the real kas; isar is the clone KAS_HARDEN_TEST_ISAR names, else the stand-in of the tests. Root, or sudo
// without a password. DL_DIR and SSTATE_DIR of the environment shorten the first build.
import { Buffer } from 'node:buffer'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

const clone = process.env.KAS_HARDEN_TEST_ISAR ?? ''
const rounds = Number(process.env.KAS_HARDEN_BENCH_ROUNDS ?? 7)
const command = fileURLToPath(new URL('../dist/lib/cli/main.js', import.meta.url))
const standIn = fileURLToPath(new URL('../test/stand-ins/isar/make-repo', import.meta.url))
const scratch = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), 'kas-harden-bench-'))
const [references, project, work] = ['references', 'project', 'work'].map((name) => join(scratch, name))
const state = { DL_DIR: join(scratch, 'downloads'), SSTATE_DIR: join(scratch, 'sstate') }
const env = { ...state, ...process.env, KAS_REPO_REF_DIR: references, KAS_WORK_DIR: work, CI: 'true' }

/** kas takes a repository from KAS_REPO_REF_DIR by this name, without a network. */
function provideIsar() {
  const bare = join(references, 'github.com.ilbers.isar')
  mkdirSync(references)
  const source = clone === '' ? join(scratch, 'isar') : clone
  if (clone === '') execFileSync(standIn, [source])
  git('clone', '-q', '--bare', '--no-hardlinks', source, bare)
  return git('-C', bare, 'rev-parse', 'HEAD').toString().trim()
}

function git(...args) {
  return execFileSync('git', ['-c', 'safe.directory=*', ...args])
}

function makeProject(commit) {
  mkdirSync(project)
  const blob = [[0, 0, 0, 11], Buffer.from('ssh-ed25519'), [0, 0, 0, 32], Buffer.alloc(32, 7)]
  const key = `ssh-ed25519 ${Buffer.concat(blob.map((part) => Buffer.from(part))).toString('base64')} bench@example.org`
  const kas = {
    header: { version: 23 },
    build_system: 'isar-privileged',
    machine: 'container-amd64',
    distro: 'debian-bookworm',
    target: 'isar-image-base',
    task: clone === '' ? 'build' : 'rootfs',
    repos: {
      product: null,
      isar: { url: 'https://github.com/ilbers/isar', commit, layers: { meta: null, 'meta-isar': null } }
    },
    bblayers_conf_header: { standard: 'BBPATH = "${TOPDIR}"\nBBFILES ?= ""\n' },
    local_conf_header: {
      product: 'HOSTNAME = "gateway"\nIMAGE_FSTYPES = "tar.zst"\nROOTFS_FEATURES:remove = "generate-sbom"\n'
    }
  }
  const settings = {
    target: { components: ['EDR'], securityLevel: 1, edition: '2019' },
    accounts: [{ name: 'op', role: 'admin', sshKey: key }],
    parameters: { 'firewall.management_networks': ['192.0.2.0/24'], 'time.servers': ['ntp.example.org'] }
  }
  // JSON is YAML.
  writeFileSync(join(project, 'kas.yml'), JSON.stringify(kas, undefined, 2))
  writeFileSync(join(project, 'kas-harden.yml'), JSON.stringify(settings, undefined, 2))
  git('init', '-q', project)
}

function timed(file, args, cwd) {
  const started = performance.now()
  execFileSync(file, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 2 ** 28 })
  return (performance.now() - started) / 1000
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

try {
  makeProject(provideIsar())
  const ours = [command, 'build', 'kas.yml', '--engine', 'kas', '--work-dir', work]
  const first = timed(process.execPath, ours, project)
  // In turn, so that both see the same load; the first of each warms the page cache. The second command is the one
  // the first prints.
  const pairs = Array.from({ length: rounds + 1 }, () => [
    timed(process.execPath, ours, project),
    timed('kas', ['build'], work)
  ]).slice(1)
  const [wrapped, plain] = [0, 1].map((index) => median(pairs.map((pair) => pair[index])))
  const added = median(pairs.map(([a, b]) => a - b))
  console.log(`isar                  ${clone === '' ? 'stand-in' : 'real'}`)
  console.log(`first build           ${first.toFixed(1)} s`)
  console.log(`kas-harden build      ${wrapped.toFixed(2)} s with nothing to do (median of ${rounds})`)
  console.log(`kas build             ${plain.toFixed(2)} s`)
  console.log(
    `added                 ${added.toFixed(2)} s, ${((100 * added) / plain).toFixed(1)} % (goal 2 %)`
  )
  console.log(`added to the first    ${((100 * added) / first).toFixed(1)} %`)
  console.log(`load                  ${loadavg()[0].toFixed(1)}`)
} finally {
  // Trees of an image belong to root.
  if (process.getuid() === 0) rmSync(scratch, { recursive: true, force: true })
  else execFileSync('sudo', ['-n', 'rm', '-rf', '--one-file-system', scratch])
}
