import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { clearIsarLeftovers } from '../../../lib/build/kas/isar-leftovers.ts'
import { mountsBelow } from '../../../lib/build/kas/leftovers.ts'
import { collectingIo } from '../../run-cli.ts'
import { temporaryDirectory } from '../../temporary.ts'

/** As isar's rootfs_do_mounts does it. */
function mounted(point: string): boolean {
  mkdirSync(point, { recursive: true })
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', point]).status === 0
}

it('what an ended build mounted into its trees is taken away, and nothing beside them', async (context) => {
  const directory = temporaryDirectory()
  const tree = join(directory, 'build', 'tmp', 'work', 'debian-bookworm-amd64', 'image', '1.0-r0', 'rootfs')
  // Another build directory whose name begins alike.
  const other = join(directory, 'build-2', 'tmp')
  if (![join(tree, 'dev'), join(tree, 'dev', 'shm'), other].every(mounted)) {
    context.skip('mounting needs root')
  }
  try {
    const { io } = collectingIo(directory)
    expect(await clearIsarLeftovers(join(directory, 'build'), io)).toEqual([])
    expect(await mountsBelow(directory)).toEqual([other])
  } finally {
    spawnSync('umount', [other])
  }
})
