import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { HardenError } from '../base/errors.ts'
import type { Finding } from '../base/finding.ts'
import type { KasArtefact } from '../build/kas/deploy.ts'
import { compareWithImage } from '../../sbom/compare.ts'

/** The SBOM isar deployed of an image: of its root file system, or of the whole disk (initrd, boot loader). */
export interface IsarSbom {
  path: string
  of: 'root' | 'disk'
}

/** Endings isar gives what it deploys of one image; the SBOM has the name without. */
const endings = /\.(?:wic|ext4|squashfs|erofs|tar|dpkg_status)(?:\.(?:gz|xz|zst|bz2))?$/

/** Largest document that is read; a real one has some 2 MB. */
const maximumSize = 128 * 2 ** 20

/** How isar calls the document of a disk. */
const ofDisk = /\.wic\.cdx\.json$/

/**
 * isar's own SBOM beside an image: `<image>.cdx.json`, else `<image>.wic.cdx.json` (sbom.bbclass, imagetypes_wic.bbclass).
 * Undefined where there is none, or none that debsbom wrote.
 */
export async function findIsarSbom(image: string): Promise<IsarSbom | undefined> {
  const stem = basename(image).replace(endings, '')
  if (stem === basename(image)) return undefined
  for (const ending of ['.cdx.json', '.wic.cdx.json']) {
    const path = join(dirname(image), `${stem}${ending}`)
    if (await isByDebsbom(path)) return { path, of: ofDisk.test(path) ? 'disk' : 'root' }
  }
  return undefined
}

/** The same among what a build deployed; that of the root file system first. */
export async function isarSbomOf(
  image: KasArtefact,
  artefacts: readonly KasArtefact[]
): Promise<IsarSbom | undefined> {
  const own = artefacts.filter((one) => one.kind === 'sbom' && one.name === image.name)
  for (const { path } of [...own].sort((a, b) => a.path.length - b.path.length)) {
    if (await isByDebsbom(path)) return { path, of: ofDisk.test(path) ? 'disk' : 'root' }
  }
  return undefined
}

/** A document of ours, beside the image under the same name, is no second opinion. */
async function isByDebsbom(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  if (!stats?.isFile() || stats.size > maximumSize) return false
  return /"name"\s*:\s*"debsbom"/.test(await readFile(path, 'utf8').catch(() => ''))
}

/**
 * Findings where isar's SBOM and ours, made from the image, name different packages; none when they agree. One that can't
 * be read is a finding too.
 * @param own the text of our document
 */
export async function compareWithIsar(own: string, { path, of }: IsarSbom): Promise<readonly Finding[]> {
  try {
    return compareWithImage(own, await readFile(path, 'utf8'), path, { holdsMore: of === 'disk' })
  } catch (error) {
    if (!(error instanceof HardenError)) throw error
    return [{ code: error.code, severity: 'error', message: error.message, path, hint: error.hint }]
  }
}
