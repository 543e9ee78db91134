import { readFile, realpath, rm } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { digestOf } from '../base/digest.ts'
import { writeWhole } from '../base/files.ts'
import { readRecord, recordPath, wroteIt } from './apply.ts'
import { projectFolder } from './plan.ts'
import { removeEmpty } from './remove-empty.ts'

/** What remove did, or with `check` would do. */
export interface Removed {
  /** Project-relative paths. */
  removed: readonly string[]
  /** Files of ours that somebody changed; they stay. */
  kept: readonly string[]
}

/**
 * Removes the files that `apply` wrote below `kas-harden/` and that nobody changed since, and the folders that
 * are empty then. The record goes last, so that an interrupted run can be repeated.
 * @throws HardenError usage `RECORD_UNREADABLE`.
 */
export async function removeApplied(root: string, options: { check?: boolean } = {}): Promise<Removed> {
  const record = await readRecord(root)
  const removed: string[] = []
  const kept: Record<string, string> = {}
  // What a killed apply was about to replace is ours as well.
  for (const [path, digest] of Object.entries({ ...record.before, ...record.files })) {
    if (!(await isOurs(root, path))) continue
    const there = await readFile(join(root, path)).catch(() => undefined)
    if (there === undefined) continue
    if (wroteIt(record, path, digestOf(there))) removed.push(path)
    else kept[path] = digest
  }
  if (Object.keys(record.files).length > 0 && Object.keys(kept).length === 0) removed.push(recordPath)
  if (!options.check) {
    for (const path of removed.filter((one) => one !== recordPath))
      await rm(join(root, path), { force: true })
    if (removed.includes(recordPath)) await rm(join(root, recordPath), { force: true })
    else if (removed.length > 0) {
      await writeWhole(
        join(root, recordPath),
        JSON.stringify({ note: record.note, files: kept }, null, 2) + '\n'
      )
    }
    await removeEmpty(join(root, projectFolder))
  }
  return { removed, kept: Object.keys(kept) }
}

/** The record is a file of the project: it must not lead us out of our folder, by dots or by links. */
async function isOurs(root: string, path: string): Promise<boolean> {
  if (!path.startsWith(`${projectFolder}/`) || path.split('/').includes('..')) return false
  const top = await realpath(join(root, projectFolder)).catch(() => undefined)
  const folder = await realpath(dirname(join(root, path))).catch(() => undefined)
  return top !== undefined && folder !== undefined && (folder === top || folder.startsWith(top + sep))
}
