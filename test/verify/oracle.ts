import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const env = { ...process.env, LC_ALL: 'C.UTF-8', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` }

/** What a real program prints; its errors come with the exception. */
export function output(
  file: string,
  args: readonly string[],
  input?: string,
  more: Record<string, string> = {}
): string {
  return execFileSync(file, args, {
    encoding: 'utf8',
    input,
    env: { ...env, ...more },
    stdio: ['pipe', 'pipe', 'pipe']
  })
}

/** Writes files (text, or `{ link }`) below a fresh directory and removes it afterwards. */
export function inDirectory<T>(
  files: (directory: string) => Readonly<Record<string, string | { link: string }>>,
  work: (directory: string) => T
): T {
  const directory = mkdtempSync(join(tmpdir(), 'kas-harden-verify-'))
  try {
    for (const [path, content] of Object.entries(files(directory))) {
      const target = join(directory, path)
      mkdirSync(dirname(target), { recursive: true })
      if (typeof content === 'string') writeFileSync(target, content)
      else symlinkSync(content.link, target)
    }
    return work(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
