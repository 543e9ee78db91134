import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { HardenError } from '../base/errors.ts'
import { EntryData, type Catalogue, type CatalogueEntry, type EntryKind } from './entry.ts'

/** Editions we carry, and what each must hold: a lost line would silently lower every result. */
const editions: Readonly<
  Record<string, { file: string; singleSource: string; counts: Readonly<Record<EntryKind, number>> }>
> = {
  '2019': {
    file: 'iec62443-4-2.json',
    singleSource: 'single-source.json',
    counts: { CCSC: 4, CR: 73, RE: 49, reference: 15 }
  }
}

/** The editions of IEC 62443-4-2 that `loadCatalogue` knows. */
export const catalogueEditions: readonly string[] = Object.keys(editions)

/**
 * IEC 62443-4-2 as data: 141 lines = 4 CCSC, 122 requirements and enhancements, 15 references.
 * @throws HardenError `CATALOGUE_EDITION_UNKNOWN` (usage) for an edition we don't carry,
 *   `CATALOGUE_BROKEN` (internal) when the data is not whole.
 */
export function loadCatalogue(edition = '2019'): Catalogue {
  const known = Object.hasOwn(editions, edition) ? editions[edition] : undefined
  if (!known) {
    throw new HardenError(
      'usage',
      'CATALOGUE_EDITION_UNKNOWN',
      `There is no edition '${edition}' of IEC 62443-4-2.`,
      {
        hint: `Known editions: ${catalogueEditions.join(', ')}`
      }
    )
  }
  const single = new Set(v.parse(v.array(v.string()), readData(known.singleSource)))
  const lines = v.safeParse(v.array(EntryData), readData(known.file))
  if (!lines.success) broken(`a line has the wrong form: ${v.summarize(lines.issues)}`)
  const entries: CatalogueEntry[] = lines.output.map((line) => ({
    ...line,
    singleSource: single.delete(line.id)
  }))
  const byId = new Map(entries.map((entry) => [entry.id, entry]))

  if (byId.size !== entries.length) broken('an id occurs twice')
  for (const [kind, count] of Object.entries(known.counts)) {
    const found = entries.filter((entry) => entry.kind === kind).length
    if (found !== count) broken(`${found} lines of kind ${kind} instead of ${count}`)
  }
  if (single.size > 0) broken(`single-source rows that do not exist: ${[...single].join(', ')}`)
  for (const entry of entries) checkEntry(entry, byId)
  return { standard: 'IEC 62443-4-2', edition, entries, byId }
}

function checkEntry(entry: CatalogueEntry, byId: ReadonlyMap<string, CatalogueEntry>): void {
  if ((entry.minSL === null) !== (entry.kind === 'reference')) broken(`${entry.id}: level and kind disagree`)
  if ((entry.fr === null) !== (entry.kind === 'CCSC')) broken(`${entry.id}: FR and kind disagree`)
  if ((entry.base !== undefined) !== (entry.kind === 'RE')) broken(`${entry.id}: base and kind disagree`)
  for (const id of [...(entry.base ? [entry.base] : []), ...(entry.delegatesTo ?? [])]) {
    if (!byId.has(id)) broken(`${entry.id} points to ${id}, which does not exist`)
  }
}

/** Reads a file of `data/`, which lies beside this module in `lib/` and in `dist/lib/`. */
export function readData(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./data/${name}`, import.meta.url), 'utf8'))
}

function broken(what: string): never {
  throw new HardenError('internal', 'CATALOGUE_BROKEN', `The catalogue of IEC 62443-4-2 is broken: ${what}`)
}
