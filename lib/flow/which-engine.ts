import type { Io } from '../base/io.ts'
import { chooseEngine, type ChosenEngine } from '../build/kas/choose-engine.ts'
import { loadProjectConfig } from '../config/load.ts'
import { readKasProject } from '../kas/project.ts'

/** What decides which engine builds. */
export interface EngineChoice {
  /** By name; absent: `engine` of kas-harden.yml, else the first that works here. */
  engine?: string
  /** Instead of the project's `build_system`. */
  mode?: 'isar-privileged' | 'isar-rootless'
  release?: string
  /** Path of kas-harden.yml. */
  config?: string
}

/**
 * The engine that builds a chain, the same for every verb: the one asked for, else that of kas-harden.yml, else the
 * first that works here. Without a chain the build system is taken for privileged isar.
 * @throws HardenError usage of `readKasProject` and `loadProjectConfig`; as `chooseEngine`.
 */
export async function whichEngine(
  chain: string | undefined,
  choice: EngineChoice,
  io: Io
): Promise<ChosenEngine> {
  const { mode, release } = choice
  const buildSystem =
    mode ?? (chain === undefined ? undefined : (await readKasProject(chain, io, { release })).buildSystem)
  const engine = choice.engine ?? (await loadProjectConfig(choice.config, io)).config.engine
  const chosen = await chooseEngine({ engine, rootless: buildSystem === 'isar-rootless' }, io)
  return choice.engine === undefined && engine !== undefined
    ? { ...chosen, reason: `engine of kas-harden.yml${chosen.runtime ? `, ${chosen.reason}` : ''}` }
    : chosen
}
