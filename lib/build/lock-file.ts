import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { HardenError, messageOf } from '../base/errors.ts'
import { byCodeUnit } from '../base/text.ts'
import type { ArchivePackage } from './apt-root.ts'

const LockedPackage = v.strictObject({
  name: v.string(),
  version: v.string(),
  architecture: v.string(),
  /** Hex, of the .deb, from the archive's signed index. */
  sha256: v.string()
})

const LockFile = v.strictObject({
  lockVersion: v.literal(1),
  release: v.string(),
  architecture: v.string(),
  packages: v.array(LockedPackage)
})
/** The Debian packages an image was made from, pinned by version and hash. */
export type LockFile = v.InferOutput<typeof LockFile>

/** @throws HardenError `LOCK_UNREADABLE` (usage). */
export async function readLockFile(path: string): Promise<LockFile> {
  try {
    return v.parse(LockFile, JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    throw new HardenError('usage', 'LOCK_UNREADABLE', `The lock file can't be used: ${messageOf(error)}`, {
      path,
      hint: 'Build once without --locked to write it.',
      cause: error
    })
  }
}

/** The lock file's text, in a stable order. */
export function renderLockFile(lock: LockFile): string {
  const packages = [...lock.packages].sort((a, b) => byCodeUnit(a.name, b.name))
  return JSON.stringify({ ...lock, packages }, null, 2) + '\n'
}

function differs(differences: readonly string[], path: string | undefined): HardenError {
  const more = differences.length > 20 ? `\n… and ${differences.length - 20} more` : ''
  return new HardenError(
    'build',
    'LOCK_DIFFERS',
    `The packages are not those of the lock file:\n${differences.slice(0, 20).join('\n')}${more}`,
    { path, hint: 'Build without --locked to take the new versions and write a new lock file.' }
  )
}

/**
 * Compares the lock file with the archive's index, before anything is built.
 * @param shown the index entries of the locked `name=version` pairs, as far as the archive has them.
 * @throws HardenError `LOCK_DIFFERS` (build) naming packages that are gone or have another hash.
 */
export function requireAvailable(wanted: LockFile, shown: readonly ArchivePackage[], path?: string): void {
  const key = ({ name, version }: { name: string; version: string }) => `${name}=${version}`
  const found = new Map(shown.map((entry) => [key(entry), entry]))
  const differences = wanted.packages.flatMap((entry) => {
    const there = found.get(key(entry))
    if (!there) return [`${entry.name} ${entry.version} is no longer in the archive`]
    return there.sha256 === entry.sha256 ? [] : [`${entry.name} ${entry.version} has another SHA-256 there`]
  })
  if (differences.length > 0) throw differs(differences, path)
}

/**
 * Compares what was installed with what the lock file demands.
 * @throws HardenError `LOCK_DIFFERS` (build) naming the packages.
 */
export function requireLocked(wanted: LockFile, got: LockFile): void {
  const differences: string[] = []
  const found = new Map(got.packages.map((entry) => [entry.name, entry]))
  for (const entry of wanted.packages) {
    const other = found.get(entry.name)
    found.delete(entry.name)
    if (!other) differences.push(`${entry.name} ${entry.version} is missing`)
    else if (other.version !== entry.version)
      differences.push(`${entry.name}: ${other.version} instead of ${entry.version}`)
    else if (other.sha256 !== entry.sha256)
      differences.push(`${entry.name} ${entry.version} has another SHA-256`)
  }
  for (const name of found.keys()) differences.push(`${name} is not in the lock file`)
  if (differences.length > 0) throw differs(differences, undefined)
}
