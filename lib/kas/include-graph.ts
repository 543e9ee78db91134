import { existsSync, realpathSync } from 'node:fs'
import { dirname, join, parse, resolve, sep } from 'node:path'
import { HardenError } from '../base/errors.ts'
import type { Finding } from '../base/finding.ts'
import { includesOf, type KasFile, readKasFile } from './kas-file.ts'
import { member } from './yaml.ts'

/** A cross-repo include that leads into a repo we have no files of. */
export interface MissingInclude {
  repo: string
  file: string
  includedBy: string
  line: number
}

/** The files of a chain in the order kas merges them. */
export interface IncludeGraph {
  files: readonly KasFile[]
  missing: readonly MissingInclude[]
  findings: readonly Finding[]
  /** Root of the project; a generated `.config.yaml` may move it (`_source_dir`). */
  root: string
}

/** Files of one project at most, counted as often as they are included. */
const maxFiles = 5000

/**
 * Walks the includes of every file of the chain as kas does (kas/includehandler.py): depth first, the
 * lock file `<file>.lock.<ext>` before the file itself, the file after its includes. Paths are relative
 * to the repo's root, or (old style, with a warning) to the file.
 * @throws HardenError (usage) `KAS_INCLUDE_LOOP`, `KAS_INCLUDE_ESCAPE`, and those of `readKasFile`.
 */
export function walkIncludes(
  chain: readonly string[],
  root: string,
  repoPaths: ReadonlyMap<string, string>,
  cache: Map<string, KasFile>
): IncludeGraph {
  const files: KasFile[] = []
  const missing: MissingInclude[] = []
  const findings: Finding[] = []
  let top = root

  function load(path: string, repo: string | undefined, isLockFile: boolean, from?: string): KasFile {
    const key = `${repo ?? ''}\n${String(isLockFile)}\n${path}`
    const known = cache.get(key)
    if (known) return known
    const file = readKasFile(path, repo, isLockFile, from)
    cache.set(key, file)
    return file
  }

  function visit(
    path: string,
    base: string,
    repo: string | undefined,
    isLockFile: boolean,
    trail: readonly string[]
  ) {
    if (trail.includes(path)) {
      const loop = [...trail.slice(trail.indexOf(path)), path].join('\n  includes ')
      throw new HardenError('usage', 'KAS_INCLUDE_LOOP', `The includes run in a circle:\n  ${loop}`, {
        path,
        hint: 'Remove one of these includes.'
      })
    }
    if (files.length >= maxFiles) {
      throw new HardenError(
        'usage',
        'KAS_TOO_MANY_FILES',
        `The includes lead to more than ${maxFiles} files.`,
        {
          path
        }
      )
    }
    const file = load(path, repo, isLockFile, trail.at(-1))
    const inner = [...trail, path]
    const { dir, name, ext } = parse(path)
    const lockFile = join(dir, `${name}.lock${ext}`)
    if (existsSync(lockFile)) visit(lockFile, base, repo, true, inner)

    let includeBase = base
    const moved = sourceDirectory(file)
    if (moved !== undefined && trail.length === 0) {
      top = moved
      includeBase = moved
    }
    includesOf(file).forEach((include, index) => {
      const range = file.document.locate(['header', 'includes', index])
      const from = `${path}:${range?.line ?? 1}`
      if (typeof include === 'string') {
        visit(localInclude(file, includeBase, include, from), includeBase, repo, false, inner)
        return
      }
      const directory = repoPaths.get(include.repo)
      if (directory === undefined) {
        missing.push({ ...include, includedBy: path, line: range?.line ?? 1 })
        return
      }
      const next = directory === top ? undefined : include.repo
      visit(inside(directory, include.file, from), directory, next, false, inner)
    })
    files.push(file)
  }

  function localInclude(file: KasFile, base: string, include: string, from: string): string {
    const fromRoot = inside(base, include, from)
    if (existsSync(fromRoot)) return fromRoot
    const fromFile = inside(dirname(file.path), include, from)
    if (!existsSync(fromFile)) return fromRoot // the error names the path kas documents
    findings.push({
      code: 'KAS_FILE_RELATIVE_INCLUDE',
      severity: 'warning',
      message: `the include '${include}' is found beside this file only; kas wants paths from the repo's root`,
      path: file.path,
      range: file.document.locate(['header', 'includes', includesOf(file).indexOf(include)]),
      hint: 'Write the path relative to the top of the repository.'
    })
    return fromFile
  }

  for (const path of chain) visit(path, top, undefined, false, [])
  return { files, missing, findings, root: top }
}

/** Where `kas menu` recorded the user's repo; inside the container the first of the two exists. */
function sourceDirectory(file: KasFile): string | undefined {
  const places = ['_source_dir', '_source_dir_host'].map((key) => member(file.content, key))
  const texts = places.filter((place) => typeof place === 'string')
  return texts.find((place) => existsSync(place)) ?? texts[0]
}

/** The file `include` names below `base`; kas refuses what leads out of it, through links, too. */
function inside(base: string, include: string, from: string): string {
  const top = existsSync(base) ? realpathSync(base) : resolve(base)
  const wanted = resolve(top, include)
  const real = existsSync(wanted) ? realpathSync(wanted) : wanted
  if (!real.startsWith(top.endsWith(sep) ? top : top + sep)) {
    throw new HardenError(
      'usage',
      'KAS_INCLUDE_ESCAPE',
      `${from}: the include '${include}' leads out of ${base}`,
      {
        hint: 'kas includes files of the same repository only; name another one with {repo, file}.'
      }
    )
  }
  return real
}
