import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import { digestOf } from '../base/digest.ts'
import type { Io } from '../base/io.ts'
import { withLock } from '../base/lock.ts'
import { absolutePaths, kasCommand, type KasCommand } from '../build/kas/command.ts'
import { clientOf, type ContainerRef, type Runtime } from '../build/kas/container.ts'
import type { ConfOrigin } from '../build/kas/diagnosis.ts'
import { artefactsOf } from '../build/kas/deploy-record.ts'
import { deployedFiles, type KasArtefact } from '../build/kas/deploy.ts'
import { hostPathIn } from '../build/kas/host-path.ts'
import { runKas, type KasRun } from '../build/kas/run-kas.ts'
import { defaultWorkDir, writeWorkConfig } from '../build/kas/work-dir.ts'
import type { Progress } from '../build/progress.ts'
import { apply } from '../harden/apply.ts'
import type { Plan } from '../harden/plan.ts'
import { localConfLines } from '../kas/local-conf.ts'
import { overlayKeyPrefix } from '../kas/overlay.ts'
import { readKasProject, type KasProject } from '../kas/project.ts'
import { snapshotNote } from './apt-snapshot.ts'
import { boardChoice, prepareProject, type PrepareChoice } from './kas-prepare.ts'

/** Choices of a build with kas. */
export interface KasBuildChoice extends PrepareChoice {
  engine: 'kas' | 'kas-container'
  /** kas-container: what runs the container. */
  runtime?: Runtime
  /** KAS_WORK_DIR of the build; default below the user's cache directory. */
  workDir?: string
  targets?: readonly string[]
  task?: string
  provenance?: string
  bitbakeArgs?: readonly string[]
  runtimeArgs?: string
  mode?: 'isar-privileged' | 'isar-rootless'
}

/** A finished build with kas. */
export interface KasBuilt {
  engine: 'kas' | 'kas-container'
  /** The command as it ran, to be pasted. */
  command: string
  workDir: string
  machine: string | undefined
  artefacts: readonly KasArtefact[]
  /** Files of older builds that lie beside them. */
  stale: readonly KasArtefact[]
  log: string
  warnings: number
  kasVersion?: string
  /** Absent where the project's own overlay was built. */
  plan?: Plan
}

/**
 * Builds a kas chain, hardened, with kas or kas-container. The project isn't touched: everything generated is in the
 * work directory. Where `apply` has been run, its overlay is built as it stands.
 * @throws HardenError usage of `prepareProject` and `writeWorkConfig`; build, environment and interrupted of `runKas`.
 */
export async function kasBuild(
  chain: string,
  io: Io,
  progress: Progress,
  choice: KasBuildChoice
): Promise<KasBuilt> {
  progress.phase('plan')
  const first = await readKasProject(chain, io, { release: choice.release })
  const workDir = choice.workDir ? resolve(io.cwd, choice.workDir) : defaultWorkDir(first.root, io)
  return withLock(workDir, 'build', io, () => buildIn(workDir, first, io, progress, choice))
}

async function buildIn(
  workDir: string,
  first: KasProject,
  io: Io,
  progress: Progress,
  choice: KasBuildChoice
): Promise<KasBuilt> {
  const { engine } = choice
  const board = boardChoice(choice.board, first.root)
  const place = { directory: workDir, userWorkDir: first.workDir, engine }
  const { project, plan } = await prepareProject(
    first,
    board,
    workDir,
    choice,
    io,
    progress,
    async (unread) => {
      await writeWorkConfig({ ...place, project: unread })
      await runVerb('checkout', unread, workDir, choice, io, progress)
    }
  )
  if (plan) await apply(plan, workDir, { force: true })
  const snapshot = snapshotNote(project)
  if (snapshot !== undefined) progress.note(snapshot)
  if (io.uid === 0)
    progress.note(
      "running as root: isar can't fetch packages of its own making (ours are) in bubblewrap then; build as an ordinary user with sudo"
    )
  await writeWorkConfig({
    ...place,
    project,
    overlay: plan?.overlay,
    blocks: io.uid === 0 ? { 'zz-kas-harden-root': rootLines } : {}
  })
  const { run, command } = await runVerb(
    'build',
    project,
    workDir,
    { ...choice, machine: board.machine },
    io,
    progress
  )

  const all = await deployedFiles(buildDirOf(workDir, io))
  const key = digestOf(
    JSON.stringify([
      project.config,
      project.machine,
      project.targets,
      project.task,
      plan?.overlay.text,
      choice.targets,
      choice.task
    ])
  )
  const { artefacts, stale } = await artefactsOf(all, run, key, join(workDir, 'artefacts.json'))
  if (artefacts.length === 0) progress.note('this build wrote no image below tmp/deploy/images')
  return {
    engine,
    command: command.shell,
    workDir,
    machine: project.machine,
    artefacts,
    stale,
    log: run.logPath,
    warnings: run.warnings,
    kasVersion: run.kasVersion,
    plan
  }
}

/** apt inside bwrap sees only uid 0 and can't become _apt (`setgroups 65534 failed`). */
const rootLines = [
  '# As root apt inside bubblewrap has no other user to change to. isar does not give these arguments to its',
  '# `apt-get download` of what it built itself: such an image needs an ordinary user (isar v1.1).',
  'ROOTFS_APT_ARGS:append = " -o APT::Sandbox::User=root"'
]

/** KAS_BUILD_DIR, else `build` in the work directory. */
export function buildDirOf(workDir: string, io: Pick<Io, 'env' | 'cwd'>): string {
  return absolutePaths(io)['KAS_BUILD_DIR'] ?? join(workDir, 'build')
}

/** One run of kas in a work directory. */
async function runVerb(
  verb: 'build' | 'checkout',
  project: KasProject,
  workDir: string,
  choice: KasBuildChoice & { machine?: string },
  io: Io,
  progress: Progress
): Promise<{ run: KasRun; command: KasCommand }> {
  const { engine, runtime } = choice
  const rootless = (choice.mode ?? project.buildSystem) === 'isar-rootless'
  const name = `kas-harden-${randomBytes(6).toString('hex')}`
  const inContainer = engine === 'kas-container' && runtime !== undefined
  const container: ContainerRef | undefined = inContainer
    ? { name, client: clientOf(runtime, rootless) }
    : undefined
  const command = kasCommand(
    { ...choice, verb, workDir, container: inContainer ? { runtime, name } : undefined },
    io
  )
  progress.note(command.shell)
  const mounts = { workDir, root: project.root, env: absolutePaths(io) }
  const context = {
    engine,
    logDir: join(workDir, 'log'),
    buildDir: buildDirOf(workDir, io),
    container,
    hostPath: inContainer ? hostPathIn(mounts) : (path: string) => path,
    confOrigin: await originsIn(workDir, project, io)
  }
  return { run: await runKas(command, context, io, progress), command }
}

/** Who wrote which line of the generated local.conf: the work directory read back as kas reads it. */
async function originsIn(
  workDir: string,
  project: KasProject,
  io: Io
): Promise<(line: number) => ConfOrigin | undefined> {
  const world = { ...io, env: { ...io.env, KAS_WORK_DIR: workDir } }
  const read = await readKasProject('', world, { release: project.release?.codename }).catch(() => undefined)
  if (!read) return () => undefined
  const lines = localConfLines(read)
  // Before each block its key, behind it the line break kas adds.
  const keys = read.headers.flatMap(({ key, text }) => ['', ...text.split('\n')].map(() => key))
  return (line) => {
    const [found, key] = [lines[line - 1], keys[line - 1]]
    if (!found || key === undefined) return undefined
    return { key, path: found.path, line: found.line, ours: key.startsWith(overlayKeyPrefix) }
  }
}
