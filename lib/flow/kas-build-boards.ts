import { exitCodes, HardenError, messageOf } from '../base/errors.ts'
import type { Io } from '../base/io.ts'
import type { Progress } from '../build/progress.ts'
import { kasBuild, type KasBuildChoice, type KasBuilt } from './kas-build.ts'

/** How the build of one board ended: one of the two is there. */
export interface BoardBuild {
  board: string | undefined
  built?: KasBuilt
  failure?: HardenError
}

/**
 * Builds for several boards in turn, in one work directory, so that they share what they can. A failed board doesn't
 * keep the others from being built; an interrupt does.
 * @throws HardenError interrupted; errors that are bugs of ours as they are.
 */
export async function kasBuildBoards(
  chain: string,
  boards: readonly (string | undefined)[],
  io: Io,
  progress: Progress,
  choice: Omit<KasBuildChoice, 'board'>
): Promise<BoardBuild[]> {
  const builds: BoardBuild[] = []
  for (const board of new Set(boards)) {
    if (boards.length > 1)
      progress.note(`board ${board ?? ''} (${builds.length + 1} of ${new Set(boards).size})`)
    try {
      builds.push({ board, built: await kasBuild(chain, io, progress, { ...choice, board }) })
    } catch (error) {
      if (!(error instanceof HardenError) || error.kind === 'interrupted') throw error
      builds.push({ board, failure: error })
    }
  }
  if (builds.length > 1) for (const line of summary(builds)) progress.note(line)
  return builds
}

/** The failure that decides the exit code: the highest. */
export function worstOf(builds: readonly BoardBuild[]): HardenError | undefined {
  const failures = builds.flatMap(({ failure }) => (failure ? [failure] : []))
  return failures.sort((a, b) => exitCodes[b.kind] - exitCodes[a.kind])[0]
}

function summary(builds: readonly BoardBuild[]): string[] {
  const width = Math.max(...builds.map(({ board }) => board?.length ?? 0))
  return builds.map(({ board = '', built, failure }) => {
    const how = built
      ? `built, ${built.artefacts.length} artefacts`
      : `failed: ${messageOf(failure).split('\n')[0] ?? ''} [${failure?.code ?? ''}]`
    return `${board.padEnd(width)}  ${how}`
  })
}
