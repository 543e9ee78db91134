import { spawnSync } from 'node:child_process'
import { truncateSync, writeFileSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../temporary.ts'
import { recipes } from './site-source.ts'

const script = join(recipes, 'kas-harden-settings/files/root/usr/sbin/kas-harden-erase')
const size = 8 * 1024 * 1024

function run(file: string, ...args: string[]) {
  const done = spawnSync(file, args, { encoding: 'utf8' })
  return { code: done.status ?? -1, output: `${done.stdout}${done.stderr}`.trim() }
}

it('a whole device is overwritten and read back, unless somebody uses it', (context) => {
  const missing = ['losetup', 'cryptsetup', 'blkdiscard', 'mkfs.ext4'].filter((tool) => run('sh', '-c', `command -v ${tool}`).code !== 0)
  if (missing.length > 0) context.skip(`this machine has no ${missing.join(', ')}`)
  const directory = temporaryDirectory()
  const disk = join(directory, 'disk')
  writeFileSync(disk, 'confidential '.repeat(1000))
  truncateSync(disk, size)
  const attached = run('losetup', '--find', '--show', disk)
  if (attached.code !== 0) context.skip(`no loop device: ${attached.output}`)
  const device = attached.output
  try {
    run('mkfs.ext4', '-q', device)
    const mounted = run('mount', device, directory)
    if (mounted.code === 0) {
      expect(run('sh', script, 'device', '--confirm', hostname(), device)).toMatchObject({
        code: 1,
        output: expect.stringContaining('is in use') as string
      })
      run('umount', device)
    }
    const { code, output } = run('sh', script, 'device', '--confirm', hostname(), device)
    expect(output).toContain(`all ${size} bytes read back (verified)`)
    expect(code).toBe(0)
    run('losetup', '--detach', device)
    expect(readFileSync(disk).every((byte) => byte === 0)).toBe(true)
  } finally {
    run('losetup', '--detach', device)
  }
})
