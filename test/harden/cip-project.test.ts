import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readKasProject } from '../../lib/kas/project.ts'
import { kas } from '../kas/project-tree.ts'
import { cipLayer } from '../recipes/cip-debs.ts'
import { runCli } from '../run-cli.ts'
import { plainProject, temporaryDirectory, writeProject } from '../temporary.ts'

const offline = [
  ...['repo_setup_loop', 'finish_setup_repos', 'repos_checkout'],
  ...['repos_apply_patches', 'setup_environ', 'write_bbconfig']
].flatMap((step) => ['--skip', step])

describe("the real isar-cip-core's security chain", () => {
  it('takes our overlay: kas reads what we read, and remove gives it back', async (context) => {
    const { path, real } = cipLayer()
    if (!real) return context.skip('KAS_HARDEN_TEST_CIP names no clone')
    const root = join(temporaryDirectory(), 'cip')
    cpSync(path, root, { recursive: true })
    writeProject(root, { 'kas-harden.yml': plainProject['kas-harden.yml'] })
    const env = { KAS_WORK_DIR: temporaryDirectory() }
    const chain = 'kas-cip.yml:kas/board/qemu-amd64.yml:kas/opt/security.yml'
    const applied = await runCli(root, ['apply', chain, '--sl', '3'], env)
    expect(applied.code, applied.stderr).toBe(0)
    const hardened = applied.stdout.trim()
    const dumped = JSON.parse(kas(root, ['dump', ...offline, '--format', 'json', hardened], env)) as unknown
    expect((await readKasProject(hardened, { cwd: root, env })).config).toEqual(dumped)
    expect((await runCli(root, ['remove', chain], env)).code).toBe(0)
    const plain = JSON.parse(kas(root, ['dump', ...offline, '--format', 'json', chain], env)) as unknown
    expect((await readKasProject(chain, { cwd: root, env })).config).toEqual(plain)
  })
})
