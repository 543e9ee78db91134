import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { HardenError, messageOf } from '../base/errors.ts'
import type { ProjectConfig } from '../config/config.ts'
import { requirementNumbers } from '../report/gitlab-requirements.ts'

/**
 * The numbers GitLab gave to the requirements, by id of the standard, from the export `ci.requirements` names.
 * Undefined where the project names none.
 * @throws HardenError usage `CI_REQUIREMENTS` when the file is missing or no such export.
 */
export async function gitlabNumbers(
  config: Pick<ProjectConfig, 'ci' | 'directory'>
): Promise<Map<string, string[]> | undefined> {
  const file = config.ci?.requirements
  if (file === undefined) return undefined
  const path = resolve(config.directory, file)
  const refused = (why: string, cause?: unknown) =>
    new HardenError('usage', 'CI_REQUIREMENTS', `${file} (ci.requirements) ${why}`, {
      path,
      cause,
      hint: 'It is what GitLab sends for Plan > Requirements > Export as CSV; `kas-harden ci requirements` makes what is imported first.'
    })
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw refused(`can't be read: ${messageOf(error)}`, error)
  })
  const numbers = requirementNumbers(text)
  if (numbers === undefined) throw refused("has no columns 'Requirement ID' and 'Title'.")
  if (numbers.size === 0) throw refused('has no requirement whose title starts with an id such as CR 1.1.')
  return numbers
}
