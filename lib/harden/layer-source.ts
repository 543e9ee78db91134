import { HardenError } from '../base/errors.ts'

/** Our layer in a git repository, as a kas file names it. */
export interface GitLayer {
  url: string
  /** The whole hash: kas takes no shorter one, and a branch would not say what is in the image. */
  commit: string
  /** Folder of the layer in the repository. */
  path: string
}

/** What a caller may say; the folder is `recipes` in our own repository. */
export interface GitLayerChoice {
  url?: string
  commit?: string
  path?: string
}

/**
 * The layer of a choice; undefined when nothing was chosen, which means a copy inside the project.
 * @throws HardenError usage `LAYER_SOURCE` for one without the other, and for what kas or git could misread.
 */
export function gitLayer(choice: GitLayerChoice | undefined): GitLayer | undefined {
  const { url, commit, path } = choice ?? {}
  if (url === undefined && commit === undefined && path === undefined) return undefined
  if (url === undefined || commit === undefined) {
    const missing = url === undefined ? 'a URL' : 'a commit'
    throw refused(`The layer has ${url === undefined ? 'no URL' : 'no commit'}.`, `Name ${missing} as well.`)
  }
  const problem = urlProblem(url)
  if (problem !== undefined) {
    const hint = 'Name https://…, ssh://…, git@host:… or file:///…, as in `repos` of a kas file.'
    throw refused(`The layer's URL ${JSON.stringify(url)} ${problem}.`, hint)
  }
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) {
    const message = `The layer's commit ${JSON.stringify(commit)} is no whole commit hash.`
    throw refused(message, 'Name all 40 digits: git rev-parse <tag>^{commit}')
  }
  const folder = path ?? 'recipes'
  if (!/^[\w][\w./-]*$/.test(folder) || folder.split('/').includes('..')) {
    const message = `The layer's path ${JSON.stringify(folder)} is no folder inside the repository.`
    throw refused(message, 'Name it relative to the top of the repository, such as recipes.')
  }
  return { url, commit, path: folder }
}

function urlProblem(url: string): string | undefined {
  if (!/^[\u0021-\u007e]+$/.test(url)) return 'has blanks or other characters a URL cannot have'
  if (url.startsWith('-')) return 'would be an option to git'
  // `ext::` and other helpers run programs
  if (/^(?:https?|ssh|git|file):\/\/./.test(url) || /^[\w.-]+@[\w.-]+:./.test(url)) return undefined
  return 'is none that git fetches from'
}

function refused(message: string, hint: string): HardenError {
  return new HardenError('usage', 'LAYER_SOURCE', message, { hint })
}

/** `conf/layer.conf` of the small layer that holds what is this project's own beside a layer from git. */
export const projectLayerConf = `# SPDX-License-Identifier: Apache-2.0
# Written by kas-harden apply: disk layouts of this project; the recipes come from a git repository.
BBPATH .= ":\${LAYERDIR}"

BBFILE_COLLECTIONS += "kas-harden-project"
BBFILE_PATTERN_kas-harden-project = ""
BBFILE_PRIORITY_kas-harden-project = "10"

LAYERSERIES_COMPAT_kas-harden-project = "v0.6 next"
LAYERDEPENDS_kas-harden-project = "core"
`
