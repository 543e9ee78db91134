import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Isar } from './isar.ts'

/** What builds here, or why it can't. */
export interface Engine {
  name: 'kas' | 'kas-container'
  /** Printed with the skipped tests. */
  missing?: string
  env: Record<string, string>
}

const image = join(import.meta.dirname, '../../stand-ins/kas-image')

/** The prefix that makes a command run as root: isar, and root's podman, need it. */
export const asRoot: readonly string[] = process.getuid?.() === 0 ? [] : ['sudo', '--non-interactive']

/** First line of what a command said against running, undefined when it ran. */
function refusal(command: readonly string[], env: Record<string, string> = {}): string | undefined {
  const [file = '', ...args] = command
  const done = spawnSync(file, args, { encoding: 'utf8', env: { ...process.env, ...env } })
  if (done.error) return done.error.message
  return done.status === 0
    ? undefined
    : (done.stderr.trim().split('\n').at(-1) ?? `exit code ${String(done.status)}`)
}

/** kas as it is installed; isar needs root or sudo without a password. */
export function nativeEngine(): Engine {
  const missing = refusal(['kas', '--version']) ?? refusal([...asRoot, 'true'])
  return { name: 'kas', missing, env: {} }
}

/** kas-container with podman and the image of this test, made or loaded now. */
export function containerEngine(isar: Isar): Engine {
  const settings = { CONTAINERS_CONF: join(image, 'containers.conf') }
  const name = 'kas-container'
  const script = refusal(['sh', '-c', 'command -v kas-container podman sudo'])
  if (script !== undefined) return { name, missing: `kas-container, podman or sudo: ${script}`, env: {} }
  const engine = refusal(['sudo', '--non-interactive', '--preserve-env', 'podman', 'info'], settings)
  if (engine !== undefined) return { name, missing: `podman: ${engine}`, env: {} }
  const made = spawnSync(join(image, 'make-image'), isar.real ? ['isar'] : [], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`make-image: ${made.stderr}`)
  const reference = made.stdout.trim()
  const podman = [
    'sudo',
    '--non-interactive',
    '--preserve-env',
    'podman',
    'run',
    '--rm',
    '--init',
    '--privileged'
  ]
  const refused = refusal([...podman, '--entrypoint=/bin/true', reference], settings)
  if (refused !== undefined)
    return { name, missing: `no privileged container runs here: ${refused}`, env: {} }
  // Containers run, so an image that does not is our mistake and no reason to skip.
  const broken = refusal([...podman, '--user=root', reference, '--version'], settings)
  if (broken !== undefined) throw new Error(`the image of make-image does not run kas: ${broken}`)
  return { name, env: { ...settings, KAS_CONTAINER_IMAGE: reference, KAS_ALLOW_ROOT: 'yes' } }
}

/** Where packages and trees survive from run to run. */
export function sharedState(isar: Isar): Record<string, string> {
  const cache = process.env['KAS_HARDEN_TEST_CACHE'] ?? join(tmpdir(), 'kas-harden-test-cache')
  const kind = isar.real ? 'isar' : 'stand-in'
  return {
    SSTATE_DIR: process.env['SSTATE_DIR'] ?? join(cache, `sstate-${kind}`),
    DL_DIR: process.env['DL_DIR'] ?? join(cache, `downloads-${kind}`)
  }
}

/** Containers a build of ours started that are still there. */
export function containersLeft(): string {
  const list = ['podman', 'ps', '--all', '--filter', 'name=kas-harden-', '--format', '{{.Names}}']
  const done = spawnSync('sudo', ['--non-interactive', ...list], { encoding: 'utf8' })
  return done.stdout.trim()
}
