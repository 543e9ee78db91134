import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isMap, isScalar, isSeq, parseDocument, stringify } from 'yaml'
import { packageRoot } from '../base/assets.ts'
import { HardenError } from '../base/errors.ts'
import { writeWhole } from '../base/files.ts'
import type { Io } from '../base/io.ts'

/** What the pipeline of a project should do. */
export interface CiChoice {
  chain: string
  securityLevels?: readonly number[]
  components?: readonly string[]
  boards?: readonly string[]
  engine?: string
  /** Write nothing, say what would be written. */
  check?: boolean
}

/** What was, or with `check` would be, written; project-relative. */
export interface CiInit {
  written: readonly string[]
  /** The include as it stands in .gitlab-ci.yml. */
  include: string
}

/** Where the component lies in a project: a copy, since most GitLab servers can't see ours. */
export const componentFile = '.gitlab/kas-harden.yml'
const pipelineFile = '.gitlab-ci.yml'

/**
 * Puts the GitLab component into a project: a copy of it, and the include in .gitlab-ci.yml, which is made where there
 * is none. Of an existing file only lines are added; a second run changes nothing.
 * @throws HardenError usage `CI_EDIT_REFUSED` with the lines to add by hand.
 */
export async function initCi(choice: CiChoice, io: Pick<Io, 'cwd'>): Promise<CiInit> {
  const root = resolve(io.cwd)
  const template = await readFile(join(packageRoot(), 'templates/kas-harden/template.yml'), 'utf8')
  const include = includeText(choice)
  const pipeline = await textOf(join(root, pipelineFile))
  const edited = withInclude(pipeline, include)
  const files = [
    { path: componentFile, text: template, old: await textOf(join(root, componentFile)) },
    { path: pipelineFile, text: edited, old: pipeline }
  ].filter(({ text, old }) => text !== old)
  // The copy first: an interrupt must not leave an include of a file that is not there.
  if (!choice.check) for (const { path, text } of files) await writeWhole(join(root, path), text)
  return { written: files.map(({ path }) => path), include }
}

function includeText({ chain, securityLevels, components, boards, engine }: CiChoice): string {
  const inputs = {
    chain,
    ...(securityLevels?.length ? { security_level: [...securityLevels] } : {}),
    ...(components?.length ? { component: components.join(',') } : {}),
    ...(boards?.length ? { boards: [...boards] } : {}),
    ...(engine ? { engine } : {})
  }
  return stringify([{ local: `/${componentFile}`, inputs }])
}

/** The text of a .gitlab-ci.yml with the include added. */
function withInclude(text: string | undefined, include: string): string {
  const indented = include.replace(/^(?=.)/gm, '  ')
  if (text === undefined) return `include:\n${indented}`
  // GitLab's own tags (!reference) are no concern of ours.
  const document = parseDocument(text, { logLevel: 'silent' })
  const root = document.contents
  if (document.errors.length > 0 || (root !== null && !isMap(root))) {
    throw refused('it is no YAML dictionary', include)
  }
  const pair = root?.items.find(({ key }) => isScalar(key) && key.value === 'include')
  if (pair === undefined)
    return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}\ninclude:\n${indented}`
  const list = pair.value
  if (!isSeq(list) || list.flow) throw refused('its `include` is no list with a line for each', include)
  if (list.items.some((item) => isMap(item) && String(item.get('local') ?? '').endsWith(componentFile)))
    return text
  const start = list.range[0]
  const indent = start - (text.lastIndexOf('\n', start - 1) + 1)
  const end = text.indexOf('\n', list.range[1] - 1)
  const [head, tail] = end === -1 ? [`${text}\n`, ''] : [text.slice(0, end + 1), text.slice(end + 1)]
  const edited = head + include.replace(/^(?=.)/gm, ' '.repeat(indent)) + tail
  const after: unknown = parseDocument(edited, { logLevel: 'silent' }).toJS()
  const before = document.toJS() as { include: unknown[] }
  const wanted = { ...before, include: [...before.include, ...(parseDocument(include).toJS() as unknown[])] }
  if (JSON.stringify(after) !== JSON.stringify(wanted))
    throw refused('its `include` has an odd form', include)
  return edited
}

function refused(why: string, include: string): HardenError {
  return new HardenError('usage', 'CI_EDIT_REFUSED', `${pipelineFile} is not edited: ${why}.`, {
    path: pipelineFile,
    hint: `Add to its include by hand:\n${include}`
  })
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}
