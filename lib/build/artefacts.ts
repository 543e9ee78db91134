import { basename, join } from 'node:path'
import { runOk, type Exec } from '../base/exec.ts'
import { HardenError } from '../base/errors.ts'
import { fullName, type BuildRequest } from './request.ts'

/** Kinds of artefacts; `status` is dpkg's database, `record` says how the image was built. */
export type ArtefactName =
  'tar' | 'ext4' | 'wic' | 'bmap' | 'kernel' | 'initrd' | 'manifest' | 'status' | 'lock' | 'record'

/** What a build leaves: a path by kind. */
export type Artefacts = Readonly<Record<ArtefactName, string>>

/** Suffixes of the artefacts after isar's common name. */
const suffixes: Artefacts = {
  tar: '.tar.zst',
  ext4: '.ext4',
  wic: '.wic',
  bmap: '.wic.bmap',
  kernel: '-vmlinuz',
  initrd: '-initrd.img',
  manifest: '.manifest',
  status: '.dpkg_status',
  lock: '.lock.json',
  record: '.build.json'
}

/** Paths of all artefacts in an output directory, in isar's naming: `<image>-<distro>-<machine>.*`. */
export function artefactPaths(output: string, request: BuildRequest): Artefacts {
  const name = fullName(request)
  const entries = Object.entries(suffixes).map(([kind, suffix]) => [kind, join(output, name + suffix)])
  return Object.fromEntries(entries) as Artefacts
}

/** SHA-512 by path, computed beside our own work: sha512sum(1) takes a core of its own. */
export async function digestsOf(paths: readonly string[], exec: Exec): Promise<Map<string, string>> {
  // --zero: names come back as they are.
  const said = await runOk(exec, 'build', 'sha512sum', ['--zero', '--', ...paths])
  const lines = said.stdout.toString('utf8').split('\0')
  const digests = paths.map((path, index) => {
    const [digest = '', name] = lines[index]?.split(/ [ *](.*)/s) ?? []
    if (name !== path || !/^[0-9a-f]{128}$/.test(digest)) {
      throw new HardenError('build', 'TOOL_FAILED', `sha512sum gives no digest of ${basename(path)}`)
    }
    return [path, digest] as const
  })
  return new Map(digests)
}
