import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { byCodeUnit } from '../../base/text.ts'
import { isOurLayer } from '../layers.ts'
import type { KasRepo } from '../repos.ts'

/** A text file of a layer. */
export interface LayerFile {
  path: string
  lines: readonly string[]
}

const maxBytes = 256 * 1024
const maxFiles = 20_000

/**
 * The text files of the layers that are on this machine, sorted by path. Links are not followed; other work
 * trees below a layer, build folders and our own folder are left out.
 */
export function layerFiles(repos: readonly KasRepo[]): LayerFile[] {
  const found = new Map<string, LayerFile>()
  const layers = repos.filter((repo) => repo.present).flatMap((repo) => repo.layers)
  for (const layer of layers) if (isLayer(layer) && !isOurLayer(layer)) walk(layer, found)
  return [...found.values()].sort((a, b) => byCodeUnit(a.path, b.path))
}

/** A repo without layers stands for itself, and may be no layer at all, but a folder with kas files. */
function isLayer(path: string): boolean {
  return statSync(join(path, 'conf', 'layer.conf'), { throwIfNoEntry: false })?.isFile() === true
}

const leftOut: readonly string[] = ['build', 'kas-harden', 'node_modules', 'downloads', 'sstate-cache']

function walk(directory: string, found: Map<string, LayerFile>): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) {
      const other = statSync(join(path, '.git'), { throwIfNoEntry: false }) !== undefined
      if (!entry.name.startsWith('.') && !leftOut.includes(entry.name) && !other) walk(path, found)
    } else if (entry.isFile() && found.size < maxFiles && statSync(path).size <= maxBytes) {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('\0')) found.set(path, { path, lines: text.split('\n') })
    }
  }
}
