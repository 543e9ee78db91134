import { member } from '../yaml.ts'
import type { LintRule } from './rule.ts'

/** Repositories that may be another one tomorrow. */
export const unpinnedRepo: LintRule = {
  code: 'LINT_UNPINNED_REPO',
  title: 'Repository without a commit',
  severity: 'warning',
  requirement: ['CCSC 4'],
  why: 'The same kas files build something else tomorrow, and whoever owns the branch decides what.',
  fix: 'Run `kas lock` with this chain and keep the lock file, or write the commit.',
  find: ({ project }) =>
    project.repos
      .filter((repo) => repo.url !== undefined && !/^[0-9a-f]{40,64}$/.test(repo.commit ?? ''))
      .map((repo) => {
        const tag = member(member(member(project.config, 'repos'), repo.key), 'tag')
        const named = typeof tag === 'string' ? `the tag ${tag}` : repo.branch && `the branch ${repo.branch}`
        return {
          message: `repo '${repo.key}' follows ${named ?? 'whatever the server gives'}`,
          at: project.placeOf(['repos', repo.key]) ?? { path: project.chainFiles[0] ?? 'kas', line: 1 }
        }
      })
}
