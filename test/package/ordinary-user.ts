import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it, type TestContext } from 'vitest'
import { smallWorld } from '../cli/small-world.ts'
import type { Stage } from './stage.ts'

interface Said {
  status: number | null
  stdout: string
  stderr: string
}

/**
 * The installed command for somebody with no rights (user 65534), in a path with spaces, and on a machine that has Node
 * and not one program of Debian's.
 */
export function ordinaryUserTests(stage: () => Stage): void {
  let project: string
  let bin: string
  let why: string | undefined

  beforeAll(() => {
    chmodSync(stage().directory, 0o755)
    project = join(stage().directory, 'a project of mine')
    bin = join(stage().directory, 'only node')
    mkdirSync(bin)
    symlinkSync(process.execPath, join(bin, 'node'))
  })

  /** A fresh project that belongs to the user; the test is skipped where there can be no other user. */
  function prepare(context: TestContext): void {
    execFileSync('rm', ['-rf', project])
    cpSync(smallWorldFor(), project, { recursive: true })
    if (process.getuid?.() === 0) execFileSync('chown', ['-R', '65534:65534', project])
    why ??=
      run(['--version'], '/usr/bin:/bin').status === 0 ? '' : `another user can't read the dependencies here`
    if (why !== '') context.skip(why)
  }

  function smallWorldFor(): string {
    const directory = smallWorld()
    execFileSync('tar', ['-cf', join(directory, 'rootfs.tar'), '-C', join(directory, 'rootfs'), '.'])
    execFileSync('mksquashfs', [
      join(directory, 'rootfs'),
      join(directory, 'image.squashfs'),
      '-quiet',
      '-no-progress'
    ])
    return directory
  }

  function run(argv: readonly string[], path = bin): Said {
    const main = join(stage().project, 'node_modules/kas-harden/dist/lib/cli/main.js')
    const command = ['env', '-i', `PATH=${path}`, `HOME=${project}`, process.execPath, main, ...argv]
    const user =
      process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
    const [file = '', ...args] = [...user, ...command]
    return spawnSync(file, args, { cwd: project, encoding: 'utf8' })
  }

  it('plans, applies and undoes', (context) => {
    prepare(context)
    expect(run(['plan', 'kas.yml'], '/usr/bin:/bin')).toMatchObject({ status: 0 })
    expect(run(['apply', 'kas.yml', '--in-place'], '/usr/bin:/bin')).toMatchObject({ status: 0 })
    expect(run(['apply', 'kas.yml', '--in-place', '--check'], '/usr/bin:/bin')).toMatchObject({ status: 0 })
    expect(run(['remove', 'kas.yml'], '/usr/bin:/bin')).toMatchObject({ status: 0 })
  })

  it('without any tool: a directory and a tar are described and verified', (context) => {
    prepare(context)
    for (const image of ['rootfs', 'rootfs.tar']) {
      const sbom = run(['sbom', image])
      expect(sbom, sbom.stderr).toMatchObject({ status: 0 })
      expect(JSON.parse(sbom.stdout)).toMatchObject({ bomFormat: 'CycloneDX' })
      const verified = run(['verify', image, '--json'])
      expect(verified, verified.stderr).toMatchObject({ status: 1 })
      expect(JSON.parse(verified.stdout)).toMatchObject({ target: { securityLevel: 2 } })
    }
  })

  it('without any tool: what needs one names its package, and doctor names them all', (context) => {
    prepare(context)
    const squashfs = run(['verify', 'image.squashfs'])
    expect(squashfs.stderr).toContain('apt-get install squashfs-tools')
    expect(squashfs).toMatchObject({ status: 3, stdout: '' })
    const doctor = run(['doctor'])
    expect(doctor.status).toBe(3)
    for (const name of ['kas', 'docker', 'podman', 'mmdebstrap']) expect(doctor.stdout).toContain(name)
    expect(doctor.stdout).toContain('apt-get install')
  })
}
