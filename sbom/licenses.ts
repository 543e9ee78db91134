import { HardenError } from '../lib/base/errors.ts'
import type { Finding } from '../lib/base/finding.ts'
import { licenseOfCopyright, type PackageLicense } from '../lib/debian/copyright/to-spdx.ts'
import type { DpkgPackage } from '../lib/debian/package.ts'
import type { Image } from '../lib/image/image.ts'

/** A package's licence and the file that says so. */
export interface FoundLicense extends PackageLicense {
  /** Inside the image, links followed. */
  path: string
  /** The package whose file this is, when it is another one of the same source. */
  sibling: string | undefined
}

/** The licences of an image's packages. */
export interface Licenses {
  byPackage: ReadonlyMap<DpkgPackage, FoundLicense>
  findings: readonly Finding[]
}

const limit = 2 ** 20

/**
 * Reads the copyright file of every package (Policy 12.5: `/usr/share/doc/<package>/copyright`, the directory
 * perhaps a link to another package's); a package without one has that of another package of the same
 * source and version, which by the same rule describes the whole source. What has neither is reported, not guessed.
 */
export async function readLicenses(image: Image, packages: readonly DpkgPackage[]): Promise<Licenses> {
  const findings: Finding[] = []
  const byPackage = new Map<DpkgPackage, FoundLicense>()
  if (!image.hasFiles) return { byPackage, findings }

  const read = new Map<string, PackageLicense>()
  const missing: DpkgPackage[] = []
  await image.look?.(packages.map(copyrightFile))
  for (const one of packages) {
    const path = image.stat(copyrightFile(one))?.path
    const license = path === undefined ? undefined : await licenseAt(image, path, one, read, findings)
    if (path === undefined || license === undefined) missing.push(one)
    else byPackage.set(one, { ...license, path, sibling: undefined })
  }

  const bySource = new Map<string, DpkgPackage>()
  for (const one of byPackage.keys()) if (!bySource.has(sourceKey(one))) bySource.set(sourceKey(one), one)
  const without: string[] = []
  for (const one of missing) {
    const sibling = bySource.get(sourceKey(one))
    const license = sibling && byPackage.get(sibling)
    if (license) byPackage.set(one, { ...license, sibling: sibling.name })
    else without.push(one.name)
  }
  if (without.length > 0) findings.push(missingFinding(without, packages.length))
  return { byPackage, findings }
}

function copyrightFile(one: DpkgPackage): string {
  return `/usr/share/doc/${one.name}/copyright`
}

async function licenseAt(
  image: Image,
  path: string,
  one: DpkgPackage,
  read: Map<string, PackageLicense>,
  findings: Finding[]
): Promise<PackageLicense | undefined> {
  try {
    const text = await image.readText(path, limit)
    if (text === undefined) return undefined
    // The packages of one source carry the same file, be it linked or copied: it is taken apart once.
    const key = `${one.source.name}\0${text}`
    const license = read.get(key) ?? licenseOfCopyright(text, one.source.name)
    read.set(key, license)
    return license
  } catch (error) {
    if (!(error instanceof HardenError)) throw error
    const message = `The copyright file of ${one.name} can't be used: ${error.message}`
    findings.push({ code: 'LICENSE_UNREADABLE', severity: 'warning', message, path })
    return undefined
  }
}

function sourceKey(one: DpkgPackage): string {
  return `${one.source.name}\0${one.source.version}`
}

function missingFinding(names: readonly string[], all: number): Finding {
  const shown = names.slice(0, 10).join(', ')
  const rest = names.length > 10 ? ` and ${names.length - 10} more` : ''
  return {
    code: 'LICENSE_NOT_FOUND',
    severity: 'info',
    message: `${names.length} of ${all} packages have no copyright file on the image and no licence in the document: ${shown}${rest}.`,
    hint: 'Images built with path-exclude of /usr/share/doc should keep */copyright (Debian Policy 12.5).'
  }
}
