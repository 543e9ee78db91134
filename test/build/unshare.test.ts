import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Exec } from '../../lib/base/exec.ts'
import type { Io } from '../../lib/base/io.ts'
import { openMmdebstrap } from '../../lib/build/mmdebstrap.ts'
import { silent } from '../../lib/build/progress.ts'
import { collectingIo } from '../run-cli.ts'
import { temporaryDirectory } from '../temporary.ts'

/** The world of an ordinary user: every program runs as nobody, who has no range of sub-uids. */
function nobody(env: Record<string, string> = {}): Io {
  const { io } = collectingIo('/', env)
  const drop = ['--reuid=65534', '--regid=65534', '--clear-groups', '--']
  const exec: Exec = {
    run: (file, args, options) => io.exec.run('/usr/bin/setpriv', [...drop, file, ...args], options),
    stream: (file, args, options) => io.exec.stream('/usr/bin/setpriv', [...drop, file, ...args], options)
  }
  return { ...io, exec, uid: 65_534 }
}

describe('an ordinary user who can not build', () => {
  test('for want of sub-uids is told to get a range', async () => {
    await expect(openMmdebstrap(nobody(), silent)).rejects.toMatchObject({
      kind: 'environment',
      code: 'UNSHARE_IMPOSSIBLE',
      hint: expect.stringContaining('--add-subuids') as string
    })
  })

  test('for want of uidmap is told to install it', async () => {
    // Everything of /usr/bin but the two programs of Debian's uidmap, and a range, so that nothing else is missing.
    const directory = temporaryDirectory()
    chmodSync(directory, 0o755)
    const bin = join(directory, 'bin')
    mkdirSync(bin)
    for (const name of readdirSync('/usr/bin')) {
      if (!/^new[ug]idmap$/.test(name)) symlinkSync(join('/usr/bin', name), join(bin, name))
    }
    const range = join(directory, 'subuid')
    writeFileSync(range, `${readFileSync('/etc/subuid', 'utf8')}nobody:165536:65536\n`)
    const io = nobody({ PATH: bin })
    const mount = 'mount --bind "$1" /etc/subuid && mount --bind "$1" /etc/subgid && shift && exec "$@"'
    const exec: Exec = {
      ...io.exec,
      run: (file, args, options) =>
        collectingIo('/', { PATH: bin }).io.exec.run(
          'unshare',
          [
            '--mount',
            'sh',
            '-c',
            mount,
            'sh',
            range,
            'setpriv',
            '--reuid=65534',
            '--regid=65534',
            '--clear-groups',
            '--',
            file,
            ...args
          ],
          options
        )
    }
    await expect(openMmdebstrap({ ...io, exec }, silent)).rejects.toMatchObject({
      kind: 'environment',
      code: 'UNSHARE_IMPOSSIBLE',
      hint: 'Install uidmap: apt-get install uidmap'
    })
  })
})

describe('the scratch directory', () => {
  const parentOf = async (env: Record<string, string>): Promise<string> => {
    const { io } = collectingIo('/', env)
    const mmdebstrap = await openMmdebstrap(io, silent)
    await mmdebstrap.dispose()
    expect(() => readdirSync(mmdebstrap.scratch)).toThrow('ENOENT')
    expect(() => readdirSync(mmdebstrap.trees)).toThrow('ENOENT')
    return mmdebstrap.scratch
  }

  test('lies in TMPDIR, blanks and all', async () => {
    const parent = join(temporaryDirectory(), "it's my dir")
    mkdirSync(parent)
    expect(await parentOf({ TMPDIR: parent })).toContain(`${parent}/kas-harden-build-`)
    expect(readdirSync(parent)).toEqual([])
  })

  test.each(['/nowhere/at/all', ''])('lies elsewhere when TMPDIR is %j', async (parent) => {
    expect(await parentOf({ TMPDIR: parent })).toMatch(/^\/(?:var\/)?tmp\/kas-harden-build-/)
  })

  test('lies nowhere when the TMPDIR somebody chose is full', async () => {
    // /proc has no room for anything.
    await expect(parentOf({ TMPDIR: '/proc' })).rejects.toMatchObject({
      kind: 'environment',
      code: 'DISK_FULL'
    })
  })

  test('lies elsewhere when TMPDIR holds what apt can not write', async () => {
    const parent = join(temporaryDirectory(), 'a"quote')
    mkdirSync(parent)
    expect(await parentOf({ TMPDIR: parent })).toMatch(/^\/(?:var\/)?tmp\/kas-harden-build-/)
  })
})
