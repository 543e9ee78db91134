import type { Finding } from '../base/finding.ts'

/** A line of isar's `.manifest`: `audit|1:3.0.9-1|auditd:amd64|1:3.0.9-1`. */
interface ManifestPackage {
  name: string
  version: string
  architecture: string
  source: { name: string; version: string }
  /** 1-based. */
  line: number
}

/** What a manifest lists, and the lines that are none. */
export interface Manifest {
  /**
   * In the order of the file. isar writes removed packages whose configuration stayed as well,
   * so this is no proof that a package is installed.
   */
  packages: readonly ManifestPackage[]
  findings: readonly Finding[]
}

const maxLines = 200_000

/** Whether the first line of a text has the form of isar's manifest. */
export function looksLikeManifest(text: string): boolean {
  return parseLine(text.split('\n', 1)[0] ?? '', 1) !== undefined
}

/** Reads the `.manifest` that isar deploys beside an image (`rootfs_generate_manifest`). */
export function parseManifest(text: string, path?: string): Manifest {
  const packages: ManifestPackage[] = []
  const findings: Finding[] = []
  const lines = text.split('\n', maxLines + 1)
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    const range = { line: index + 1, column: 1 }
    if (index >= maxLines || findings.length >= 100) {
      const message = 'Too many lines or too many that are no manifest lines; the rest is not read.'
      findings.push({ code: 'MANIFEST_TOO_LONG', severity: 'error', message, path, range })
      break
    }
    const parsed = parseLine(line, index + 1)
    if (parsed) packages.push(parsed)
    else {
      const message = 'Expected source|source version|package:architecture|version.'
      findings.push({ code: 'MANIFEST_SYNTAX', severity: 'warning', message, path, range })
    }
  }
  return { packages, findings }
}

function parseLine(line: string, number: number): ManifestPackage | undefined {
  const parts = line.trimEnd().split('|')
  const [source = '', sourceVersion = '', binary = '', version = ''] = parts
  const match = /^([A-Za-z0-9][A-Za-z0-9+.-]*):([a-z0-9-]+)$/.exec(binary)
  if (parts.length !== 4 || !match || source === '' || version === '') return undefined
  const [, name = '', architecture = ''] = match
  return { name, version, architecture, source: { name: source, version: sourceVersion }, line: number }
}
