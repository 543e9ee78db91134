import { access, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { packageRoot } from '../base/assets.ts'
import { digestOf } from '../base/digest.ts'
import { HardenError } from '../base/errors.ts'
import { writeAll, writeWhole } from '../base/files.ts'
import { byCodeUnit } from '../base/text.ts'
import { projectLayerConf } from './layer-source.ts'
import { projectFolder, type Plan } from './plan.ts'
import { removeEmpty } from './remove-empty.ts'

/** One file that apply wants in the project. */
interface WantedFile {
  path: string
  content: Buffer
  mode: number
}

/** What apply did, or with `check` what it would do. */
export interface Applied {
  /** Project-relative paths. */
  written: readonly string[]
  removed: readonly string[]
  unchanged: number
  buildChain: string
}

/** What apply wrote, below the project root. */
export const recordPath = `${projectFolder}/applied.json`

/** SHA-256 of every file apply wrote, by project-relative path. */
export interface ApplyRecord {
  note: string
  files: Record<string, string>
  /** Only while apply is writing: what it is about to replace. A killed apply leaves it, and the next one goes on. */
  before?: Record<string, string>
}

/** Whether a digest is one that apply wrote at this place. */
export function wroteIt(record: ApplyRecord, path: string, digest: string): boolean {
  return record.files[path] === digest || record.before?.[path] === digest
}

/** Our recipes as they lie in this package, or for a layer from git the conf of what stays in the project. */
async function layerFiles(plan: Plan): Promise<WantedFile[]> {
  if (plan.source !== undefined) {
    if (plan.wks.length === 0) return []
    return [{ path: `${plan.layer}/conf/layer.conf`, content: Buffer.from(projectLayerConf), mode: 0o644 }]
  }
  const recipes = join(packageRoot(), 'recipes')
  const entries = await readdir(recipes, { recursive: true, withFileTypes: true })
  const files: WantedFile[] = []
  for (const entry of entries.filter((one) => one.isFile())) {
    const from = join(entry.parentPath, entry.name)
    const executable = ((await stat(from)).mode & 0o100) !== 0
    files.push({
      path: join(plan.layer, relative(recipes, from)),
      content: await readFile(from),
      mode: executable ? 0o755 : 0o644
    })
  }
  return files
}

async function wantedFiles(plan: Plan): Promise<WantedFile[]> {
  const files = await layerFiles(plan)
  const copies = new Map(plan.wks.map(({ name, text }) => [join(plan.layer, 'wic', name), text]))
  for (const [path, text] of copies) files.push({ path, content: Buffer.from(text), mode: 0o644 })
  files.push({ path: plan.overlay.path, content: Buffer.from(plan.overlay.text), mode: 0o644 })
  return files.sort((a, b) => byCodeUnit(a.path, b.path))
}

/** The record of the last apply; empty when there was none. @throws HardenError usage `RECORD_UNREADABLE`. */
export async function readRecord(root: string): Promise<ApplyRecord> {
  const text = await readFile(join(root, recordPath), 'utf8').catch(() => undefined)
  if (text === undefined) return { note: '', files: {} }
  try {
    const read = JSON.parse(text) as Partial<ApplyRecord>
    return { note: '', files: read.files ?? {}, before: read.before }
  } catch (cause) {
    throw new HardenError('usage', 'RECORD_UNREADABLE', 'The record of the last apply is damaged.', {
      path: join(root, recordPath),
      hint: `Restore it from version control, or remove the folder ${projectFolder} and apply again.`,
      cause
    })
  }
}

/**
 * Writes overlay and layer into the project, below `kas-harden/` only. A
 * second run changes nothing. A file of ours that somebody edited is not
 * overwritten without `force`. With `check` nothing is written.
 * @throws HardenError usage `EDITED_BY_HAND`.
 */
export async function apply(
  plan: Plan,
  root: string,
  options: { check?: boolean; force?: boolean } = {}
): Promise<Applied> {
  const wanted = await wantedFiles(plan)
  const record = await readRecord(root)
  const written: string[] = []
  const edited: string[] = []
  const files: Record<string, string> = {}
  for (const { path, content, mode } of wanted) {
    files[path] = digestOf(content)
    const target = join(root, path)
    const there = await readFile(target).catch(() => undefined)
    if (there?.equals(content) && ((await stat(target)).mode & 0o100) === (mode & 0o100)) continue
    if (there && !wroteIt(record, path, digestOf(there)) && !there.equals(content)) edited.push(path)
    written.push(path)
  }
  const removed: string[] = []
  const known = new Set([...Object.keys(record.files), ...Object.keys(record.before ?? {})])
  for (const path of [...known].filter((old) => files[old] === undefined)) {
    // The record is a file of the project: never follow it out of our folder.
    if (!path.startsWith(`${projectFolder}/`) || path.split('/').includes('..')) continue
    const there = await access(join(root, path)).then(
      () => true,
      () => false
    )
    if (there) removed.push(path)
  }
  const result = { written, removed, unchanged: wanted.length - written.length, buildChain: plan.buildChain }
  if (options.check) return result
  if (edited.length > 0 && !options.force) {
    throw new HardenError(
      'usage',
      'EDITED_BY_HAND',
      `These files of kas-harden were changed by hand:\n${edited.map((path) => `  ${path}`).join('\n')}`,
      {
        hint: 'Put the change into kas-harden.yml or a file of your own, then apply with --force to overwrite them.'
      }
    )
  }
  const recordFile = join(root, recordPath)
  const text = recordText({ files })
  const ours = wanted.filter(({ path }) => written.includes(path))
  if (ours.length > 0 || removed.length > 0) {
    const before = { ...record.before, ...record.files }
    await writeAll([
      { path: recordFile, data: recordText({ files, before }) },
      ...ours.map(({ path, content, mode }) => ({ path: join(root, path), data: content, mode }))
    ])
  }
  for (const path of removed) await rm(join(root, path), { force: true })
  if (removed.length > 0) await removeEmpty(join(root, projectFolder))
  const old = await readFile(recordFile, 'utf8').catch(() => '')
  if (old !== text) await writeWhole(recordFile, text)
  return result
}

function recordText(content: Omit<ApplyRecord, 'note'>): string {
  const note = 'Written by kas-harden apply: SHA-256 of what it wrote.'
  return JSON.stringify({ note, ...content }, null, 2) + '\n'
}
