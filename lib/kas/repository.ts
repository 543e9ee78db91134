import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** Whether a path exists and is a directory. */
export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/**
 * The top of the git work tree that holds `directory`, of the super-project when it is a submodule
 * (as kas: `git rev-parse --show-toplevel --show-superproject-working-tree`); undefined outside git.
 */
export function gitTop(directory: string): string | undefined {
  for (let current = resolve(directory); ; current = dirname(current)) {
    const entry = statSync(join(current, '.git'), { throwIfNoEntry: false })
    if (entry?.isDirectory()) return current
    if (entry?.isFile()) {
      // A submodule's .git is a file that points into .git/modules of the project above it.
      const submodule = /\/modules\//.test(readFileSync(join(current, '.git'), 'utf8'))
      return (submodule ? gitTop(dirname(current)) : undefined) ?? current
    }
    if (dirname(current) === current) return undefined
  }
}

/** The commit a work tree stands on, read from `.git/HEAD`; undefined when it cannot be told. */
export function headCommit(workTree: string): string | undefined {
  try {
    const head = readFileSync(join(workTree, '.git', 'HEAD'), 'utf8').trim()
    const reference = /^ref: (refs\/[^\s]+)$/.exec(head)?.[1]
    if (reference === undefined) return /^[0-9a-f]{40,64}$/.test(head) ? head : undefined
    const loose = join(workTree, '.git', reference)
    if (statSync(loose, { throwIfNoEntry: false })?.isFile()) return readFileSync(loose, 'utf8').trim()
    const packed = readFileSync(join(workTree, '.git', 'packed-refs'), 'utf8')
    return packed
      .split('\n')
      .find((line) => line.endsWith(` ${reference}`))
      ?.split(' ')[0]
  } catch {
    return undefined
  }
}

/** The directory kas makes for a bare clone in KAS_REPO_REF_DIR (kas: `Repo.qualified_name`). */
export function qualifiedName(url: string): string {
  const match = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)([^?#;]*)/i.exec(url)
  return (match ? `${match[1] ?? ''}${match[2] ?? ''}` : url).replaceAll(/[@:/*]/g, '.')
}
