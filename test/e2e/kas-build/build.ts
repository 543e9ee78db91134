import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeExec } from '../../../lib/base/exec.ts'
import { runCommandLine } from '../../../lib/cli/command-line.ts'
import { collectingIo, type CliRun } from '../../run-cli.ts'
import { asRoot, sharedState, type Engine } from './engines.ts'
import { provideIsar, type Isar } from './isar.ts'

/** What `build --json` says of one image. */
export interface Built {
  artefacts: { kind: string; path: string }[]
  log: string
  plan?: unknown
  target?: unknown
}

/** A place for everything the tests of one file make, outside of any repository. */
export interface Workshop {
  directory: string
  isar: Isar
  state: Record<string, string>
  remove(): void
}

/** Makes the place; its path has no blanks and every user may enter it, as sub-uids have to. */
export function openWorkshop(): Workshop {
  const directory = mkdtempSync(join(process.env['TMPDIR'] ?? tmpdir(), 'kas-harden-kas-build-'))
  spawnSync('chmod', ['755', directory])
  const isar = provideIsar(directory)
  const state = sharedState(isar)
  for (const path of Object.values(state)) mkdirSync(path, { recursive: true })
  return {
    directory,
    isar,
    state,
    remove() {
      // A build that was killed may have left the machine's own /dev mounted in a tree: never delete through that.
      for (const point of mountsBelow(directory).toReversed()) privileged('umount', '--lazy', point)
      const left = mountsBelow(directory)
      if (left.length > 0) throw new Error(`still mounted, so not removed: ${left.join(' ')}`)
      privileged('rm', '-rf', '--one-file-system', directory)
    }
  }
}

/** The shared state so far, for a build that adds to it what no other build needs. Links where the disk is the same. */
export function copyOfState(workshop: Workshop, directory: string): string {
  mkdirSync(directory, { recursive: true })
  const shared = `${workshop.state['SSTATE_DIR'] ?? ''}/.`
  const linked = spawnSync('cp', ['--archive', '--link', shared, directory])
  if (linked.status !== 0) spawnSync('cp', ['--archive', '--force', shared, directory])
  return directory
}

/** Runs a command as root: trees of an image belong to root. */
function privileged(...words: string[]): void {
  const command = [...asRoot, ...words]
  spawnSync(command[0]!, command.slice(1))
}

function mountsBelow(directory: string): string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  return mounts.map((line) => line.split(' ')[1] ?? '').filter((point) => point.startsWith(`${directory}/`))
}

/** Runs `kas-harden ARGS` for an engine; `signal` interrupts it as Ctrl-C does. */
export async function harden(
  workshop: Workshop,
  engine: Engine,
  project: string,
  argv: readonly string[],
  more: { env?: Record<string, string>; signal?: AbortSignal } = {}
): Promise<CliRun> {
  const env = {
    ...workshop.state,
    KAS_REPO_REF_DIR: workshop.isar.references,
    XDG_CACHE_HOME: join(workshop.directory, 'user-cache'),
    ...engine.env,
    ...more.env
  }
  const { io, out, err } = collectingIo(project, env)
  const signal = more.signal ?? io.signal
  const code = await runCommandLine({ ...io, argv, signal, exec: nodeExec(io.env, signal) })
  return { code, stdout: out.join(''), stderr: err.join('') }
}

/** The arguments of a build into a work directory of its own, with the result as JSON. */
export function buildArguments(engine: Engine, workDir: string, chain = 'kas.yml'): string[] {
  return ['build', chain, '--engine', engine.name, '--work-dir', workDir, '--json']
}

/** The only image of a build. @throws Error with what the command said. */
export function builtBy(run: CliRun): Built {
  if (run.code !== 0) throw new Error(`exit code ${run.code}\n${run.stdout}\n${run.stderr}`)
  const { boards } = JSON.parse(run.stdout) as { boards: Built[] }
  if (boards.length !== 1) throw new Error(`${boards.length} images`)
  return boards[0]!
}

/** Path of the artefact of a kind. */
export function artefact(built: Built, kind: string): string {
  const found = built.artefacts.filter((one) => one.kind === kind)
  if (found.length !== 1) throw new Error(`${found.length} of ${kind}: ${JSON.stringify(built.artefacts)}`)
  return found[0]!.path
}

/** Names of the packages of a manifest of isar. */
export function packagesOf(manifest: string): string[] {
  const lines = readFileSync(manifest, 'utf8').trim().split('\n')
  return lines.map((line) => line.split('|')[2]?.split(':')[0] ?? line)
}

/** Everything the logs of a work directory say by now. */
export function logsOf(workDir: string): string {
  const directory = join(workDir, 'log')
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.log'))
      .map((name) => readFileSync(join(directory, name), 'utf8'))
      .join('')
  } catch {
    return ''
  }
}

/** Command lines and mounts that still have to do with a directory. */
export function leftBehind(directory: string): string[] {
  const processes = spawnSync('ps', ['-eo', 'args='], { encoding: 'utf8' }).stdout.split('\n')
  return [...processes.filter((line) => line.includes(directory)), ...mountsBelow(directory)]
}
