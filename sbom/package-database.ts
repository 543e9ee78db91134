import { HardenError } from '../lib/base/errors.ts'
import type { Finding } from '../lib/base/finding.ts'
import { parseStatus } from '../lib/debian/status.ts'
import type { DpkgPackage } from '../lib/debian/package.ts'
import type { Image } from '../lib/image/image.ts'

/** dpkg's database as an image holds it. */
export interface PackageDatabase {
  /** Every package dpkg knows, removed ones included, sorted by name and architecture. */
  packages: readonly DpkgPackage[]
  findings: readonly Finding[]
}

const statusFile = '/var/lib/dpkg/status'
const statusDirectory = '/var/lib/dpkg/status.d'
/** Bytes of a status file we read at most. */
export const statusLimit = 64 * 1024 * 1024
const stanzaLimit = 1024 * 1024
const maxStatusFiles = 20_000

/** Stanzas of a status file: ten times any device's, and what a document can be made of in a gigabyte of memory. */
const maxStanzas = 50_000

/**
 * Reads `/var/lib/dpkg/status` and, on distroless images, the files of `status.d`.
 * @throws HardenError `IMAGE_WITHOUT_DPKG` (usage) when there is neither or nothing is installed.
 */
export async function readPackageDatabase(image: Image): Promise<PackageDatabase> {
  if (image.format === 'manifest') {
    throw withoutDpkg(image, 'is a manifest, which lists removed packages too and no dependencies')
  }
  const findings: Finding[] = []
  const packages = new Map<string, DpkgPackage>()
  const take = (text: string, path: string, directory: boolean): void => {
    const parsed = parseStatus(text, { path, statusDirectory: directory, limits: { stanzas: maxStanzas } })
    findings.push(...parsed.findings)
    for (const one of parsed.packages) {
      const key = `${one.name}:${one.architecture}`
      // The status file is dpkg's own word; status.d only adds to it.
      if (!packages.has(key)) packages.set(key, one)
    }
  }

  const status = await image.readText(statusFile, statusLimit)
  if (status !== undefined) take(status, statusFile, false)
  await image.look?.([`${statusDirectory}/`])
  const names = image.list(statusDirectory).filter((name) => !name.endsWith('.md5sums'))
  if (names.length > maxStatusFiles) {
    const message = `${image.path} has ${names.length} files in ${statusDirectory}`
    throw new HardenError('usage', 'DPKG_TOO_LARGE', message, { path: image.path })
  }
  for (const name of names) {
    const path = `${statusDirectory}/${name}`
    const text = await image.readText(path, stanzaLimit)
    if (text !== undefined) take(text, path, true)
  }

  if (status === undefined && packages.size === 0) throw withoutDpkg(image, `has no ${statusFile}`)
  const all = [...packages.values()]
  if (!all.some((one) => one.installed))
    throw withoutDpkg(image, 'has a dpkg database without an installed package')
  return { packages: all.sort(byNameAndArchitecture), findings }
}

function withoutDpkg(image: Image, why: string): HardenError {
  return new HardenError('usage', 'IMAGE_WITHOUT_DPKG', `${image.path} ${why}.`, {
    path: image.path,
    hint: "Give a Debian image with its package database, or isar's .dpkg_status beside it."
  })
}

function byNameAndArchitecture(a: DpkgPackage, b: DpkgPackage): number {
  const left = `${a.name}\0${a.architecture}`
  const right = `${b.name}\0${b.architecture}`
  return left < right ? -1 : left > right ? 1 : 0
}
