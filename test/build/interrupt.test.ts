import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { packageRoot } from '../../lib/base/assets.ts'
import { plainProject, temporaryDirectory, writeProject } from '../temporary.ts'

const minutes = 60_000

/** Command lines of all processes whose environment holds `word`; that of their ancestors does not. */
function processesWith(word: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((id) => {
      try {
        const environment = readFileSync(`/proc/${id}/environ`, 'utf8').split('\0')
        return environment.includes(word)
          ? [readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ')]
          : []
      } catch {
        return [] // ended meanwhile
      }
    })
}

/** Starts a build with a cache of its own, waits until packages are being unpacked, and presses Ctrl-C. */
async function interruptBaseStage(where: string) {
  const cache = join(where, 'cache')
  const main = join(packageRoot(), 'dist/lib/cli/main.js')
  const child = spawn(process.execPath, [main, 'build', 'kas.yml', '--engine', 'mmdebstrap', '-o', join(where, 'out')], {
    cwd: join(where, 'project'),
    env: { ...process.env, CI: 'true', KAS_HARDEN_CACHE: cache, TMPDIR: join(where, 'tmp') },
    stdio: ['ignore', 'ignore', 'pipe']
  })
  const ended = once(child, 'exit') as Promise<[number | null]>
  const lines: string[] = []
  let pressed = false
  for await (const line of createInterface(child.stderr)) {
    lines.push(line)
    if (!line.includes('base system ...')) continue
    // The tree of the base stage: mmdebstrap has mounted what it needs once dpkg is at work in there.
    const busy = () =>
      processesWith(`KAS_HARDEN_CACHE=${cache}`).some((command) => /\bdpkg\b.*--configure/.test(command))
    while (!busy() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 100))
    pressed = child.kill('SIGINT')
  }
  const [code] = await ended
  return { code, lines, pressed, left: processesWith(`KAS_HARDEN_CACHE=${cache}`) }
}

/** Unmounts what is mounted below a directory and tells what that was; a test that cleans up must not go in there. */
function unmountBelow(directory: string): string[] {
  const points = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => point.startsWith(`${directory}/`))
  for (const point of points.toReversed()) execFileSync('umount', ['--lazy', point])
  return points
}

test('Ctrl-C while packages are installed leaves nothing behind', { timeout: 10 * minutes }, async () => {
  const where = temporaryDirectory()
  for (const name of ['project', 'tmp']) mkdirSync(join(where, name))
  writeProject(join(where, 'project'), plainProject)
  const { code, lines, pressed, left } = await interruptBaseStage(where)
  const mounted = unmountBelow(where)
  expect(pressed, lines.join('\n')).toBe(true)
  expect(code).toBe(130)
  expect(lines.at(-1)).toMatch(/interrupted.*\[INTERRUPTED\]$/)
  expect(left, 'processes').toEqual([])
  expect(mounted).toEqual([])
  expect(readdirSync(join(where, 'tmp'))).toEqual([])
  expect(readdirSync(join(where, 'cache'))).toEqual([])
  expect(existsSync(join(where, 'out'))).toBe(false)
})
