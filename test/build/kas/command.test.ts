import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { engineNamed } from '../../../lib/build/kas/engine-name.ts'
import { hostPathIn } from '../../../lib/build/kas/host-path.ts'
import { kasCommand } from '../../../lib/build/kas/command.ts'

const io = { env: {} as Record<string, string>, cwd: '/home/me/product' }
const workDir = '/cache/work'

describe('the command of kas', () => {
  it('hands targets, task, provenance and everything behind -- on, in the order kas takes them', () => {
    const { file, args, cwd } = kasCommand(
      {
        engine: 'kas',
        verb: 'build',
        workDir,
        targets: ['mc:qemuamd64-bookworm:isar-image-base', 'other-image'],
        task: 'rootfs',
        provenance: 'mode=max',
        bitbakeArgs: ['-n', '-k', 'a b']
      },
      io
    )
    expect([file, ...args].join('|')).toBe(
      'kas|build|--target|mc:qemuamd64-bookworm:isar-image-base|--target|other-image|--task|rootfs|--provenance|mode=max|--|-n|-k|a b'
    )
    expect(cwd).toBe(workDir)
  })

  it('names the container and tells kas-container which engine answers', () => {
    const command = kasCommand(
      {
        engine: 'kas-container',
        verb: 'build',
        workDir,
        container: { runtime: 'podman', name: 'kas-harden-1' },
        runtimeArgs: '--network host',
        mode: 'isar-privileged'
      },
      io
    )
    expect(command.args).toEqual(['--isar-privileged', '--runtime-args', '--name kas-harden-1 --network host', 'build'])
    expect(command.env).toEqual({ KAS_WORK_DIR: workDir, KAS_CONTAINER_ENGINE: 'podman' })
  })

  it('makes folders of the environment absolute, because kas runs elsewhere', () => {
    const env = { DL_DIR: 'dl', SSTATE_DIR: '/sst', KAS_REPO_REF_DIR: '../ref' }
    const command = kasCommand({ engine: 'kas', verb: 'build', workDir, machine: 'qemuarm64' }, { ...io, env })
    expect(command.env).toEqual({
      DL_DIR: '/home/me/product/dl',
      KAS_REPO_REF_DIR: '/home/me/ref',
      KAS_WORK_DIR: workDir,
      KAS_MACHINE: 'qemuarm64'
    })
  })

  it('can be pasted: a shell gives the program the very same words', () => {
    const words = ['-n', "it's", 'a  b', '$HOME', '*', '']
    const { shell } = kasCommand({ engine: 'kas', verb: 'build', workDir: '/tmp', bitbakeArgs: words }, io)
    const pasted = shell.replace(' kas build', ` printf '%s\\n'`)
    expect(execFileSync('sh', ['-c', pasted], { encoding: 'utf8' })).toBe(`--\n${words.join('\n')}\n`)
  })

  it('refuses paths with blanks for kas-container and says what to do', () => {
    const container = { runtime: 'podman', name: 'x' } as const
    const request = { verb: 'build', workDir: '/home/me/my work', container } as const
    expect(() => kasCommand({ ...request, engine: 'kas-container' }, io)).toThrow(/my work.*kas-container/)
    expect(kasCommand({ ...request, engine: 'kas' }, io).shell).toContain(`cd '/home/me/my work' &&`)
  })
})

describe('names of engines', () => {
  it('understands the former name of kas-container', () => {
    expect(engineNamed('kas-docker')).toBe('kas-container')
    expect(() => engineNamed('yocto')).toThrow(/yocto/)
    expect(() => engineNamed('constructor')).toThrow(/constructor/)
  })
})

describe('paths of a container', () => {
  it('are found on this machine', () => {
    const host = hostPathIn({ workDir: '/w', root: '/p', env: { DL_DIR: '/dl' } })
    expect(['/work/build/tmp', '/repo/kas.yml', '/repo', '/downloads/x', '/sstate/x', '/workshop'].map(host)).toEqual([
      '/w/build/tmp',
      '/p/kas.yml',
      '/p',
      '/dl/x',
      '/sstate/x',
      '/workshop'
    ])
  })
})
