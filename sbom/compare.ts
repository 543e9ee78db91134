import type { Finding } from '../lib/base/finding.ts'
import { byCodeUnit } from '../lib/base/text.ts'
import { decoded, qualifier, versionOf } from './diff.ts'
import { readDocument, type ReadDocument } from './read-document.ts'

/** How another SBOM of an image relates to it. */
export interface CompareOptions {
  /** It also describes what lies beside the root file system (isar's `.wic.cdx.json`: initrd, boot loader). */
  holdsMore?: boolean
}

const maxShown = 20

/**
 * Holds an SBOM somebody made of the same image (isar's own `.cdx.json`, by debsbom) against ours, which comes from the
 * image itself: binary packages, their architectures and versions, whatever vendor a tool wrote into the package URL.
 * One finding per kind of mismatch, none when they agree; source packages, licences and edges differ by design between
 * tools and are left to `diffSboms`.
 * @throws HardenError `SBOM_UNREADABLE` (usage).
 */
export function compareWithImage(
  own: string,
  other: string,
  path: string,
  options: CompareOptions = {}
): readonly Finding[] {
  const [ours, theirs] = [binaries(readDocument(own)), binaries(readDocument(other, path))]
  const missing: string[] = []
  const versions: string[] = []
  const more: string[] = []
  for (const [key, installed] of ours) {
    const described = theirs.get(key)
    const wrong = [...installed].filter((version) => !described?.has(version))
    if (!described) missing.push(key)
    else if (wrong.length > 0) versions.push(`${key} ${list(wrong)} | ${list(described)}`)
    else {
      const others = [...described].filter((version) => !installed.has(version))
      more.push(...others.map((version) => `${key} ${version}`))
    }
  }
  more.push(...[...theirs.keys()].filter((key) => !ours.has(key)))
  const { holdsMore = false } = options
  const findings = [
    mismatch(missing, 'installed on the image, but not in it', path),
    mismatch(holdsMore ? [] : more, 'in it, but not installed on the image', path),
    mismatch(versions, 'of another version (image | document)', path)
  ]
  if (holdsMore && more.length > 0) findings.push(besides(more, path))
  return findings.filter((one) => one !== undefined)
}

/** Versions of the binary packages of a document, by name and architecture. */
function binaries(document: ReadDocument): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const one of document.components) {
    const name = /^pkg:deb\/(?:[^/?#@]+\/)?([^/?#@]+)/.exec(one.purl)?.[1]
    const architecture = qualifier(one.purl, 'arch')
    if (name === undefined || architecture === 'source') continue
    const key = `${decoded(name)}${architecture === '' ? '' : `:${architecture}`}`
    found.set(key, (found.get(key) ?? new Set()).add(versionOf(one)))
  }
  return found
}

function list(texts: Iterable<string>): string {
  return [...texts].sort(byCodeUnit).join(', ')
}

function shown(names: readonly string[]): string {
  const sorted = [...names].sort(byCodeUnit)
  return `${sorted.slice(0, maxShown).join(', ')}${names.length > maxShown ? ', …' : ''}`
}

function mismatch(names: readonly string[], what: string, path: string): Finding | undefined {
  if (names.length === 0) return undefined
  const count = names.length === 1 ? '1 package is' : `${names.length} packages are`
  return {
    code: 'SBOM_DIFFERS_FROM_IMAGE',
    severity: 'error',
    message: `${path} does not describe this image; ${count} ${what}: ${shown(names)}.`,
    path,
    hint: 'Was it made before the image was finished, or of another build? kas-harden sbom diff shows all.'
  }
}

function besides(names: readonly string[], path: string): Finding {
  return {
    code: 'SBOM_HOLDS_MORE',
    severity: 'info',
    message: `${path} also names what is not installed in the root file system (initrd, boot loader): ${shown(names)}.`,
    path
  }
}
