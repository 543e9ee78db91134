import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Io } from '../../lib/base/io.ts'
import type { Release } from '../../lib/controls/control.ts'
import { sessionProfile } from '../../lib/flow/session-profile.ts'
import { openSession, type TargetChoice } from '../../lib/flow/session.ts'
import type { Esp } from '../../lib/image/esp.ts'
import { openImage } from '../../lib/image/open-image.ts'
import { ca } from '../recipes/site-source.ts'
import { buildExample } from '../e2e/main-job/example.ts'
import { referenceOf, type Reference } from './judge.ts'

/** All controls at once: every component type a whole image can be, at the highest level. */
export const everything: TargetChoice = { components: ['EDR', 'HDR', 'NDR'], securityLevel: 4 }

/** Where records go, so that the control that waits for it is chosen. */
const receiver = `  log.server: logs.example.org\n  log.ca: ${ca}\n`

/** Two zones, so that what forwards, and what closes an untrusted interface, has something to defeat. */
const zones = "  boundary.flows: ['eth0>eth1:tcp/4840']\n  boundary.untrusted: [eth9]\n"

/** A board with a watchdog. */
const watchdog = '  watchdog.timeout: 60\n'

/** Modules of the kernel that the firewall and the EFI partition need, so that the closed list has something to defeat. */
const modules = (release: Release): string => {
  const log = release === 'bullseye' ? 'nf_log_ipv4' : 'nf_log_syslog'
  return `  kernel.modules: [nf_tables, nft_ct, nft_limit, nft_log, ${log}, vfat, nls_cp437, nls_ascii]\n`
}

/** A switch in the housing; no image has one, and a line in its configuration is all that is read. */
const sensors = '  tamper.sensors: [gpio:gpiochip0/7/active-low]\n'

/**
 * Opens a disk for its boot configuration and the tree of the same build for everything else: a directory is read
 * a hundred times faster than a file system in a disk.
 */
export async function openReference(
  paths: { tree: string; wic: string },
  target: TargetChoice,
  release: Release,
  io: Io
): Promise<Reference & { close(): Promise<void> }> {
  const session = await openSession(target, io)
  const disk = await openImage(paths.wic, io)
  const tree = await openImage(paths.tree, io)
  const { profile, resolved } = sessionProfile(session, release)
  const image = { ...tree, esp: disk.esp && remembered(disk.esp) }
  const reference = await referenceOf({ image, release, profile, values: resolved.values }, io)
  return {
    ...reference,
    async close() {
      await tree.close()
      await disk.close()
    }
  }
}

/** Every judgement reads the same boot files, and each of them costs a process. */
function remembered(esp: Esp): Esp {
  const files = new Map<string, ReturnType<Esp['read']>>()
  return {
    ...esp,
    read(path, limit) {
      const known = files.get(path) ?? esp.read(path, limit)
      files.set(path, known)
      return known
    }
  }
}

/** Unpacks the tree of a build beside its disk; devices stay out, nobody looks at them. */
export function unpackTree(archive: string, tree: string): void {
  mkdirSync(tree, { recursive: true })
  execFileSync('tar', ['-C', tree, '--numeric-owner', '--exclude=./dev/*', '-xf', archive])
}

/** Builds the example for all controls, or takes the build of an earlier run from `cache`. */
export async function builtReference(
  release: Release,
  cache: string
): Promise<{ project: string; tree: string; wic: string }> {
  const project = join(cache, `truth-${release}`)
  const paths = { project, tree: join(project, 'tree'), wic: join(project, 'disk.wic') }
  if (existsSync(paths.tree)) return paths
  const built = await buildExample(
    release,
    everything,
    receiver + zones + watchdog + modules(release) + sensors
  )
  rmSync(project, { recursive: true, force: true })
  mkdirSync(project, { recursive: true })
  execFileSync('cp', [join(built.project, 'kas-harden.yml'), project])
  execFileSync('cp', ['--sparse=always', built.result.built.artefacts.wic, paths.wic])
  unpackTree(built.result.built.artefacts.tar, `${paths.tree}.new`)
  renameSync(`${paths.tree}.new`, paths.tree)
  built.remove()
  return paths
}
