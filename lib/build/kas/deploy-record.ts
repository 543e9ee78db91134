import { readFile } from 'node:fs/promises'
import { writeWhole } from '../../base/files.ts'
import type { KasArtefact } from './deploy.ts'
import type { KasRun } from './run-kas.ts'

/** A former build of the same work directory. */
interface RecordedBuild {
  /** Digest of everything the result depends on, see `BuildKey`. */
  key: string
  /** Tasks bitbake looked at. */
  attempted?: number
  artefacts: readonly KasArtefact[]
}

/** Builds remembered at most. */
const remembered = 32

/** Kinds that follow from the packages alone; a build that only writes another image format leaves them as they are. */
const ofPackages: readonly KasArtefact['kind'][] = ['manifest', 'dpkg-status', 'kernel', 'initrd', 'rootfs', 'sbom']

/** What this build wrote, or a former one where bitbake had nothing to do. */
export interface FoundArtefacts {
  artefacts: readonly KasArtefact[]
  /** Files that lie there from older builds and are not of this one. */
  stale: readonly KasArtefact[]
}

/**
 * The artefacts of a build among all that lie in the deploy directory: files changed since it began, and files a
 * former build of the same configuration wrote which bitbake found up to date. Everything else is stale.
 * The record in `recordPath` is brought up to date.
 * @param key digest of the configuration, targets and task.
 */
export async function artefactsOf(
  all: readonly KasArtefact[],
  run: Pick<KasRun, 'startedAt' | 'summary'>,
  key: string,
  recordPath: string
): Promise<FoundArtefacts> {
  const builds = await readBuilds(recordPath)
  const fresh = all.filter(({ changed }) => changed >= run.startedAt)
  const former = builds.find((build) => build.key === key) ?? sameWork(builds.at(0), run, fresh)
  const kept: KasArtefact[] = []
  for (const artefact of former?.artefacts ?? []) {
    const now = all.find(({ path }) => path === artefact.path)
    if (now && now.changed === artefact.changed && now.size === artefact.size && !fresh.includes(now)) kept.push(now)
  }
  const artefacts = all.filter((artefact) => fresh.includes(artefact) || kept.includes(artefact))
  if (artefacts.length > 0) {
    const build: RecordedBuild = { key, attempted: run.summary?.attempted, artefacts }
    await writeBuilds(recordPath, [build, ...builds.filter((one) => one.key !== key)].slice(0, remembered))
  }
  return { artefacts, stale: all.filter((artefact) => !artefacts.includes(artefact)) }
}

/**
 * The last build, as far as this one proves it up to date although its configuration reads otherwise (a comment
 * changed): all of it where bitbake ran none of as many tasks, the packages where it wrote some image only.
 */
function sameWork(
  last: RecordedBuild | undefined,
  { summary }: Pick<KasRun, 'summary'>,
  fresh: readonly KasArtefact[]
): RecordedBuild | undefined {
  if (!last || !summary) return undefined
  if (summary.notRerun === summary.attempted && summary.attempted === last.attempted) return last
  const names = new Set(fresh.map(({ name }) => name))
  const artefacts = last.artefacts.filter(({ kind, name }) => ofPackages.includes(kind) && names.has(name))
  return { ...last, artefacts }
}

async function readBuilds(path: string): Promise<RecordedBuild[]> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return []
  try {
    const read = JSON.parse(text) as { builds?: RecordedBuild[] }
    return (read.builds ?? []).filter(({ key, artefacts }) => typeof key === 'string' && Array.isArray(artefacts))
  } catch {
    return [] // a record of ours that somebody damaged proves nothing
  }
}

async function writeBuilds(path: string, builds: readonly RecordedBuild[]): Promise<void> {
  await writeWhole(path, JSON.stringify({ note: 'Written by kas-harden build.', builds }, null, 2) + '\n')
}
