import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runCli } from '../run-cli.ts'
import { plainProject, temporaryDirectory, writeProject } from '../temporary.ts'

const command = fileURLToPath(new URL('../../dist/lib/cli/main.js', import.meta.url))

/** Runs the built command in a process of its own; gives exit code and standard error. */
async function start(cwd: string, argv: readonly string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [command, ...argv], { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return new Promise((resolve) => {
    child.on('close', (code) => {
      resolve({ code, said })
    })
  })
}

/** Every file of a project but git's, with its text. */
function filesOf(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  const paths = entries.map((one) => join(one.parentPath, one.name).slice(root.length + 1))
  const ours = paths.filter((path) => !path.startsWith('.git/')).sort()
  return Object.fromEntries(ours.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

describe('two processes at once on one project', () => {
  it('leave it as one run does, with apply --in-place and with remove', async (context) => {
    if (!existsSync(command)) return context.skip('there is no dist/: npm run build')
    const alone = writeProject(temporaryDirectory(), plainProject)
    expect((await start(alone, ['apply', 'kas.yml', '--in-place'])).code).toBe(0)
    const project = writeProject(temporaryDirectory(), plainProject)
    const apply = ['apply', 'kas.yml', '--in-place']
    const applied = await Promise.all([1, 2, 3].map(() => start(project, apply)))
    expect(applied.filter(({ code }) => code !== 0)).toEqual([])
    expect(filesOf(project)).toEqual(filesOf(alone))
    expect((await runCli(project, ['plan', 'kas.yml'])).code).toBe(0)
    const removed = await Promise.all([1, 2].map(() => start(project, ['remove', 'kas.yml'])))
    expect(removed.filter(({ code }) => code !== 0)).toEqual([])
    expect(filesOf(project)).toEqual(plainProject)
  })
})
