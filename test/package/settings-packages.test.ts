import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../temporary.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Files of a prebuilt set by path, with their bytes. */
function setOf(directory: string): Record<string, string> {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.deb$|SUMS$/.test(path)
  )
  return Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(directory, path), 'base64')]))
}

it(
  'the prebuilt settings packages are the same bytes when they are built again',
  { timeout: 20 * 60_000 },
  () => {
    // The second build shares the tree of Debian packages with the first and nothing else.
    const directory = temporaryDirectory()
    const build = (name: string): Record<string, string> => {
      const output = join(directory, name)
      const script = join(root, 'scripts/build-settings-packages.mjs')
      const cache =
        process.env['KAS_HARDEN_CACHE'] ??
        `${process.env['XDG_CACHE_HOME'] ?? `${process.env['HOME'] ?? ''}/.cache`}/kas-harden`
      execFileSync('sh', [
        '-c',
        'mkdir "$1" && cp -l "$2"/toolchain-* "$1" 2>/dev/null || true',
        'sh',
        join(directory, `${name}-cache`),
        cache
      ])
      execFileSync(process.execPath, [script, '--output', output, 'bookworm'], {
        stdio: 'pipe',
        env: { ...process.env, KAS_HARDEN_CACHE: join(directory, `${name}-cache`) }
      })
      execFileSync('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: output })
      return setOf(output)
    }
    const first = build('first')
    expect(build('second')).toEqual(first)
    expect(Object.keys(first)).toContain('bookworm/kas-harden-audit_1.0_all.deb')
    expect(Object.keys(first).filter((path) => path.includes('kas-harden-site'))).toEqual([])
  }
)
