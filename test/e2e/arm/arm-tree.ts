import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Io } from '../../../lib/base/io.ts'
import { digestOfFile } from '../../../lib/base/digest.ts'
import { openAptRoot } from '../../../lib/build/apt-root.ts'
import { packageTree } from '../../../lib/build/base-stage.ts'
import { cacheDirectory } from '../../../lib/build/cache.ts'
import { archiveKeyring, machineMirrors } from '../../../lib/build/mirrors.ts'
import { openMmdebstrap } from '../../../lib/build/mmdebstrap.ts'
import { silent } from '../../../lib/build/progress.ts'
import type { BuildRequest } from '../../../lib/build/request.ts'
import { settingsDebs } from '../../../lib/build/settings-debs.ts'
import { settingsStage } from '../../../lib/build/settings-stage.ts'
import { extractTree } from '../../../lib/build/tree.ts'

/** What the engine puts beside the packages of a request, without the kernel: nothing here boots. */
const basePackages = [
  'apt',
  'dbus',
  'init',
  'kmod',
  'libpam-systemd',
  'login',
  'passwd',
  'systemd-sysv',
  'udev'
]

/**
 * The tree of a request with Debian's packages for another architecture, made by the stages of the embedded engine;
 * maintainer scripts run in qemu-user. The settings packages are for all architectures and built here.
 * @param use gets the tree, which is gone afterwards
 */
export async function withArmTree<T>(
  request: BuildRequest,
  architecture: string,
  io: Io,
  use: (tree: string) => Promise<T>
): Promise<T> {
  const mirrors = await machineMirrors(io.exec)
  const mmdebstrap = await openMmdebstrap(io, silent)
  try {
    const cache = cacheDirectory(io.env)
    const keyringDigest = await digestOfFile(archiveKeyring, 'sha256')
    const { release } = request
    const foreign = await openAptRoot(
      join(mmdebstrap.scratch, 'arm'),
      release,
      architecture,
      mirrors,
      io.exec
    )
    const native = await openAptRoot(join(mmdebstrap.scratch, 'apt'), release, 'amd64', mirrors, io.exec)
    const { archiveDigest, transport, newestRelease: epoch } = foreign
    const packages = [...basePackages, ...request.packages]
    const base = await packageTree(
      { kind: 'base', release, architecture, packages, archiveDigest, keyringDigest, epoch },
      { mirrors, transport },
      cache,
      mmdebstrap
    )
    const tree = await extractTree(base.path, 'image', mmdebstrap)
    rmSync(base.path) // half a gigabyte that nobody asks for again
    const debs = await settingsDebs(request, { apt: native, keyringDigest, mirrors, cache }, mmdebstrap, [])
    await settingsStage(
      request,
      tree,
      debs,
      '00000000-0000-0000-0000-000000000000',
      epoch,
      mmdebstrap,
      io.exec
    )
    return await use(tree)
  } finally {
    await mmdebstrap.dispose()
  }
}
