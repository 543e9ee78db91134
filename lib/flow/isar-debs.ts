import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Io } from '../base/io.ts'
import { absolutePaths } from '../build/kas/command.ts'
import { buildDirOf } from './kas-build.ts'

/**
 * Where an isar build has the .deb files of its images: what it built itself (`tmp/deploy/isar-apt`), then what it fetched
 * (`DEBDIR`, `deb` in DL_DIR, which is `downloads` of the build unless set). Only directories that are there.
 */
export async function isarDebDirectories(workDir: string, io: Pick<Io, 'env' | 'cwd'>): Promise<string[]> {
  const build = buildDirOf(workDir, io)
  const downloads = absolutePaths(io)['DL_DIR'] ?? join(build, 'downloads')
  const found: string[] = []
  for (const directory of [join(build, 'tmp', 'deploy', 'isar-apt'), join(downloads, 'deb')]) {
    const stats = await stat(directory).catch(() => undefined)
    const names = stats?.isDirectory() ? await readdir(directory).catch(() => []) : []
    if (names.length > 0) found.push(directory)
  }
  return found
}
