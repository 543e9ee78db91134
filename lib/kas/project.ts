import { isAbsolute, join, resolve } from 'node:path'
import { HardenError } from '../base/errors.ts'
import type { Finding } from '../base/finding.ts'
import type { Io } from '../base/io.ts'
import { byCodeUnit } from '../base/text.ts'
import type { DebianRelease } from '../debian/releases.ts'
import { type BitbakeVariable, evaluateLocalConf } from './bitbake.ts'
import type { HeaderBlock, KasProject, ReadKasProjectOptions, Unresolved } from './kas-project.ts'
import { codenameFromLayers } from './distro-conf.ts'
import { type IncludeGraph, walkIncludes } from './include-graph.ts'
import { type KasFile, newestFormat } from './kas-file.ts'
import { localConfLines } from './local-conf.ts'
import { mergeMappings } from './merge.ts'
import { type Place, requireIsar, requireRelease } from './platform.ts'
import { findRepos, type KasRepo } from './repos.ts'
import { gitTop } from './repository.ts'
import { isMapping, type KasMapping, type KasValue, member, type ValuePath } from './yaml.ts'

export type { HeaderBlock, KasProject, ReadKasProjectOptions, Unresolved } from './kas-project.ts'

/**
 * Reads a kas project: `a.yml:b.yml`, with all includes that are on this machine, merged as kas 5.5 merges
 * them. An empty chain means `.config.yaml` in the work directory, as `kas build` without a file does.
 * Reads files only; nothing is fetched.
 * @throws HardenError (usage) for everything kas would refuse, too (see `readKasFile`, `walkIncludes`), and
 *   for projects that are not Debian by isar: `KAS_YOCTO`, `KAS_BUILD_SYSTEM`, `NOT_DEBIAN`, `UNKNOWN_RELEASE`.
 */
// eslint-disable-next-line @typescript-eslint/require-await -- reading may become asynchronous
export async function readKasProject(
  chain: string,
  io: Pick<Io, 'cwd' | 'env'>,
  options: ReadKasProjectOptions = {}
): Promise<KasProject> {
  const workDir = resolve(io.cwd, io.env['KAS_WORK_DIR'] ?? '.')
  const chainFiles = (chain === '' ? join(workDir, '.config.yaml') : chain)
    .split(':')
    .map((file) => (isAbsolute(file) ? file : resolve(io.cwd, file)))
  const firstRoot = gitTop(join(chainFiles[0] ?? '', '..'))
  requireSameRepository(chainFiles)

  const { graph, config, repos } = resolveGraph(
    chainFiles,
    firstRoot ?? resolve(chainFiles[0] ?? '', '..'),
    workDir,
    io
  )
  const placeOf = (path: ValuePath): Place | undefined => {
    for (const file of graph.files.toReversed()) {
      const range = file.document.locate(path)
      if (range) return { path: file.path, line: range.line }
    }
    return undefined
  }
  const unresolved = graph.missing.map((one): Unresolved => ({ ...one, ...whyMissing(one.repo, repos) }))
  const text = (key: string): string | undefined => {
    const value = member(config, key)
    return typeof value === 'string' ? value : undefined
  }
  const headers = headerBlocks(config, graph.files)
  const env = environment(config, io.env)
  const targets = targetsOf(config, io.env['KAS_TARGET'])
  const defaults = {
    machine: io.env['KAS_MACHINE'] ?? text('machine'),
    distro: io.env['KAS_DISTRO'] ?? text('distro')
  }
  const said = text('build_system')
  const complete = unresolved.length === 0
  const buildSystem =
    said === undefined && !complete
      ? undefined
      : requireIsar(said, placeOf(['build_system']), chainFiles[0] ?? chain, repos.flatMap(namesOf))
  const lines = localConfLines({ headers, defaults, targets, buildSystem, placeOf, chainFiles })
  const { variables } = evaluateLocalConf(lines, { env })
  const machine = knownValue(variables.get('MACHINE'))
  const distro = knownValue(variables.get('DISTRO'))
  const release =
    distro === undefined
      ? releaseWithoutDistro(options.release, complete, chainFiles[0] ?? chain)
      : requireRelease(
          distro,
          io.env['KAS_DISTRO'] === distro ? undefined : variables.get('DISTRO')?.origin,
          codenameFromLayers(
            distro,
            repos.flatMap((repo) => (repo.present ? repo.layers : []))
          ),
          options.release
        )

  return {
    chain,
    chainFiles,
    files: graph.files,
    root: graph.root,
    workDir,
    buildDir: resolve(io.cwd, io.env['KAS_BUILD_DIR'] ?? join(workDir, 'build')),
    config,
    headers,
    env,
    machine,
    distro,
    defaults,
    targets,
    task: io.env['KAS_TASK'] ?? text('task') ?? 'build',
    buildSystem,
    release,
    repos,
    unresolved,
    findings: [
      ...uniqueFiles(graph.files).flatMap((file) => [...file.document.findings, ...newerFormat(file)]),
      ...graph.findings,
      ...repos.flatMap((repo) => repo.findings)
    ],
    placeOf
  }
}

function requireSameRepository(chainFiles: readonly string[]): void {
  const tops = new Set(chainFiles.map((file) => gitTop(join(file, '..'))))
  if (tops.size > 1) {
    throw new HardenError(
      'usage',
      'KAS_DIFFERENT_REPOS',
      `The files of a chain must all be in one repository, or all outside version control:\n  ${chainFiles.join('\n  ')}`,
      { hint: 'Include files of another repository with `{repo, file}`.' }
    )
  }
}

/** Repeats the walk while it makes more repos known, as kas does while it checks them out. */
function resolveGraph(
  chainFiles: readonly string[],
  root: string,
  workDir: string,
  io: Pick<Io, 'env'>
): { graph: IncludeGraph; config: KasMapping; repos: readonly KasRepo[] } {
  const cache = new Map<string, KasFile>()
  const known = new Map<string, string>()
  for (;;) {
    const graph = walkIncludes(chainFiles, root, known, cache)
    const config = mergedConfig(graph.files)
    const repos = findRepos(config, graph.root, workDir, io.env['KAS_REPO_REF_DIR'])
    const news = repos.filter(
      (repo) => repo.present && !known.has(repo.key) && graph.missing.some((one) => one.repo === repo.key)
    )
    if (news.length === 0) return { graph, config, repos }
    for (const repo of news) known.set(repo.key, repo.path)
  }
}

function mergedConfig(files: readonly KasFile[]): KasMapping {
  const merged = files.map((file) => file.content).reduce(mergeMappings)
  const header = { version: Math.max(...files.map((file) => file.version)) }
  return { ...merged, header }
}

function headerBlocks(config: KasMapping, files: readonly KasFile[]): HeaderBlock[] {
  const headers = member(config, 'local_conf_header')
  if (!isMapping(headers)) return []
  return Object.entries(headers)
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .sort(([a], [b]) => byCodePoint(a, b))
    .map(([key, text]) => {
      const at = ['local_conf_header', key]
      const file = files.findLast((one) => typeof member(member(one.content, at[0]!), key) === 'string')
      const document = file?.document
      return {
        key,
        text,
        path: file?.path ?? '',
        line: document?.locate(at)?.line ?? 1,
        lineOf: (index) => document?.lineOf(at, index) ?? 1
      }
    })
}

/** Python sorts text by code point, which differs from code units above U+FFFF only. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8')) || byCodeUnit(a, b)
}

function environment(config: KasMapping, env: Io['env']): Record<string, string> {
  const declared = member(config, 'env')
  if (!isMapping(declared)) return {}
  const values = Object.entries(declared).map(([name, value]) => [name, env[name] ?? value] as const)
  return Object.fromEntries(values.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function targetsOf(config: KasMapping, fromEnvironment: string | undefined): string[] {
  const named = (fromEnvironment ?? '').split(/\s+/).filter((name) => name !== '')
  if (named.length > 0) return named
  const target = member(config, 'target')
  if (typeof target === 'string') return [target]
  return Array.isArray(target) ? (target as readonly KasValue[]).map(String) : []
}

/** The value where it is known without doubt; `effectiveConfiguration` reports the doubt. */
function knownValue(variable: BitbakeVariable | undefined): string | undefined {
  return variable?.problem === undefined ? variable?.value : undefined
}

function namesOf(repo: KasRepo): string[] {
  return repo.url === undefined ? [repo.key] : [repo.key, repo.url]
}

function whyMissing(key: string, repos: readonly KasRepo[]): { reason: string; hint: string } {
  const repo = repos.find((one) => one.key === key)
  if (!repo) {
    return {
      reason: `no file that can be read defines a repo '${key}'`,
      hint: `Add '${key}' to \`repos\`, or correct its name in the include.`
    }
  }
  const reference = repo.reference === undefined ? '' : ` (a bare clone is in ${repo.reference})`
  return {
    reason: `repo '${key}' is not checked out at ${repo.path}${reference}`,
    hint: 'Run `kas checkout` with the same chain, or set KAS_WORK_DIR to where it was checked out.'
  }
}

function releaseWithoutDistro(
  wanted: string | undefined,
  complete: boolean,
  chain: string
): DebianRelease | undefined {
  if (wanted !== undefined) return requireRelease('', undefined, undefined, wanted)
  if (!complete) return undefined
  throw new HardenError('usage', 'UNKNOWN_RELEASE', `${chain}: no file of the chain sets \`distro\`.`, {
    path: chain,
    hint: 'Set `distro: debian-bookworm`, or name the release with --release.'
  })
}

function uniqueFiles(files: readonly KasFile[]): KasFile[] {
  return [...new Map(files.map((file) => [file.path, file])).values()]
}

function newerFormat(file: KasFile): Finding[] {
  if (file.version <= newestFormat) return []
  return [
    {
      code: 'KAS_NEWER_FORMAT',
      severity: 'warning',
      message: `header.version ${file.version} is newer than ${newestFormat}, the newest we know; keys we do not know are left alone`,
      path: file.path,
      range: file.document.locate(['header', 'version'])
    }
  ]
}
