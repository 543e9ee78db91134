import { mkdir } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { stringify } from 'yaml'
import { digestOf } from '../../base/digest.ts'
import { HardenError } from '../../base/errors.ts'
import { writeWhole } from '../../base/files.ts'
import type { Io } from '../../base/io.ts'
import type { KasProject } from '../../kas/project.ts'
import { isMapping, member, parseYaml, type KasMapping, type KasValue } from '../../kas/yaml.ts'
import { mergeMappings } from '../../kas/merge.ts'

/** What a generated work directory is made from. */
export interface WorkDirInput {
  /** The work directory, absolute: KAS_WORK_DIR of the build. */
  directory: string
  /** Its chain becomes the includes. */
  project: KasProject
  /** The user's own KAS_WORK_DIR, absolute: repos with a relative `path` lie there. */
  userWorkDir: string
  /** Text of an overlay whose repos lie below the work directory; absent where the project has its own. */
  overlay?: { path: string; text: string }
  /** Lines of local.conf by key, for this machine only. */
  blocks?: Readonly<Record<string, readonly string[]>>
  engine: 'kas' | 'kas-container'
}

/** The file kas reads when it gets no file at all; `kas menu` writes it as well. */
export const configName = '.config.yaml'

/** Where the project's root is inside the container of kas-container. */
const rootInContainer = '/repo'

/** Keys we write ourselves. */
const ownKeys: readonly string[] = ['header', 'build_system', '_source_dir', '_source_dir_host']

/** Oldest file format we write: what isar's own files say. */
const oldestFormat = 14

/**
 * The work directory where nobody names one: below the user's cache directory, one per project, so that the project
 * stays as it is and sstate and downloads survive. (XDG Base Directory Specification 0.8)
 */
export function defaultWorkDir(root: string, io: Pick<Io, 'env' | 'cwd'>): string {
  const home = io.env['HOME'] ?? io.cwd
  const set = io.env['XDG_CACHE_HOME']
  const cache = set !== undefined && isAbsolute(set) ? set : join(home, '.cache')
  return join(cache, 'kas-harden', 'work', digestOf(root).slice(0, 16))
}

/**
 * The text of `.config.yaml`: the user's chain as includes, our header blocks, our layer. Both engines take it;
 * only `_source_dir` differs (kas-container mounts the root at /repo). Same input, same bytes.
 * @throws HardenError usage `KAS_OUTSIDE_ROOT`, `KAS_REPO_OUTSIDE`, `WORK_DIR_PATH`.
 */
export function workConfigText(input: WorkDirInput): string {
  const { project, engine } = input
  const container = engine === 'kas-container'
  if (container) requirePlainPath('The project', project.root)
  requireOutside(input.directory, [project.root, input.userWorkDir])
  const { includes, inline } = includesOf(project)
  const merged = [inline, ownRepos(input), overlayContent(input), blocksOf(input)].reduce(mergeMappings)
  const content = Object.entries(merged).filter(([key]) => !ownKeys.includes(key))
  const config = {
    header: {
      version: Math.max(oldestFormat, ...project.files.map((file) => file.version)),
      includes
    },
    // kas-container reads these three with grep, at the start of a line.
    build_system: project.buildSystem ?? 'isar',
    _source_dir: container ? rootInContainer : project.root,
    _source_dir_host: project.root,
    ...Object.fromEntries(content)
  }
  return `# Written by kas-harden build; the next build writes it anew.\n${stringify(config, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`
}

/** Makes the directory and writes its `.config.yaml`. Returns the path of that file. Same errors as `workConfigText`. */
export async function writeWorkConfig(input: WorkDirInput): Promise<string> {
  const text = workConfigText(input)
  await mkdir(input.directory, { recursive: true })
  const path = join(input.directory, configName)
  await writeWhole(path, text)
  return path
}

/** Whether the path is in the directory or is it. */
export function isBelow(path: string, directory: string): boolean {
  const steps = relative(directory, path)
  return steps === '' || (!steps.startsWith('..') && !isAbsolute(steps))
}

/** The chain as includes; the `.config.yaml` of `kas menu` outside the root can't be included and is written out. */
function includesOf(project: KasProject): { includes: KasValue[]; inline: KasMapping } {
  const includes: KasValue[] = []
  let inline: KasMapping = {}
  for (const file of project.chainFiles) {
    if (isBelow(file, project.root)) {
      includes.push(relative(project.root, file))
      continue
    }
    const content = project.files.find((one) => one.path === file)?.content
    if (!file.endsWith(`/${configName}`) || !content) {
      throw new HardenError('usage', 'KAS_OUTSIDE_ROOT', `${file} is not below ${project.root}.`, {
        path: file,
        hint: 'Put the files of a chain into one repository; outside version control, beside the first one.'
      })
    }
    const menu = member(content['header'], 'includes')
    if (Array.isArray(menu)) includes.push(...(menu as readonly KasValue[]))
    inline = mergeMappings(inline, content)
  }
  return { includes, inline }
}

/** Repos given by a `path` relative to the user's own work directory keep their place. */
function ownRepos({ project, engine, userWorkDir }: WorkDirInput): KasMapping {
  const moved: [string, KasMapping][] = []
  for (const repo of project.repos.filter(({ url }) => url === undefined)) {
    const path = member(member(project.config['repos'], repo.key), 'path')
    if (typeof path !== 'string' || isAbsolute(path)) continue
    const place = resolve(userWorkDir, path)
    const steps = relative(project.root, place)
    if (engine === 'kas') moved.push([repo.key, { path: place }])
    else if (isBelow(place, project.root)) moved.push([repo.key, { path: join(rootInContainer, steps) }])
    else {
      throw new HardenError(
        'usage',
        'KAS_REPO_OUTSIDE',
        `The repo '${repo.key}' lies at ${place}, which a container doesn't see.`,
        { hint: 'Give it a url, move it into the project, or build with --engine kas.' }
      )
    }
  }
  return moved.length === 0 ? {} : { repos: Object.fromEntries(moved) }
}

/** The overlay's content; its repos have no url, which would mean the project: here they lie in the work directory. */
function overlayContent({ overlay }: WorkDirInput): KasMapping {
  if (!overlay) return {}
  const content = parseYaml(overlay.text, overlay.path).value
  if (!isMapping(content)) return {}
  const repos = content['repos']
  if (!isMapping(repos)) return content
  const placed = Object.entries(repos).map(([key, repo]) => {
    if (member(repo, 'url') !== undefined || member(repo, 'path') !== undefined) return [key, repo]
    const layers = member(repo, 'layers')
    const names = isMapping(layers) ? Object.keys(layers) : []
    const folder = names[0]?.split('/')[0] ?? key
    const inner = names.map((name) => [name.startsWith(`${folder}/`) ? name.slice(folder.length + 1) : name, null])
    return [key, { path: folder, layers: Object.fromEntries(inner) as KasMapping }]
  })
  return { ...content, repos: Object.fromEntries(placed) as KasMapping }
}

function blocksOf({ blocks = {} }: WorkDirInput): KasMapping {
  const entries = Object.entries(blocks).map(([key, lines]) => [key, `${lines.join('\n')}\n`])
  return entries.length === 0 ? {} : { local_conf_header: Object.fromEntries(entries) as KasMapping }
}

/** kas-container splits its words at blanks and takes the paths of .config.yaml as they stand there. */
export function requirePlainPath(what: string, path: string): void {
  if (/^[\w./+@%,=-]+$/.test(path)) return
  throw new HardenError('usage', 'PATH_WITH_BLANKS', `${what} lies at ${path}, which kas-container can't handle.`, {
    path,
    hint: 'kas-container splits paths at blanks: move it to a path without any, or build with --engine kas.'
  })
}

/** A work directory that is the project's root would replace the `.config.yaml` of `kas menu`. */
function requireOutside(directory: string, taken: readonly string[]): void {
  if (!taken.includes(directory)) return
  throw new HardenError('usage', 'WORK_DIR_TAKEN', `${directory} is the project's own work directory.`, {
    path: directory,
    hint: 'Name another folder, --work-dir build/kas-harden/work, or leave it out.'
  })
}
