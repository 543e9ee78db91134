import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Io } from '../../base/io.ts'
import { ask } from './container.ts'
import { mountsBelow } from './leftovers.ts'

/** Where schroot(1) keeps what it knows. */
const sessionDirectory = '/var/lib/schroot/session'
const configDirectory = '/etc/schroot'

/** A task that dies with its build may hold its tree a moment longer; so often it is asked again, in milliseconds. */
const pauses = [0, 500, 2000]

/**
 * Takes away what isar leaves on the machine when a build of it without a container is ended from outside: schroot
 * sessions and their configuration (isar, meta/classes-recipe/sbuild.bbclass), and what it mounted into the trees of
 * images. isar's own way at the end of a build (isar-events.bbclass, `build_completed`), which an interrupt cuts off.
 * Touches nothing that is not below the build directory's `tmp`.
 * @returns what is still mounted, the deepest first.
 */
export async function clearIsarLeftovers(buildDir: string, io: Pick<Io, 'exec' | 'uid'>): Promise<string[]> {
  // The run's own interrupt must not stop this.
  const { signal } = new AbortController()
  const asRoot = (...command: string[]) =>
    ask(io, io.uid === 0 ? command : ['sudo', '-n', ...command], signal)

  for (const name of await chrootsOf(sessionDirectory, buildDir)) {
    await asRoot('schroot', '--end-session', '--force', '--chroot', `session:${name}`)
  }
  const work = join(buildDir, 'tmp')
  for (const pause of pauses) {
    if (pause > 0) await sleep(pause)
    for (const point of await mountsBelow(work)) await asRoot('umount', point)
    if ((await mountsBelow(work)).length === 0) break
  }
  // isar mounts everything private, so that this takes nothing away from the machine.
  for (const point of await mountsBelow(work)) await asRoot('umount', '--lazy', point)
  for (const name of await chrootsOf(join(configDirectory, 'chroot.d'), buildDir)) {
    await asRoot('rm', '-rf', join(configDirectory, 'chroot.d', name), join(configDirectory, name))
  }
  return mountsBelow(buildDir)
}

/** Names of schroot's files that isar made for this build directory: distribution, user, build and process. */
async function chrootsOf(directory: string, buildDir: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => [])
  const ours: string[] = []
  for (const name of names.filter((one) => /^[\w.+-]+-[0-9a-f-]{36}-\d+/.test(one))) {
    const text = await readFile(join(directory, name), 'utf8').catch(() => '')
    // Of a session it is a folder below.
    const overlay = /^union-overlay-directory=(.+)$/m.exec(text)?.[1] ?? ''
    if (`${overlay}/`.startsWith(`${join(buildDir, 'tmp', 'schroot-overlay')}/`)) ours.push(name)
  }
  return ours
}
