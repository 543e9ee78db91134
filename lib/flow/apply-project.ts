import { dirname, relative, resolve } from 'node:path'
import { HardenError } from '../base/errors.ts'
import type { Io } from '../base/io.ts'
import { withLock } from '../base/lock.ts'
import { apply, type Applied } from '../harden/apply.ts'
import { removeLeftovers } from '../harden/leftovers.ts'
import type { GitLayerChoice } from '../harden/layer-source.ts'
import type { Plan } from '../harden/plan.ts'
import { editIncludes } from '../kas/edit-file.ts'
import type { KasProject } from '../kas/project.ts'
import { gitTop } from '../kas/repository.ts'
import { planProject } from './plan-project.ts'
import type { Session } from './session.ts'

/** What the caller chose. */
export interface ApplyChoice {
  release?: string
  /** Our layer from git instead of a copy; what kas-harden.yml says otherwise. */
  layer?: GitLayerChoice
  check?: boolean
  force?: boolean
  /** Include the overlay in the first file of the chain, which then builds as it is. */
  inPlace?: boolean
}

/** What apply did to a project. */
export interface AppliedProject extends Applied {
  plan: Plan
  /** Kas files of the user that got, or with `check` would get, the include; project-relative. */
  edited: readonly string[]
}

/**
 * Plans and applies; with `inPlace` the overlay is included in the first kas file as well. Our files come first,
 * so that an interrupt never leaves an include of a file that is not there.
 * @throws HardenError usage, as `planProject`, `apply` and `editIncludes`, `IN_PLACE_MENU` for `.config.yaml`; environment `LOCKED`.
 */
export async function applyProject(
  chain: string,
  session: Session,
  io: Io,
  choice: ApplyChoice
): Promise<AppliedProject> {
  const { release, layer } = choice
  const work = async () => {
    const { project, plan } = await planProject(chain, session, io, { release, layer })
    return writeApplied(project, plan, choice)
  }
  if (choice.check) return work()
  // The plan is made under the lock: another apply may be about to change the files it is made from.
  const folder = dirname(resolve(io.cwd, chain.split(':')[0] ?? ''))
  return withLock(gitTop(folder) ?? folder, 'apply', io, work, patience)
}

/** Seconds that apply and remove wait for each other; both take about one. */
export const patience = 30

async function writeApplied(project: KasProject, plan: Plan, choice: ApplyChoice): Promise<AppliedProject> {
  const overlay = plan.overlay.path
  if (!choice.check) await removeLeftovers(project.root)
  const first = choice.inPlace ? firstFile(project, overlay) : undefined
  // The edit is tried before anything is written: what would be refused leaves no half-applied project.
  if (first !== undefined) await editIncludes(first, 'add', overlay, { check: true })
  const applied = await apply(plan, project.root, { check: choice.check, force: choice.force })
  const edit =
    first === undefined ? undefined : await editIncludes(first, 'add', overlay, { check: choice.check })
  return {
    ...applied,
    plan,
    edited: edit?.changed ? [relative(project.root, edit.path)] : [],
    buildChain:
      first === undefined && !includesOverlay(project, overlay)
        ? applied.buildChain
        : withoutOverlay(project, overlay)
  }
}

/** The file to edit. `kas menu` writes .config.yaml anew, so an include there would not last. */
function firstFile(project: KasProject, overlay: string): string {
  const path = project.chainFiles[0] ?? ''
  const inside = relative(project.root, path)
  if (!inside.startsWith('..') && inside !== overlay && !path.endsWith('/.config.yaml')) return path
  throw new HardenError('usage', 'IN_PLACE_MENU', `${path} is no kas file of the project to edit in place.`, {
    path,
    hint: 'Name the kas file that should include the overlay first, or leave out --in-place.'
  })
}

/** Whether a file of the project itself includes the overlay, so that the chain need not name it. */
function includesOverlay(project: KasProject, overlay: string): boolean {
  const count = project.files.filter((file) => relative(project.root, file.path) === overlay).length
  const named = project.chainFiles.filter((file) => relative(project.root, file) === overlay).length
  return count > named
}

function withoutOverlay(project: KasProject, overlay: string): string {
  const files = project.chainFiles.map((file) => relative(project.root, file))
  return files.filter((file) => file !== overlay).join(':')
}
