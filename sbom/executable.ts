import type { DpkgPackage } from '../lib/debian/package.ts'
import type { Image } from '../lib/image/image.ts'

const listLimit = 2 ** 20
const maxPaths = 2_000_000

/** Names of files that a loader, the kernel or an interpreter runs whatever their mode: libraries, modules, scripts. */
const code = /(?:\.so(?:\.[0-9.]+)?|\.ko(?:\.xz|\.zst|\.gz)?|\.py|\.pm|\.pl|\.sh|\/vmlinuz-[^/]+)$/

/**
 * Which packages put something on the image that is run: a regular file with an execute bit or one of the
 * names above, by dpkg's own lists (`/var/lib/dpkg/info/<package>.list`). A package without a list is not in the answer.
 */
export async function executablePackages(
  image: Image,
  packages: readonly DpkgPackage[]
): Promise<ReadonlyMap<DpkgPackage, boolean>> {
  const answers = new Map<DpkgPackage, boolean>()
  if (!image.hasFiles) return answers
  let paths = 0
  for (const one of packages) {
    const list = await readList(image, one)
    if (list === undefined) continue
    const lines = list.split('\n')
    paths += lines.length
    if (paths > maxPaths) break
    answers.set(
      one,
      lines.some((path) => path.startsWith('/') && isRun(image, path))
    )
  }
  return answers
}

async function readList(image: Image, one: DpkgPackage): Promise<string | undefined> {
  const base = `/var/lib/dpkg/info/${one.name}`
  for (const path of [`${base}:${one.architecture}.list`, `${base}.list`]) {
    const entry = image.stat(path)
    if (entry?.type === 'file' && entry.size <= listLimit) return image.readText(path, listLimit)
  }
  return undefined
}

function isRun(image: Image, path: string): boolean {
  const entry = image.lstat(path)
  return entry?.type === 'file' && ((entry.mode & 0o111) !== 0 || code.test(path))
}
