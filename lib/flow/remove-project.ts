import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { Io } from '../base/io.ts'
import { withLock } from '../base/lock.ts'
import { removeLeftovers } from '../harden/leftovers.ts'
import { removeApplied, type Removed } from '../harden/remove.ts'
import { overlayFile } from '../harden/plan.ts'
import { editIncludes } from '../kas/edit-file.ts'
import { patience } from './apply-project.ts'
import { gitTop } from '../kas/repository.ts'

/** What remove did to a project. */
export interface RemovedProject extends Removed {
  /** Kas files of the user that lost, or with `check` would lose, our include; project-relative. */
  edited: readonly string[]
}

/**
 * Undoes `apply`: takes our include out of the files of the chain, then removes what apply wrote and nobody
 * changed. Needs no plan and no repos, so that it works on a project that does not build any more.
 * @throws HardenError usage, as `editIncludes` and `removeApplied`; environment `LOCKED`.
 */
export async function removeProject(
  chain: string,
  io: Pick<Io, 'cwd' | 'now'> & Partial<Pick<Io, 'signal'>>,
  options: { check?: boolean } = {}
): Promise<RemovedProject> {
  const files = chain.split(':').map((file) => resolve(io.cwd, file))
  const folder = resolve(files[0] ?? io.cwd, '..')
  const root = gitTop(folder) ?? folder
  const users = files.filter((file) => relative(root, file) !== overlayFile)
  const take = () => takeOut(root, users, options)
  return options.check ? take() : withLock(root, 'remove', io, take, patience)
}

async function takeOut(
  root: string,
  users: readonly string[],
  options: { check?: boolean }
): Promise<RemovedProject> {
  // Everything is tried before anything is changed.
  for (const file of users) await editIncludes(file, 'remove', overlayFile, { check: true })
  const edited: string[] = []
  for (const file of users) {
    const edit = await editIncludes(file, 'remove', overlayFile, options)
    if (edit.changed) edited.push(relative(root, file))
  }
  if (!options.check) await removeLeftovers(root)
  const removed = existsSync(join(root, overlayFile, '..')) ? await removeApplied(root, options) : undefined
  return { edited, removed: removed?.removed ?? [], kept: removed?.kept ?? [] }
}
