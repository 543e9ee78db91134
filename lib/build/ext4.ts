import { chmod, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HardenError } from '../base/errors.ts'
import { runOk, type Exec } from '../base/exec.ts'
import type { PrivilegedRun } from './mmdebstrap.ts'

/** How the file system is made. */
export interface Ext4Options {
  /** Bytes, a multiple of 4096. */
  size: number
  uuid: string
  hashSeed: string
  label: string
  /** Seconds since the epoch; every time stamp but mtime gets it. */
  epoch: number
}

/** Inodes in use, from the free ranges that dumpe2fs lists per group. */
function usedInodes(dump: string): number[] {
  const total = Number(/^Inode count:\s+(\d+)$/m.exec(dump)?.[1])
  if (!Number.isInteger(total))
    throw new HardenError('build', 'EXT4_UNREADABLE', 'dumpe2fs shows no inode count')
  const free = new Uint8Array(total + 1)
  for (const match of dump.matchAll(/^ {2}Free inodes: (.*)$/gm)) {
    for (const range of match[1]!.split(', ').filter((part) => part.trim() !== '')) {
      const [first, last] = range.split('-').map(Number)
      free.fill(1, first, (last ?? first!) + 1)
    }
  }
  const used: number[] = []
  for (let inode = 1; inode <= total; inode++) if (free[inode] === 0) used.push(inode)
  return used
}

/**
 * Makes an ext4 file system from a tree, the same bytes for the same tree.
 *
 * mke2fs before 1.47.1 copies access and change times from the tree and stamps
 * nanoseconds, so one debugfs pass sets the times of every inode in use.
 * mtime stays: it comes from the packages.
 */
export async function makeExt4(
  tree: string,
  output: string,
  options: Ext4Options,
  scratch: string,
  exec: Exec,
  privileged: PrivilegedRun
): Promise<void> {
  const env = { E2FSPROGS_FAKE_TIME: String(options.epoch), SOURCE_DATE_EPOCH: String(options.epoch) }
  // Made by us and writable by all, so that mke2fs in the user namespace and debugfs outside can both write it.
  await writeFile(output, '')
  await chmod(output, 0o666)
  await privileged(
    'mke2fs',
    [
      ...['-q', '-t', 'ext4', '-d', tree, '-L', options.label, '-U', options.uuid, '-m', '1', '-b', '4096'],
      ...['-E', `hash_seed=${options.hashSeed},lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0`],
      ...[output, `${options.size / 1024}k`]
    ],
    env
  )
  const dump = await runOk(exec, 'build', 'dumpe2fs', [output])
  const commands: string[] = []
  for (const inode of usedInodes(dump.stdout.toString())) {
    for (const field of ['atime', 'ctime', 'crtime'])
      commands.push(`sif <${inode}> ${field} @${options.epoch}`)
    for (const field of ['atime_extra', 'ctime_extra', 'crtime_extra', 'mtime_extra']) {
      commands.push(`sif <${inode}> ${field} 0`)
    }
  }
  const script = join(scratch, 'inode-times')
  await writeFile(script, commands.join('\n') + '\n')
  await runOk(exec, 'build', 'debugfs', ['-w', '-f', script, output], { env, maxBuffer: 1 << 30 })
  await chmod(output, 0o644)
  const checked = await exec.run('e2fsck', ['-f', '-n', output], { env })
  if (checked.exitCode !== 0) {
    throw new HardenError(
      'build',
      'EXT4_INCONSISTENT',
      `e2fsck finds faults in the new file system:\n${checked.stdout.toString().slice(-2000)}`
    )
  }
  if ((await stat(output)).size !== options.size) {
    throw new HardenError('build', 'EXT4_SIZE', `${output} has not the size it was made with`)
  }
}
