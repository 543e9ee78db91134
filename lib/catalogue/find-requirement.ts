import type { Catalogue, CatalogueEntry } from './entry.ts'
import { loadCatalogue } from './load-catalogue.ts'

/** What `findRequirement` found: the entry, or else what was probably meant. */
export interface RequirementMatch {
  entry: CatalogueEntry | undefined
  /** Nearest first, at most five; for a reference the lines that stand in its place. */
  suggestions: readonly CatalogueEntry[]
}

interface Parts {
  prefix: string
  number: string
  enhancement: string
}

/** Finds a requirement however people write it: `cr1.11`, `CR-1.11`, `CR 1.11 RE 1`, `edr 3.14 re(1)`, `1.11`. */
export function findRequirement(text: string, catalogue: Catalogue = loadCatalogue()): RequirementMatch {
  const parts = partsOf(text)
  const id = parts && idOf({ ...parts, prefix: parts.prefix || 'CR' })
  const entry = id === undefined ? undefined : catalogue.byId.get(id)
  if (entry) return { entry, suggestions: delegates(entry, catalogue) }
  return { entry: undefined, suggestions: nearest(text, parts, catalogue) }
}

function partsOf(text: string): Parts | undefined {
  const form =
    /^\s*(CCSC|CR|SAR|EDR|HDR|NDR|SR)?[\s._-]*(\d{1,2}(?:\.\d{1,2})?)(?:[\s._-]*\(?RE[\s._-]*\(?[\s._-]*(\d{1,2})\s*\)*)?\s*$/i
  const found = form.exec(text)
  if (!found) return undefined
  return { prefix: (found[1] ?? '').toUpperCase(), number: found[2] ?? '', enhancement: found[3] ?? '' }
}

function idOf(parts: Parts): string {
  return `${parts.prefix} ${parts.number}${parts.enhancement && ` RE(${parts.enhancement})`}`
}

function delegates(entry: CatalogueEntry, catalogue: Catalogue): CatalogueEntry[] {
  return (entry.delegatesTo ?? []).flatMap((id) => catalogue.byId.get(id) ?? [])
}

function nearest(text: string, parts: Parts | undefined, catalogue: Catalogue): CatalogueEntry[] {
  if (parts) {
    const same = catalogue.entries.filter((entry) => numberOf(entry) === parts.number)
    if (same.length > 0) return same.slice(0, 5)
  }
  const words = text.toLowerCase().match(/[a-z]{3,}/g) ?? []
  const titled = catalogue.entries
    .map((entry) => ({ entry, hits: words.filter((word) => titleOf(entry).includes(word)).length }))
    .filter((one) => one.hits > 0)
    .sort((a, b) => b.hits - a.hits)
  if (titled.length > 0) return titled.slice(0, 5).map((one) => one.entry)

  const wanted = parts ? idOf({ ...parts, prefix: parts.prefix || 'CR' }) : text.trim().toUpperCase()
  return catalogue.entries
    .map((entry) => ({ entry, distance: distanceOf(wanted.slice(0, 40), entry.id) }))
    .filter((one) => one.distance <= 3)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 5)
    .map((one) => one.entry)
}

function numberOf(entry: CatalogueEntry): string | undefined {
  return /\d+(?:\.\d+)?/.exec(entry.id)?.[0]
}

function titleOf(entry: CatalogueEntry): string {
  return entry.title.toLowerCase()
}

/** Edit distance (Levenshtein), for typing errors. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
