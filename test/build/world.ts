import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream, readFileSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { pack } from 'tar-stream'
import { nodeExec } from '../../lib/base/exec.ts'
import { openMmdebstrap, type Mmdebstrap } from '../../lib/build/mmdebstrap.ts'
import { silent } from '../../lib/build/progress.ts'
import { collectingIo } from '../run-cli.ts'

/** Real programs, the environment of the test run. */
export const exec = nodeExec(process.env)

/** Runs a program that must succeed and gives its stdout. */
export function output(file: string, ...args: string[]): string {
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
  return execFileSync(file, args, {
    env: { ...process.env, PATH: path, LC_ALL: 'C.UTF-8' },
    stdio: 'pipe'
  }).toString()
}

/** SHA-256 of a file, for "the same bytes". */
export function sumOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

/** The engine's tools as they work for whoever runs the tests, for the time of `work`. */
export async function withMmdebstrap<T>(work: (mmdebstrap: Mmdebstrap) => Promise<T>): Promise<T> {
  const mmdebstrap = await openMmdebstrap(collectingIo(process.cwd()).io, silent)
  try {
    return await work(mmdebstrap)
  } finally {
    await mmdebstrap.dispose()
  }
}

/** A member of a tree. */
export interface Member {
  name: string
  type?: 'file' | 'directory' | 'symlink' | 'link'
  content?: string | Buffer
  linkname?: string
  mode?: number
  uid?: number
  gid?: number
  /** Seconds. */
  mtime?: number
  xattrs?: Readonly<Record<string, string>>
}

/** Writes members to a tar, in their order. */
export async function writeTar(path: string, members: readonly Member[]): Promise<void> {
  const stream = pack()
  const written = pipeline(stream, createWriteStream(path))
  for (const member of members) {
    const { name, type = 'file', content = '', linkname, mode = 0o644, uid = 0, gid = 0, mtime = 0 } = member
    const xattrs = Object.entries(member.xattrs ?? {}).map(([key, value]) => [`SCHILY.xattr.${key}`, value])
    const pax = xattrs.length > 0 ? (Object.fromEntries(xattrs) as Record<string, string>) : undefined
    const header = { name, type, linkname, mode, uid, gid, mtime: new Date(mtime * 1000), pax }
    stream.entry(header, content)
  }
  stream.finalize()
  await written
}
