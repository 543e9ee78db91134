import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Files by path; a path that ends with `/.git` makes a git work tree there. */
export type Tree = Readonly<Record<string, string>>

/** Writes a tree into a directory of its own that goes when the test is done. */
export function plantTree(tree: Tree): string {
  const root = mkdtempSync(join(tmpdir(), 'kas-harden-kas-'))
  onTestFinished(() => {
    rmSync(root, { recursive: true, force: true })
  })
  for (const [path, text] of Object.entries(tree)) {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    if (path.endsWith('.git')) git(dirname(file), 'init', '-q')
    else writeFileSync(file, text)
  }
  return root
}

/** Runs git in a work tree and gives its output. */
export function git(directory: string, ...args: string[]): string {
  const who = ['-c', 'user.name=T', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main']
  return execFileSync('git', [...who, ...args], { cwd: directory, encoding: 'utf8' }).trim()
}

/** Runs the real kas; throws with its log when it fails. */
export function kas(
  directory: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {}
): string {
  return execFileSync('kas', args, {
    cwd: directory,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: directory, LC_ALL: 'C.UTF-8', ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe']
  })
}
