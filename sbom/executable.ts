import type { DpkgPackage } from '../lib/debian/package.ts'
import type { Image } from '../lib/image/image.ts'

const listLimit = 2 ** 20
const maxPaths = 2_000_000

/** Names of files that a loader, the kernel or an interpreter runs whatever their mode: libraries, modules, scripts. */
const code = /(?:\.so(?:\.[0-9.]+)?|\.ko(?:\.xz|\.zst|\.gz)?|\.py|\.pm|\.pl|\.sh|\/vmlinuz-[^/]+)$/

/** Where programs lie: looked at first, so that of an image read on demand most directories are never listed. */
const programs = /^(?:\/usr)?\/s?bin\//

/** How many paths of an undecided package each round looks at: a few decide most, then all. */
const rounds = [4, maxPaths]

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
  let undecided = await readLists(image, packages)
  for (const count of rounds) {
    await image.look?.(
      undecided.flatMap(({ paths }) => paths.slice(0, count)),
      { followLast: false }
    )
    undecided = undecided.filter(({ one, paths }) => {
      const isFound = paths.slice(0, count).some((path) => isRun(image, path))
      const isOver = isFound || paths.length <= count
      if (isOver) answers.set(one, isFound)
      return !isOver
    })
  }
  return answers
}

interface Candidates {
  one: DpkgPackage
  /** Paths of its list, those first that are likely to be run. */
  paths: readonly string[]
}

async function readLists(image: Image, packages: readonly DpkgPackage[]): Promise<Candidates[]> {
  await image.look?.(packages.flatMap(listPaths))
  const lists: Candidates[] = []
  let count = 0
  for (const one of packages) {
    const list = await readList(image, one)
    if (list === undefined) continue
    const paths = list.split('\n').filter((path) => path.startsWith('/'))
    count += paths.length
    if (count > maxPaths) break
    lists.push({ one, paths: likelyFirst(paths) })
  }
  return lists
}

/** dpkg lists a directory before what lies in it: a path that the next one begins with is no file. */
function likelyFirst(paths: readonly string[]): string[] {
  const files = paths.filter((path, index) => paths[index + 1]?.startsWith(`${path}/`) !== true)
  const ranked: [string[], string[], string[]] = [[], [], []]
  for (const path of files) ranked[programs.test(path) ? 0 : code.test(path) ? 1 : 2].push(path)
  return ranked.flat()
}

function listPaths(one: DpkgPackage): readonly string[] {
  const base = `/var/lib/dpkg/info/${one.name}`
  return [`${base}:${one.architecture}.list`, `${base}.list`]
}

async function readList(image: Image, one: DpkgPackage): Promise<string | undefined> {
  for (const path of listPaths(one)) {
    const entry = image.stat(path)
    if (entry?.type === 'file' && entry.size <= listLimit) return image.readText(path, listLimit)
  }
  return undefined
}

function isRun(image: Image, path: string): boolean {
  const entry = image.lstat(path)
  return entry?.type === 'file' && ((entry.mode & 0o111) !== 0 || code.test(path))
}
