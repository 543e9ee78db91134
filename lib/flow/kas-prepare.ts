import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { HardenError } from '../base/errors.ts'
import type { Io } from '../base/io.ts'
import type { Progress } from '../build/progress.ts'
import { overlayFile, type Plan } from '../harden/plan.ts'
import { boards } from '../kas/boards.ts'
import { overlayKeyPrefix } from '../kas/overlay.ts'
import { readKasProject, type KasProject } from '../kas/project.ts'
import { planProject } from './plan-project.ts'
import { openSession, type Session, type TargetChoice } from './session.ts'

/** What decides how a project is read and hardened for a build with kas. */
export interface PrepareChoice {
  release?: string
  /** A board: an overlay `kas/board/<name>.yml` of the project, else a machine. */
  board?: string
  /** What to harden for, where the project holds no overlay of ours yet. */
  target: TargetChoice
  /** A session that is open already; else one is opened for `target` when it is needed. */
  session?: Session
  /** Throw-away access in the session: the image is marked as an example. */
  example?: boolean
}

/** A project ready to be built. */
export interface Prepared {
  /** Its chain holds the board's overlay and the versioned one of ours. */
  project: KasProject
  /** Absent where the project's own overlay is built. */
  plan?: Plan
}

/** The board's overlay in the project, or the machine to set. */
export interface BoardChoice {
  file?: string
  machine?: string
}

/**
 * What a board means to a project: its own `kas/board/<name>.yml`, else the machine of a board we know, else the
 * name itself as a machine.
 * @throws HardenError usage `BOARD_NAME`.
 */
export function boardChoice(name: string | undefined, root: string): BoardChoice {
  if (name === undefined) return {}
  if (!/^[\w.-]+$/.test(name) || name.includes('..')) {
    throw new HardenError('usage', 'BOARD_NAME', `'${name}' is no name of a board.`, {
      hint: 'Boards are joined by commas: --board qemu-amd64,qemu-arm64'
    })
  }
  const file = ['yml', 'yaml']
    .map((ending) => join(root, 'kas', 'board', `${name}.${ending}`))
    .find((path) => existsSync(path))
  return file === undefined
    ? { machine: boards.find((board) => board.name === name)?.machine ?? name }
    : { file }
}

/**
 * Reads the project, has what its includes need checked out into the work directory, and plans, unless an overlay of
 * ours is part of the project already: then that is built as it stands.
 * @param checkout runs `kas checkout` for a project some of whose repos are not on this machine.
 * @throws HardenError usage of `readKasProject` and `planProject`, `OVERLAY_DIFFERS`.
 */
export async function prepareProject(
  first: KasProject,
  board: BoardChoice,
  workDir: string,
  choice: PrepareChoice,
  io: Io,
  progress: Progress,
  checkout: (project: KasProject) => Promise<unknown>
): Promise<Prepared> {
  const files = [...first.chainFiles, ...(board.file === undefined ? [] : [board.file])]
  const set = board.machine === undefined ? {} : { KAS_MACHINE: board.machine }
  const { release, example } = choice
  let world: Io = { ...io, env: { ...io.env, ...set } }
  const read = (chain: readonly string[]) => readKasProject(chain.join(':'), world, { release })

  let project = await read(files)
  if (incomplete(project)) {
    world = { ...world, env: { ...world.env, KAS_WORK_DIR: workDir } }
    project = await read(files)
  }
  if (incomplete(project)) {
    await checkout(project)
    project = await read(files)
  }
  const session = async () => choice.session ?? (await openSession(choice.target, io))
  const versioned = join(project.root, overlayFile)
  const applied = existsSync(versioned)
  if (!applied && !isHardened(project)) {
    return await planProject(files.join(':'), await session(), world, { release, example })
  }
  progress.note(
    `the project brings its own overlay${applied ? `, ${overlayFile}` : ''}: it is built as it stands`
  )
  const { securityLevel, components } = choice.target
  if (securityLevel !== undefined || components?.length) {
    const { plan } = await planProject(files.join(':'), await session(), world, { release, example })
    await requireSame(plan, applied ? versioned : undefined)
  }
  return { project: isHardened(project) ? project : await read([...files, versioned]) }
}

/** A plan without isar's layers would not find the disk layout, and so leave out the kernel arguments. */
function incomplete(project: KasProject): boolean {
  return project.unresolved.length > 0 || project.repos.some(({ present }) => !present)
}

/** Whether header blocks of ours are part of the merged configuration. */
function isHardened(project: KasProject): boolean {
  return project.headers.some(({ key }) => key.startsWith(overlayKeyPrefix))
}

/** A target on the command line that the overlay doesn't have would be promised and not built. */
async function requireSame(plan: Plan, path: string | undefined): Promise<void> {
  const there = path === undefined ? undefined : await readFile(resolve(path), 'utf8')
  if (there === plan.overlay.text) return
  throw new HardenError(
    'usage',
    'OVERLAY_DIFFERS',
    "The project's overlay was made for something else than you ask for.",
    {
      path,
      hint: 'Run `kas-harden apply` with the same target first, or leave out --sl and --component to build what is there.'
    }
  )
}
