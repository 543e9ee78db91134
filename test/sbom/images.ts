import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { nodeExec } from '../../lib/base/exec.ts'
import type { Image } from '../../lib/image/image.ts'
import { openImage } from '../../lib/image/open-image.ts'
import { generateSbom, type Sbom, type SbomOptions } from '../../sbom/index.ts'

/** os-release as Debian bookworm ships it. */
export const bookworm =
  'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'

/** Writes files below a directory. */
export function writeTree(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
}

/** A stanza of an installed amd64 package; `fields` replace and add. */
export function stanza(name: string, version: string, fields: Readonly<Record<string, string>> = {}): string {
  const all = {
    Package: name,
    Status: 'install ok installed',
    Maintainer: 'Debian Team <team@lists.debian.org>',
    Architecture: 'amd64',
    Version: version,
    Description: `${name} in short\n and at length`,
    ...fields
  }
  const lines = Object.entries(all).map(([key, value]) => `${key}: ${value}\n`)
  return `${lines.join('')}\n`
}

/** Opens an image with the real reader and describes it. */
export async function describe(path: string, options: SbomOptions = {}): Promise<Sbom> {
  const image: Image = await openImage(path, { exec: nodeExec(process.env), env: process.env })
  try {
    return await generateSbom(image, options)
  } finally {
    await image.close()
  }
}

interface Named {
  name: string
  value: string
}

/** The fields of a document the tests look at. */
export interface Document {
  specVersion: string
  serialNumber: string
  metadata: {
    timestamp?: string
    component: { name: string; type: string; version?: string; hashes?: unknown; properties: Named[] }
    manufacturer?: unknown
    supplier?: unknown
  }
  components: {
    type: string
    name: string
    version?: string
    purl?: string
    scope?: string
    description?: string
    supplier?: unknown
    'bom-ref': string
    properties?: Named[]
    externalReferences?: { url: string; type: string }[]
  }[]
  dependencies: { ref: string; dependsOn?: string[] }[]
  compositions: { aggregate: string; dependencies?: string[]; assemblies?: string[] }[]
}

/** The document of an SBOM. */
export function documentOf(sbom: Sbom): Document {
  return JSON.parse(sbom.json) as Document
}

/** What a component depends on, by name and architecture: `libc6:amd64`, `glibc:source`. */
export function dependenciesOf(document: Document, name: string): string[] {
  const short = new Map(document.components.map((one) => [one['bom-ref'], label(one.name, one.purl)]))
  short.set('image', 'image')
  const edges = document.dependencies.find((one) => short.get(one.ref) === name)
  return (edges?.dependsOn ?? []).map((one) => short.get(one) ?? one)
}

function label(name: string, purl: string | undefined): string {
  return `${name}:${/[?&]arch=([^&]*)/.exec(purl ?? '')?.[1] ?? 'os'}`
}
