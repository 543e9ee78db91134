import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { HardenError } from '../base/errors.ts'
import { runOk, type Exec } from '../base/exec.ts'

/** What the engine must know of the root file system it just made. */
export interface RootTarFacts {
  /** Member names of the newest kernel and its initrd. */
  kernel: string
  initrd: string
  /** Bytes of an ext4 that holds the tree with room for logs. */
  ext4Size: number
}

const mebibyte = 1024 * 1024
/** Room for logs, the AIDE database and one update of packages. */
const slack = 256 * mebibyte

/** Reads the listing of the tar once. @throws HardenError `NO_KERNEL` (build). */
export async function inspectRootTar(tar: string, exec: Exec): Promise<RootTarFacts> {
  const listing = await runOk(exec, 'build', 'tar', ['--list', '--verbose', '--numeric-owner', '--file', tar])
  let blocks = 0
  let count = 0
  const kernels: string[] = []
  const initrds: string[] = []
  for (const line of listing.stdout.toString('utf8').split('\n')) {
    const match = /^([-a-z])\S+ +\d+\/\d+ +(\d+|\d+,\d+) \S+ \S+ (.*)$/.exec(line)
    if (!match) continue
    count += 1
    if (match[1] !== '-') {
      blocks += 1
      continue
    }
    blocks += Math.ceil(Number(match[2]) / 4096)
    if (/^\.\/boot\/vmlinuz-/.test(match[3]!)) kernels.push(match[3]!)
    if (/^\.\/boot\/initrd\.img-/.test(match[3]!)) initrds.push(match[3]!)
  }
  const kernel = kernels.sort().at(-1)
  const initrd = initrds.sort().at(-1)
  if (!kernel || !initrd) {
    throw new HardenError('build', 'NO_KERNEL', 'The root file system holds no kernel or no initrd in /boot.', {
      hint: 'Set KERNEL_NAME to the flavour of a linux-image package: KERNEL_NAME = "amd64".'
    })
  }
  const content = blocks * 4096 * 1.06 + count * 320
  return { kernel, initrd, ext4Size: Math.ceil((content + slack) / mebibyte) * mebibyte }
}

/** Copies one member of the tar to a file. */
export async function extractMember(tar: string, member: string, output: string, exec: Exec): Promise<void> {
  const child = exec.stream('tar', ['--extract', '--to-stdout', '--file', tar, member])
  await pipeline(child.stdout, createWriteStream(output))
  const done = await child.done
  if (done.exitCode !== 0) throw new HardenError('build', 'TOOL_FAILED', `tar can't read ${member}: ${done.stderr}`)
}

/** One small text member of the tar. */
export async function readMember(tar: string, member: string, exec: Exec): Promise<string> {
  const done = await runOk(exec, 'build', 'tar', ['--extract', '--to-stdout', '--file', tar, member])
  return done.stdout.toString('utf8')
}
