import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { gitLayer } from '../../lib/harden/layer-source.ts'
import { git, kas } from '../kas/project-tree.ts'
import { runCli } from '../run-cli.ts'
import { plainProject, temporaryDirectory, writeProject } from '../temporary.ts'

const recipes = fileURLToPath(new URL('../../recipes', import.meta.url))
const commit = 'a'.repeat(40)

/** A repository with our layer in `recipes/`, as our own has it. */
function layerRepository(): { url: string; commit: string } {
  const root = temporaryDirectory()
  cpSync(join(recipes, 'conf'), join(root, 'recipes/conf'), { recursive: true })
  git(root, 'init', '-q')
  git(root, 'add', '.')
  git(root, 'commit', '-qm', 'layer')
  return { url: `file://${root}`, commit: git(root, 'rev-parse', 'HEAD') }
}

/** kas without the steps that need isar. */
const withoutIsar = ['--skip', 'setup_environ', '--skip', 'write_bbconfig']

describe('our layer from a git repository', () => {
  it('is what kas checks out at the commit; nothing is copied, lint and remove know it', async () => {
    const project = writeProject(temporaryDirectory(), plainProject)
    const work = temporaryDirectory()
    const env = { KAS_WORK_DIR: work }
    const layer = layerRepository()
    await runCli(project, ['apply', 'kas.yml'])
    expect(existsSync(join(project, 'kas-harden/layer/conf/layer.conf'))).toBe(true)

    const options = ['--layer-url', layer.url, '--layer-commit', layer.commit]
    const applied = await runCli(project, ['apply', 'kas.yml', ...options], env)
    expect(applied.code, applied.stderr).toBe(0)
    expect(existsSync(join(project, 'kas-harden/layer/recipes-security'))).toBe(false)
    expect((await runCli(project, ['apply', 'kas.yml', '--check', ...options], env)).code).toBe(0)
    expect((await runCli(project, ['apply', 'kas.yml', '--check'], env)).code).toBe(1)

    const chain = applied.stdout.trim()
    kas(project, ['checkout', ...withoutIsar, chain], env)
    expect(git(join(work, 'kas-harden-layer'), 'rev-parse', 'HEAD')).toBe(layer.commit)
    expect(existsSync(join(work, 'kas-harden-layer/recipes/conf/layer.conf'))).toBe(true)
    const dump = JSON.parse(kas(project, ['dump', ...withoutIsar, '--format', 'json', chain], env)) as {
      repos: Record<string, unknown>
    }
    expect(dump.repos).toEqual({ 'kas-harden-layer': { ...layer, layers: { recipes: null } } })

    const lint = await runCli(project, ['lint', chain, '--json'], env)
    const { findings } = JSON.parse(lint.stdout) as { findings: { code: string; message: string }[] }
    expect(findings.filter(({ message }) => message.includes('kas-harden-layer'))).toEqual([])
    expect(findings.map(({ code }) => code)).not.toContain('LINT_UNPINNED_REPO')

    await runCli(project, ['remove', 'kas.yml'])
    expect(existsSync(join(project, 'kas-harden'))).toBe(false)
  })

  it('can stand in kas-harden.yml, and the command line wins', async () => {
    const config = `${plainProject['kas-harden.yml']}layer:\n  url: https://git.example/kas-harden\n  commit: ${commit}\n`
    const project = writeProject(temporaryDirectory(), { ...plainProject, 'kas-harden.yml': config })
    expect((await runCli(project, ['plan', 'kas.yml'])).stdout).toContain(
      `url: "https://git.example/kas-harden"`
    )
    const other = ['--layer-url', 'git@git.example:kas-harden', '--layer-commit', 'b'.repeat(40)]
    const { stdout } = await runCli(project, [
      'plan',
      'kas.yml',
      ...other,
      '--layer-path',
      'layers/hardening'
    ])
    expect(stdout).toContain(`commit: "${'b'.repeat(40)}"`)
    expect(stdout).toContain('layers/hardening:')
    writeFileSync(join(project, 'kas-harden.yml'), config.replace(commit, 'main'))
    const wrong = await runCli(project, ['plan', 'kas.yml'])
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('`layer.commit` must be a whole commit hash')
  })

  it('keeps disk layouts of the project in a layer of the project', async () => {
    const project = writeProject(temporaryDirectory(), {
      ...plainProject,
      'conf/layer.conf': 'BBPATH .= ":${LAYERDIR}"\nBBFILE_COLLECTIONS += "product"\n',
      'conf/distro/debian-bookworm.conf': 'BASE_DISTRO_CODENAME = "bookworm"\n',
      'conf/machine/qemuamd64.conf': 'DISTRO_ARCH ?= "amd64"\n',
      'recipes-core/images/isar-image-base.bb': 'inherit image\n',
      'scripts/lib/wic/plugins/source/bootimg-efi-isar.py': 'x = bootloader.append\n',
      'scripts/lib/wic/canned-wks/disk.wks':
        'part /boot --source bootimg-efi-isar\nbootloader --ptable gpt --append="quiet"\n',
      'kas.yml': `${plainProject['kas.yml']}    IMAGE_FSTYPES = "wic"\n    WKS_FILE = "disk.wks"\nrepos:\n  product:\n`
    })
    const options = ['--layer-url', 'file:///nowhere', '--layer-commit', commit]
    const plan = await runCli(project, ['plan', 'kas.yml', '--json', ...options])
    const { wks } = JSON.parse(plan.stdout) as { wks: { name: string }[] }
    const applied = await runCli(project, ['apply', 'kas.yml', ...options])
    expect(applied.code, applied.stderr).toBe(0)
    const overlay = readFileSync(join(project, 'kas-harden/harden.yml'), 'utf8')
    const conf = join(project, 'kas-harden/layer/conf/layer.conf')
    expect(wks, plan.stdout.slice(-3000)).toHaveLength(1)
    expect(readFileSync(conf, 'utf8')).toContain('BBFILE_COLLECTIONS += "kas-harden-project"')
    expect(overlay).toContain('      kas-harden/layer:')
    expect(existsSync(join(project, 'kas-harden/layer/wic', wks[0]!.name))).toBe(true)
  })

  it.each([
    [{ url: 'https://git.example/x' }, 'no commit'],
    [{ commit }, 'no URL'],
    [{ url: 'ext::sh -c id', commit }, 'blanks'],
    [{ url: 'ext::id', commit }, 'none that git fetches from'],
    [{ url: '--upload-pack=id', commit }, 'option to git'],
    [{ url: 'https://git.example/x', commit: 'main' }, 'no whole commit hash'],
    [{ url: 'https://git.example/x', commit, path: '../x' }, 'no folder inside']
  ])('is refused as %j', (choice, message) => {
    expect(() => gitLayer(choice)).toThrow(message)
  })
})
