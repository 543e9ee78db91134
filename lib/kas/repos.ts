import { isAbsolute, join, resolve } from 'node:path'
import type { Finding } from '../base/finding.ts'
import { gitTop, headCommit, isDirectory, qualifiedName } from './repository.ts'
import { isMapping, type KasMapping, type KasValue, member } from './yaml.ts'

/** A repo of the merged configuration and where its files are, or would be. */
export interface KasRepo {
  /** The key in `repos`. */
  key: string
  url: string | undefined
  /** The commit the configuration or a lock file pins. */
  commit: string | undefined
  branch: string | undefined
  /** Work tree: the project itself, `path`, or KAS_WORK_DIR/<name>. */
  path: string
  /** Whether that directory is there. */
  present: boolean
  /** Bare clone in KAS_REPO_REF_DIR, from which nothing is read. */
  reference: string | undefined
  /** Absolute paths of its layers. */
  layers: readonly string[]
  findings: readonly Finding[]
}

/**
 * Where every repo of a configuration lies on this machine (kas: `Repo.factory`): without url and path it is
 * the project itself, a relative `path` counts from the work directory, else it is KAS_WORK_DIR/<name>.
 */
export function findRepos(
  config: KasMapping,
  root: string,
  workDir: string,
  referenceDir: string | undefined
): KasRepo[] {
  const repos = member(config, 'repos')
  if (!isMapping(repos)) return []
  const overrides = member(member(config, 'overrides'), 'repos')
  const defaults = member(member(config, 'defaults'), 'repos')
  return Object.entries(repos).map(([key, repo]) => {
    const override = member(overrides, key)
    const url = text(member(override, 'url')) ?? text(member(repo, 'url'))
    const commit = text(member(override, 'commit')) ?? text(member(repo, 'commit'))
    const path = workTree(key, repo, url, root, workDir)
    const present = isDirectory(path)
    const bare =
      referenceDir !== undefined && url !== undefined ? join(resolve(referenceDir), qualifiedName(url)) : ''
    return {
      key,
      url,
      commit,
      branch:
        text(member(override, 'branch')) ?? text(member(repo, 'branch')) ?? text(member(defaults, 'branch')),
      path,
      present,
      reference: bare !== '' && isDirectory(bare) ? bare : undefined,
      layers: layersOf(repo, path),
      findings: present && url !== undefined ? otherCommit(key, path, commit) : []
    }
  })
}

function workTree(
  key: string,
  repo: KasValue,
  url: string | undefined,
  root: string,
  workDir: string
): string {
  const path = text(member(repo, 'path'))
  if (path !== undefined) return isAbsolute(path) ? path : join(workDir, path)
  if (url === undefined) return gitTop(root) ?? root
  return join(workDir, text(member(repo, 'name')) ?? key)
}

const disabled: readonly KasValue[] = ['disabled', 'excluded', 'n', 'no', '0', 'false', 0, false]

function layersOf(repo: KasValue, path: string): string[] {
  const layers = member(repo, 'layers')
  if (!isMapping(layers) || Object.keys(layers).length === 0) return [path]
  return Object.entries(layers)
    .filter(([, use]) => !disabled.includes(use))
    .map(([layer]) => join(path, layer))
}

function otherCommit(key: string, path: string, commit: string | undefined): Finding[] {
  const head = headCommit(path)
  if (commit === undefined || head === undefined || head === commit) return []
  return [
    {
      code: 'KAS_OTHER_COMMIT',
      severity: 'warning',
      message: `repo '${key}' is checked out at ${head.slice(0, 12)}, the configuration says ${commit.slice(0, 12)}`,
      path,
      hint: 'Run `kas checkout` with the same chain.'
    }
  ]
}

function text(value: KasValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
