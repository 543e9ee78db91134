import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed, undecided } from '../check-context.ts'
import type { Image } from '../../image/image.ts'
import { globImage } from '../readers/glob.ts'
import { readPackageFiles, realPath } from '../readers/package-files.ts'
import { readPackages } from '../readers/packages.ts'

/** Where a program may lie: Debian 11 need not be merged, and has a part of them below /bin, /sbin and /lib. */
function placesOf(pattern: string, image: Image): readonly string[] {
  const [, unmerged, top] = /^\/usr((\/(?:s?bin|lib))\/.*)$/.exec(pattern) ?? []
  return unmerged && top && image.lstat(top)?.type === 'directory' ? [pattern, unmerged] : [pattern]
}

/**
 * Programs that are still what their package brought. A path no package lists is not judged, as on an image whose
 * packages keep no sums; one that is a link to another program, or was changed, fails.
 */
export async function checkIntact(check: CheckOf<'intact'>, context: CheckContext): Promise<Outcome> {
  const { image } = context
  const packages = await context.read(readPackages)
  if (!packages.known) return undecided(`The packages are not known: ${packages.reason ?? ''}`)
  const files = await context.read(readPackageFiles)
  const parts = await Promise.all(
    check.paths
      .flatMap((pattern) => placesOf(pattern, image))
      .flatMap((pattern) => globImage(image, pattern))
      .map(async (path): Promise<Outcome> => {
        const [owner] = files.ownersOf(path)
        if (!owner) return passed(`${path} is on no list`)
        const target = image.lstat(path)?.type === 'symlink' ? ` (a link to ${realPath(image, path)})` : ''
        const from = await files.intactFrom(path)
        return from === undefined
          ? failed(`${path}${target} is not what ${owner.package} brought`, [{ path }])
          : passed(`${path} is that of ${from}`, [{ path }])
      })
  )
  return combined(parts, `${parts.length} programs are those of their packages`)
}
