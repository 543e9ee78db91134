import type { Io } from '../base/io.ts'
import type { ChosenEngine } from '../build/kas/choose-engine.ts'
import { probeEngines, type EngineProbe } from '../build/kas/probe.ts'
import { defaultWorkDir } from '../build/kas/work-dir.ts'
import { HardenError } from '../base/errors.ts'
import { readKasProject } from '../kas/project.ts'
import { resolve } from 'node:path'
import { whichEngine } from './which-engine.ts'

/** What this machine can build with, and what it would take by default. */
export interface Diagnosed extends EngineProbe {
  /** Absent where no engine works. */
  chosen?: ChosenEngine
  /** Why none works. */
  reason?: string
}

/** The oldest format a project of isar says; without a chain at hand it is what kas has to read. */
const usualFormat = 14

/**
 * Looks which engines work here, for a chain where one is named. Changes nothing.
 * @throws HardenError usage of `readKasProject` and `loadProjectConfig` when chain or kas-harden.yml can't be read.
 */
export async function doctor(
  chain: string | undefined,
  io: Io,
  options: { workDir?: string; release?: string } = {}
): Promise<Diagnosed> {
  const project =
    chain === undefined ? undefined : await readKasProject(chain, io, { release: options.release })
  const root = project?.root ?? io.cwd
  const rootless = project?.buildSystem === 'isar-rootless'
  const probe = await probeEngines(
    {
      root,
      workDir: options.workDir ? resolve(io.cwd, options.workDir) : defaultWorkDir(root, io),
      format: Math.max(usualFormat, ...(project?.files.map(({ version }) => version) ?? [])),
      rootless
    },
    io
  )
  try {
    return { ...probe, chosen: await whichEngine(chain, options, io) }
  } catch (error) {
    if (!(error instanceof HardenError) || error.kind !== 'environment') throw error
    return { ...probe, reason: error.message }
  }
}
