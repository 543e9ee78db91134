import type { Finding } from '../lib/base/finding.ts'
import { digestOfFile } from '../lib/base/digest.ts'
import { fieldOf, readStanzas } from '../lib/debian/deb822.ts'
import type { DpkgPackage } from '../lib/debian/package.ts'
import { debFileName, findDebFiles } from './deb-files.ts'
import type { DebRecord, SbomOptions } from './options.ts'

/** What is known of the .deb a package was installed from. */
export interface Deployable {
  filename: string
  sha512?: string
  sha256?: string
  /** Where it lies: below the archive's address, or relative to it where none is given. */
  url?: string
  /** Its source's control file, in the same place. */
  sourceUrl?: string
}

/** The .deb of every package. */
export interface Deployables {
  byPackage: ReadonlyMap<DpkgPackage, Deployable>
  findings: readonly Finding[]
}

/**
 * Joins what the options know of .deb files: hashes of the files themselves (`debDirectory`), the archive's index
 * (`packagesFiles`), a lock file (`debs`). dpkg itself keeps no hash of a .deb, so without options there is none.
 * Where two sources differ about SHA-256, neither is written and a finding says so.
 */
export async function readDeployables(
  packages: readonly DpkgPackage[],
  options: SbomOptions
): Promise<Deployables> {
  const findings: Finding[] = []
  const records = collectRecords(options)
  const { debDirectory } = options
  const directories = typeof debDirectory === 'string' ? [debDirectory] : debDirectory
  const files = directories && (await findDebFiles(directories, packages))
  const byPackage = new Map<DpkgPackage, Deployable>()
  for (const one of packages) {
    const known = records.get(key(one)) ?? []
    const file = files?.get(one)
    const deployable: Deployable = { filename: debFileName(one), ...location(one, known, options.archiveUrl) }
    const sums = new Set(known.map((record) => record.sha256).filter((sum) => sum !== undefined))
    if (file !== undefined) sums.add(await digestOfFile(file, 'sha256'))
    if (sums.size > 1) {
      const message = `${debFileName(one)}: its SHA-256 differs between the sources given; no hash is written.`
      findings.push({ code: 'DEB_DIFFERS', severity: 'error', message, path: file })
    } else {
      const [sha256] = sums
      if (sha256 !== undefined) deployable.sha256 = sha256
      if (file !== undefined) deployable.sha512 = await digestOfFile(file, 'sha512')
    }
    byPackage.set(one, deployable)
  }
  return { byPackage, findings: [...findings, ...withoutHash(byPackage, options)] }
}

function collectRecords(options: SbomOptions): Map<string, DebRecord[]> {
  const records = new Map<string, DebRecord[]>()
  const add = (record: DebRecord): void => {
    const list = records.get(key(record))
    if (list) list.push(record)
    else records.set(key(record), [record])
  }
  options.debs?.forEach(add)
  for (const text of options.packagesIndexes ?? []) for (const record of readIndex(text)) add(record)
  return records
}

/** Entries of a `Packages` index of an archive, with a usable hash or path. */
function* readIndex(text: string): Generator<DebRecord> {
  for (const stanza of readStanzas(text, { limits: { text: 256 * 2 ** 20 } })) {
    const [name, version, architecture, sha256, filename] = [
      'Package',
      'Version',
      'Architecture',
      'SHA256',
      'Filename'
    ].map((field) => fieldOf(stanza, field))
    if (name === undefined || version === undefined || architecture === undefined) continue
    yield {
      name,
      version,
      architecture,
      sha256: sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) ? sha256 : undefined,
      filename: filename !== undefined && isPoolPath(filename) ? filename : undefined
    }
  }
}

/** Plain relative paths only: they become part of an address. */
function isPoolPath(path: string): boolean {
  return (
    /^[A-Za-z0-9_][A-Za-z0-9_.+~:%-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.+~:%-]*)+$/.test(path) && path.length < 1000
  )
}

/**
 * Addresses from the index's `Filename`. An archive keeps a source beside its binaries (dak's pool), so the
 * source's .dsc stands in the same directory.
 */
function location(one: DpkgPackage, known: readonly DebRecord[], archiveUrl: string | undefined) {
  const filename = known.find((record) => record.filename !== undefined)?.filename
  if (filename === undefined) return {}
  const base = archiveUrl === undefined ? '' : `${archiveUrl.replace(/\/+$/, '')}/`
  const directory = filename.slice(0, filename.lastIndexOf('/') + 1)
  const version = one.source.version.replace(/^\d+:/, '')
  const dsc = `${one.source.name}_${version}.dsc`
  return {
    url: base + encodePath(filename),
    sourceUrl: isPoolPath(directory + dsc) ? base + encodePath(directory + dsc) : undefined
  }
}

function encodePath(path: string): string {
  return path.replaceAll('%', '%25').replaceAll('+', '%2B').replaceAll(':', '%3A')
}

function key(one: Pick<DebRecord, 'name' | 'version' | 'architecture'>): string {
  return `${one.name}\0${one.version}\0${one.architecture}`
}

function withoutHash(byPackage: ReadonlyMap<DpkgPackage, Deployable>, options: SbomOptions): Finding[] {
  if (
    options.debDirectory === undefined &&
    options.debs === undefined &&
    options.packagesIndexes === undefined
  ) {
    return []
  }
  const wanted = options.debDirectory === undefined ? 'SHA-256' : 'SHA-512'
  const names = [...byPackage]
    .filter(([, one]) => (options.debDirectory === undefined ? one.sha256 : one.sha512) === undefined)
    .map(([one]) => one.name)
  if (names.length === 0) return []
  const shown = names.slice(0, 10).join(', ')
  const message = `${names.length} of ${byPackage.size} packages have no ${wanted}: ${shown}${names.length > 10 ? ', …' : ''}.`
  const hint = 'Give the directory or index these packages were installed from.'
  return [{ code: 'DEB_WITHOUT_HASH', severity: 'warning', message, hint }]
}
