import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isMap, isScalar, isSeq, parseDocument, stringify } from 'yaml'
import { packageRoot } from '../base/assets.ts'
import { HardenError } from '../base/errors.ts'
import { writeWhole } from '../base/files.ts'
import type { Io } from '../base/io.ts'
import { configFileName } from '../config/load.ts'

/** What the pipeline of a project should do. */
export interface CiChoice {
  chain: string
  securityLevels?: readonly number[]
  components?: readonly string[]
  boards?: readonly string[]
  engine?: string
  /** The component that makes a child pipeline from the boards of kas-harden.yml; its jobs take all else from there. */
  fleet?: boolean
  /** Write nothing, say what would be written. */
  check?: boolean
}

/** What was, or with `check` would be, written; project-relative. */
export interface CiInit {
  written: readonly string[]
  /** The include as it stands in .gitlab-ci.yml. */
  include: string
  /** What the pipeline will need and the project does not have yet: kas files of the chain, kas-harden.yml. */
  missing: readonly string[]
}

/** Where a component lies in a project: a copy, since most GitLab servers can't see ours. */
function componentOf({ fleet }: CiChoice): { file: string; template: string } {
  const name = fleet ? 'kas-harden-fleet' : 'kas-harden'
  return { file: `.gitlab/${name}.yml`, template: `templates/${name}/template.yml` }
}

const pipelineFile = '.gitlab-ci.yml'

/**
 * Puts the GitLab component into a project: a copy of it, and the include in .gitlab-ci.yml, which is made where there
 * is none. Of an existing file only lines are added; a second run changes nothing.
 * @throws HardenError usage `CI_EDIT_REFUSED` with the lines to add by hand, `CI_FLEET_OPTION`.
 */
export async function initCi(choice: CiChoice, io: Pick<Io, 'cwd'>): Promise<CiInit> {
  const root = resolve(io.cwd)
  if (
    choice.fleet &&
    [choice.securityLevels, choice.components, choice.boards, choice.engine].some(Boolean)
  ) {
    throw new HardenError('usage', 'CI_FLEET_OPTION', 'The boards of a fleet stand in kas-harden.yml.', {
      hint: 'Leave out --board, --engine, --sl and --component, and write `boards` and `target` into kas-harden.yml.'
    })
  }
  const component = componentOf(choice)
  const template = await readFile(join(packageRoot(), component.template), 'utf8')
  const include = includeText(choice, component.file)
  const pipeline = await textOf(join(root, pipelineFile))
  const edited = withInclude(pipeline, include, component.file)
  const files = [
    { path: component.file, text: template, old: await textOf(join(root, component.file)) },
    { path: pipelineFile, text: edited, old: pipeline }
  ].filter(({ text, old }) => text !== old)
  // The copy first: an interrupt must not leave an include of a file that is not there.
  if (!choice.check) for (const { path, text } of files) await writeWhole(join(root, path), text)
  const needed = [...choice.chain.split(':'), configFileName]
  const missing = needed.filter((path) => !existsSync(join(root, path)))
  return { written: files.map(({ path }) => path), include, missing }
}

function includeText(choice: CiChoice, file: string): string {
  const { chain, securityLevels, components, boards, engine } = choice
  const inputs = {
    chain,
    ...(securityLevels?.length ? { security_level: [...securityLevels] } : {}),
    ...(components?.length ? { component: components.join(',') } : {}),
    ...(boards?.length ? { boards: [...boards] } : {}),
    ...(engine ? { engine } : {})
  }
  return stringify([{ local: `/${file}`, inputs }])
}

/** The text of a .gitlab-ci.yml with the include added. */
function withInclude(text: string | undefined, include: string, file: string): string {
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
  if (list.items.some((item) => isMap(item) && String(item.get('local') ?? '').endsWith(file))) return text
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
