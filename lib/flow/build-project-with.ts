import { HardenError } from '../base/errors.ts'
import type { Io } from '../base/io.ts'
import type { BuildResult } from '../build/engine-mmdebstrap.ts'
import type { Progress } from '../build/progress.ts'
import { buildProject, type BuildChoice } from './build-project.ts'
import { kasBuildBoards, type BoardBuild } from './kas-build-boards.ts'
import type { KasBuildChoice } from './kas-build.ts'
import { whichEngine } from './which-engine.ts'

/** Choices of a build with whatever engine. */
export interface AnyBuildChoice extends BuildChoice, Omit<KasBuildChoice, 'engine' | 'runtime' | 'board'> {
  /** By name; absent: the first that works here. */
  engine?: string
  boards?: readonly string[]
}

/** A build by the embedded engine, or one per board by kas. */
export type AnyBuilt =
  | { engine: 'mmdebstrap'; built: BuildResult }
  | { engine: 'kas' | 'kas-container'; boards: readonly BoardBuild[] }

/** Options only one kind of engine has, by their name on the command line. */
const ofEmbedded = {
  output: '--output',
  mirror: '--mirror',
  securityMirror: '--security-mirror',
  allowIncomplete: '--allow-incomplete',
  locked: '--locked'
} as const
const ofKas = {
  workDir: '--work-dir',
  targets: '--target',
  task: '--task',
  provenance: '--provenance',
  boards: '--board',
  runtimeArgs: '--runtime-args',
  mode: '--isar-privileged and --isar-rootless'
} as const

/**
 * Builds a kas chain with the engine asked for or the first that works, and says which and why.
 * @throws HardenError as `whichEngine`, `buildProject` and `kasBuild`; usage `ENGINE_OPTION` for an option the engine
 *   has no meaning for.
 */
export async function buildWith(
  chain: string,
  io: Io,
  progress: Progress,
  choice: AnyBuildChoice
): Promise<AnyBuilt> {
  const { mode, release, target, session } = choice
  const engineName = choice.engine ?? session?.config.engine
  const chosen = await whichEngine(chain, { engine: engineName, mode, release, config: target.config }, io)
  progress.note(`engine ${chosen.engine}: ${chosen.reason}`)
  requireMeaning(chosen.engine, choice)
  if (chosen.engine === 'mmdebstrap')
    return { engine: chosen.engine, built: await buildProject(chain, io, progress, choice) }
  const { engine, runtime } = chosen
  const boards = choice.boards?.length ? choice.boards : [undefined]
  return { engine, boards: await kasBuildBoards(chain, boards, io, progress, { ...choice, engine, runtime }) }
}

/** @throws HardenError usage `ENGINE_OPTION`. */
function requireMeaning(engine: string, choice: AnyBuildChoice): void {
  const embedded = engine === 'mmdebstrap'
  const foreign: Readonly<Record<string, string>> = embedded ? ofKas : ofEmbedded
  const given = Object.entries(foreign).find(([name]) => {
    const value = (choice as unknown as Readonly<Record<string, unknown>>)[name]
    return value !== undefined && value !== false
  })
  const { securityLevel, components } = choice.target
  // It builds what the chain says: a level it would not plan for must not look as if it were built.
  const aimed = securityLevel !== undefined || components?.length ? '--sl and --component' : undefined
  const behind = choice.bitbakeArgs?.length ? 'arguments for bitbake' : undefined
  const word = given?.[1] ?? (embedded ? (behind ?? aimed) : undefined)
  if (word === undefined) return
  throw new HardenError('usage', 'ENGINE_OPTION', `The engine ${engine} has no use for ${word}.`, {
    hint: embedded
      ? 'It builds the chain as it is, without bitbake: `kas-harden apply` first, or `run`; or --engine kas or kas-container.'
      : 'kas and isar decide that: mirrors by DISTRO_APT_PREMIRRORS, the place by --work-dir. --engine mmdebstrap takes it.'
  })
}
