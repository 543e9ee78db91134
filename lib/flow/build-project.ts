import { dirname, join, resolve } from 'node:path'
import { HardenError } from '../base/errors.ts'
import type { Io } from '../base/io.ts'
import { withLock } from '../base/lock.ts'
import { buildEmbedded, type BuildResult } from '../build/engine-mmdebstrap.ts'
import type { Mirrors } from '../build/mirrors.ts'
import type { Progress } from '../build/progress.ts'
import type { KasProject } from '../kas/project.ts'
import { readKasProject } from '../kas/project.ts'
import { buildRequestOf } from './build-request.ts'
import { whoWants } from './who-wants.ts'

/** Choices of a build that don't belong to the project. */
export interface BuildChoice {
  output?: string
  mirror?: string
  securityMirror?: string
  allowIncomplete?: boolean
  locked?: string
}

/** The mirrors the user named, both or none. @throws HardenError usage `MIRROR_PAIR`. */
export function mirrorsOf(choice: BuildChoice): Mirrors | undefined {
  const { mirror, securityMirror } = choice
  if (mirror === undefined && securityMirror === undefined) return undefined
  if (mirror === undefined || securityMirror === undefined) {
    throw new HardenError(
      'usage',
      'MIRROR_PAIR',
      'Security updates are always on: name both mirrors, or none.',
      {
        hint: '--mirror URI --security-mirror URI'
      }
    )
  }
  const slash = (uri: string) => (uri.endsWith('/') ? uri : `${uri}/`)
  return { main: slash(mirror), security: slash(securityMirror) }
}

/** Where artefacts go when nobody says: beside isar's own, never among them. */
export function defaultOutput(project: KasProject): string {
  return join(dirname(project.buildDir), 'build', 'kas-harden', 'images', project.machine ?? 'machine')
}

/** Builds the image of a kas chain with the embedded engine. @throws HardenError, see `buildEmbedded`; environment `LOCKED`. */
export async function buildProject(
  chain: string,
  io: Io,
  progress: Progress,
  choice: BuildChoice = {}
): Promise<BuildResult> {
  const mirrors = mirrorsOf(choice)
  const project = await readKasProject(chain, io)
  const request = buildRequestOf(project, await whoWants())
  if (request.settings.length === 0) {
    progress.note(
      'the chain holds no overlay of kas-harden: this image is NOT hardened; `apply` it first, or `run`'
    )
  }
  const output = choice.output ? resolve(io.cwd, choice.output) : defaultOutput(project)
  const locked = choice.locked ? resolve(io.cwd, choice.locked) : undefined
  const { allowIncomplete } = choice
  return withLock(output, 'build', io, () =>
    buildEmbedded(request, { output, mirrors, locked, allowIncomplete }, io, progress)
  )
}
