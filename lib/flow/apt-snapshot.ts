import { relative } from 'node:path'
import { effectiveConfiguration } from '../kas/effective.ts'
import type { KasProject } from '../kas/project.ts'

/** What bitbake takes for true (bb.utils.to_boolean). */
const yes = /^(?:y|yes|1|true)$/i

/**
 * What people should know of a project whose packages come from Debian's archive of a former day
 * (ISAR_USE_APT_SNAPSHOT; isar, meta/classes-recipe/bootstrap.bbclass); undefined where local.conf sets none.
 */
export function snapshotNote(project: KasProject): string | undefined {
  const { variables } = effectiveConfiguration(project).conf
  const use = variables.get('ISAR_USE_APT_SNAPSHOT')
  if (!yes.test(use?.value?.trim() ?? '')) return undefined
  const [date, stamp] = ['ISAR_APT_SNAPSHOT_DATE', 'ISAR_APT_SNAPSHOT_TIMESTAMP'].map(
    (name) => variables.get(name)?.value
  )
  const day = date ?? (stamp === undefined ? undefined : dateOf(stamp)) ?? 'the day SOURCE_DATE_EPOCH says'
  const place = use?.origin ? ` (${relative(project.root, use.origin.path)}:${use.origin.line})` : ''
  return (
    `packages come from snapshot.debian.org as of ${day}${place}: without later security updates, and ` +
    'DISTRO_APT_PREMIRRORS is not used'
  )
}

/** Seconds since 1970 in the archive's own form, `20260131T120000Z`. */
function dateOf(seconds: string): string | undefined {
  const time = new Date(Number(seconds) * 1000)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString().replace(/[-:]|\.\d+/g, '')
}
