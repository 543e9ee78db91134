import { createHash } from 'node:crypto'
import type { Image } from '../../image/image.ts'
import type { CheckContext } from '../check-context.ts'
import { readPackages } from './packages.ts'

/** Which file came with which package, and whether it still is as it came. */
export interface PackageFiles {
  /** Packages that say they brought this path and its MD5, by dpkg's own lists. */
  ownersOf(path: string): readonly { package: string; md5: string }[]
  /** The package that brought the file as it stands; undefined when none did or somebody changed it. */
  intactFrom(path: string): Promise<string | undefined>
  /** Whether any package brought a file with this content, wherever it put it (ucf(1) copies such files to /etc). */
  isKnown(path: string): Promise<boolean>
}

const directory = '/var/lib/dpkg/info'
const limit = 16 * 1024 * 1024

/**
 * Reads the MD5 sums dpkg keeps: those of configuration files in its status, those of all others in
 * info/PACKAGE.md5sums (dpkg(1)). Only packages that are unpacked count. MD5 tells a changed file from its original;
 * who forges dpkg's lists as well is not found out by them.
 */
export async function readPackageFiles(context: CheckContext): Promise<PackageFiles> {
  const { image } = context
  const packages = await context.read(readPackages)
  const unpacked = packages.all.filter((one) => one.unpacked)
  const names = new Set(unpacked.map(({ name }) => name))
  const sums = new Map<string, { package: string; md5: string }[]>()
  const add = (path: string, owner: { package: string; md5: string }): void => {
    const known = sums.get(path)
    if (known) known.push(owner)
    else sums.set(path, [owner])
  }
  for (const { name, conffiles } of unpacked) {
    for (const { path, md5 } of conffiles) add(path, { package: name, md5 })
  }
  const lists = image.list(directory).flatMap((file) => {
    const name = /^([^:]+?)(?::[^:]+)?\.md5sums$/.exec(file)?.[1]
    return name !== undefined && names.has(name) ? [{ file, name }] : []
  })
  await Promise.all(
    lists.map(async ({ file, name }) => {
      const text = (await image.readText(`${directory}/${file}`, limit)) ?? ''
      for (const [, md5 = '', path = ''] of text.matchAll(/^([0-9a-f]{32}) {2}(.+)$/gm)) {
        // Programs and configuration, not documentation and translations.
        if (!/^(?:usr\/share\/(?!(?:aide|kas-harden)\/)|usr\/include\/)/.test(path))
          add(`/${path}`, { package: name, md5 })
      }
    })
  )
  const ownersOf = (path: string) => spellings(path).flatMap((one) => sums.get(one) ?? [])
  const digests = new Set([...sums.values()].flatMap((owners) => owners.map(({ md5 }) => md5)))
  const answers = new Map<string, Promise<string | undefined>>()
  const judge = async (path: string): Promise<string | undefined> => {
    const owners = ownersOf(path)
    const data = owners.length === 0 ? undefined : await image.read(path, limit)
    if (!data) return undefined
    const md5 = digestOf(data)
    return owners.find((one) => one.md5 === md5)?.package
  }
  return {
    ownersOf,
    intactFrom(path) {
      const known = answers.get(path) ?? judge(path)
      answers.set(path, known)
      return known
    },
    async isKnown(path) {
      const data = await image.read(path, limit)
      return data !== undefined && digests.has(digestOf(data))
    }
  }
}

function digestOf(data: Buffer): string {
  return createHash('md5').update(data).digest('hex')
}

/** A path as packages from before and after the merge of /usr write it. */
function spellings(path: string): readonly string[] {
  const match = /^(?:\/usr)?(\/(?:bin|sbin|lib[0-9a-z]*)\/.*)$/.exec(path)
  return match ? [`/usr${match[1] ?? ''}`, match[1] ?? ''] : [path]
}

/** The file a path leads to, for asking who brought it. */
export function realPath(image: Image, path: string): string {
  return image.stat(path)?.path ?? path
}
