import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { defaultWorkDir, workConfigText, writeWorkConfig } from '../../../lib/build/kas/work-dir.ts'
import { readKasProject } from '../../../lib/kas/project.ts'
import { parseYaml } from '../../../lib/kas/yaml.ts'
import { temporaryDirectory, writeProject } from '../../temporary.ts'

const overlay = {
  path: 'kas-harden/harden.yml',
  text: `header:
  version: 14
repos:
  kas-harden:
    layers:
      kas-harden/layer:
local_conf_header:
  zz-kas-harden-settings: |
    IMAGE_INSTALL:append = " kas-harden-ssh"
`
}

const product = {
  'kas/base.yml': `header: {version: 18}
build_system: isar-privileged
machine: qemuamd64
distro: debian-bookworm
target: isar-image-base
repos:
  product:
    layers: {meta-product: }
  local:
    path: checkout
local_conf_header:
  product: |
    HOSTNAME = "gateway"
`,
  'kas/opt.yml': 'header: {version: 14, includes: [kas/base.yml]}\nlocal_conf_header: {a: "B = \\"1\\"\\n"}\n',
  'meta-product/conf/layer.conf': '',
  'checkout/README': ''
}

async function input(engine: 'kas' | 'kas-container') {
  const root = writeProject(join(temporaryDirectory(), 'product'), product)
  const io = { cwd: root, env: {} }
  const project = await readKasProject('kas/opt.yml', io)
  return { directory: join(root, '..', 'work'), project, userWorkDir: root, overlay, engine }
}

describe('the generated work directory', () => {
  it('is the same for both engines but for where the project lies', async () => {
    const native = await input('kas')
    const text = workConfigText(native)
    const container = workConfigText({ ...native, engine: 'kas-container' })
    const different = (one: string, other: string) => one.split('\n').filter((line) => !other.includes(line))
    expect(different(container, text)).toEqual(['_source_dir: /repo', '    path: /repo/checkout'])
    // kas-container greps for these at the start of a line.
    expect(container).toMatch(/^build_system: isar-privileged$/m)
    expect(container).toContain(`\n_source_dir_host: ${native.project.root}\n`)
  })

  it('includes the chain, in the newest format of its files, and puts our layer below the work directory', async () => {
    const { value } = parseYaml(workConfigText(await input('kas')), 'x.yml')
    expect(value).toMatchObject({
      header: { version: 18, includes: ['kas/opt.yml'] },
      repos: { 'kas-harden': { path: 'kas-harden', layers: { layer: null } } },
      local_conf_header: { 'zz-kas-harden-settings': 'IMAGE_INSTALL:append = " kas-harden-ssh"\n' }
    })
  })

  it('is one per project below the cache directory of the user', () => {
    const io = { env: { XDG_CACHE_HOME: '/cache' }, cwd: '/' }
    expect(defaultWorkDir('/a', io)).toMatch(/^\/cache\/kas-harden\/work\/[0-9a-f]{16}$/)
    expect(defaultWorkDir('/a', io)).not.toBe(defaultWorkDir('/b', io))
    expect(defaultWorkDir('/a', { env: { HOME: '/home/me' }, cwd: '/' })).toMatch(/^\/home\/me\/\.cache\//)
  })

  it("never replaces the project's own .config.yaml", async () => {
    const native = await input('kas')
    expect(() => workConfigText({ ...native, directory: native.project.root })).toThrow(/own work directory/)
  })

  it('refuses a project with blanks in its path for kas-container only', async () => {
    const native = await input('kas')
    const project = { ...native.project, root: '/home/me/my product' }
    expect(() => workConfigText({ ...native, project, engine: 'kas-container' })).toThrow(/my product/)
  })
})

describe('the same directory, read by the real kas', () => {
  let reason: string | undefined
  beforeAll(() => {
    if (spawnSync('kas', ['--version']).error) reason = 'kas is not installed'
  })

  it('holds the project and our blocks, and the repository stays as it was', async (context) => {
    if (reason) context.skip(reason)
    const native = await input('kas')
    const { directory, project } = native
    execFileSync('git', ['-C', project.root, 'add', '-A'])
    await writeWorkConfig(native)
    const dumped = execFileSync('kas', ['dump', '--format', 'json'], {
      cwd: directory,
      env: { ...process.env, KAS_WORK_DIR: directory },
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'utf8'
    })
    const config = JSON.parse(dumped) as { local_conf_header: Record<string, string>; machine: string }
    expect(Object.keys(config.local_conf_header).sort()).toEqual(['a', 'product', 'zz-kas-harden-settings'])
    expect(config.machine).toBe('qemuamd64')
    const status = execFileSync('git', ['-C', project.root, 'status', '--porcelain'], { encoding: 'utf8' })
    expect(status.split('\n').filter((line) => !line.startsWith('A ') && line !== '')).toEqual([])
    expect(existsSync(join(project.root, 'build'))).toBe(false)
    expect(readFileSync(join(directory, '.config.yaml'), 'utf8')).toContain('zz-kas-harden-settings')
  })
})
