import { overlayKeyPrefix } from '../overlay.ts'
import { isMapping, member } from '../yaml.ts'
import type { LintRule } from './rule.ts'

/** A header key that is ours. */
export const headerKeyCollision: LintRule = {
  code: 'LINT_HEADER_KEY',
  title: 'A key of local_conf_header that is ours',
  severity: 'error',
  requirement: ['CR 7.6'],
  why: 'kas keeps one block per key: one of the two is dropped without a word.',
  fix: `Choose a key that does not start with ${overlayKeyPrefix}.`,
  find: ({ project }) =>
    project.files
      .filter((file) => !/\/kas-harden\/[^/]+\.ya?ml$|\/kas-overlays\//.test(file.path))
      .flatMap((file) => {
        const blocks = member(file.content, 'local_conf_header')
        if (!isMapping(blocks)) return []
        return Object.keys(blocks)
          .filter((key) => key.startsWith(overlayKeyPrefix))
          .map((key) => ({
            message: `the key ${key} belongs to an overlay of kas-harden`,
            at: { path: file.path, line: file.document.locate(['local_conf_header', key])?.line ?? 1 }
          }))
      })
}
