import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** The isar the builds use: the stand-in, or a real clone named by KAS_HARDEN_TEST_ISAR. */
export interface Isar {
  real: boolean
  /** Directory for KAS_REPO_REF_DIR: kas takes the repository from there instead of the network. */
  references: string
  /** Commit by release; the real clone has one, that of its HEAD. */
  commits: { current: string; withOldLayout?: string }
}

/** A git that takes repositories of other users: clones are often made by root or by the build user. */
function git(...args: string[]): string {
  return execFileSync('git', ['-c', 'safe.directory=*', ...args], { encoding: 'utf8' }).trim()
}

/**
 * Provides isar below `directory`, as a bare clone under the name kas looks for when a project names
 * https://github.com/ilbers/isar.
 */
export function provideIsar(directory: string): Isar {
  const references = join(directory, 'references')
  const bare = join(references, 'github.com.ilbers.isar')
  mkdirSync(references, { recursive: true })
  const clone = process.env['KAS_HARDEN_TEST_ISAR'] ?? ''
  if (clone !== '') {
    git('clone', '-q', '--bare', '--no-hardlinks', clone, bare)
    return { real: true, references, commits: { current: git('-C', bare, 'rev-parse', 'HEAD') } }
  }
  const source = join(directory, 'stand-in')
  execFileSync(join(import.meta.dirname, '../../stand-ins/isar/make-repo'), [source])
  git('clone', '-q', '--bare', source, bare)
  const commitOf = (tag: string) => git('-C', bare, 'rev-parse', `${tag}^{commit}`)
  return { real: false, references, commits: { current: commitOf('v1.1'), withOldLayout: commitOf('v1.0') } }
}
