import type { Finding } from '../lib/base/finding.ts'
import { diffSboms } from './diff.ts'

const maxShown = 20

/**
 * Holds an SBOM somebody made of the same image (isar's own `.cdx.json`, by debsbom) against ours, which comes
 * from the image itself: binary packages and their versions. One finding per kind of mismatch, none when they agree;
 * source packages, licences and edges differ by design between tools and are left to `diffSboms`.
 * @throws HardenError `SBOM_UNREADABLE` (usage).
 */
export function compareWithImage(own: string, other: string, path: string): readonly Finding[] {
  const { onlyA, onlyB, versions } = diffSboms(own, other, [undefined, path])
  const kinds: readonly (readonly [what: string, list: readonly string[]])[] = [
    ['installed on the image, but not in it', onlyA.filter(isBinary)],
    ['in it, but not installed on the image', onlyB.filter(isBinary)],
    [
      'of another version (image | document)',
      versions
        .filter(({ component }) => isBinary(component))
        .map(({ component, a, b }) => `${component} ${a} | ${b}`)
    ]
  ]
  return kinds
    .filter(([, list]) => list.length > 0)
    .map(([what, list]) => ({
      code: 'SBOM_DIFFERS_FROM_IMAGE',
      severity: 'error',
      message: `${path} does not describe this image; ${list.length} packages are ${what}: ${list.slice(0, maxShown).join(', ')}${list.length > maxShown ? ', …' : ''}.`,
      path,
      hint: 'Was it made before the image was finished, or of another build? kas-harden sbom diff shows all.'
    }))
}

function isBinary(key: string): boolean {
  return key.startsWith('deb/') && !/:source(?:@|$)/.test(key)
}
