import { keptGroup, maximumKeptBytes } from './kept-files.ts'
import type { ImageEntry } from './image.ts'
import { onDemand } from './on-demand.ts'

/** Bytes fetched by one process at most, unless a single file is larger. */
const bytesPerRun = 64 * 2 ** 20
const filesPerRun = 5000

/** One content: the number by which the reader of a file system knows it, its size, and one of its paths. */
export interface Content {
  number: number
  size: number
  path: string
  /** Group of `keptGroup`, if any of its names lies in one. */
  group: string | undefined
}

/** Every content of a file system once; of several names one that puts it into a group counts. */
export function contentsOf(
  entries: ReadonlyMap<string, ImageEntry>,
  numberOf: (path: string) => number | undefined
): ReadonlyMap<number, Content> {
  const contents = new Map<number, Content>()
  for (const { path, type, size } of entries.values()) {
    const number = numberOf(path)
    if (type !== 'file' || size === 0 || number === undefined) continue
    const group = keptGroup(path, size) ?? contents.get(number)?.group
    contents.set(number, { number, size, path, group })
  }
  return contents
}

/** Cuts a list into runs of bounded size. */
function* runsOf(contents: readonly Content[]): Generator<Content[]> {
  let run: Content[] = []
  let bytes = 0
  for (const content of contents) {
    if (run.length > 0 && (bytes + content.size > bytesPerRun || run.length === filesPerRun)) {
      yield run
      run = []
      bytes = 0
    }
    run.push(content)
    bytes += content.size
  }
  if (run.length > 0) yield run
}

/**
 * Reads contents on demand, many by one process; the first request for a file of a group brings the
 * whole group.
 * @param allContents called when something is asked for that is not in its last answer
 * @param fetchRun fetches contents together; what it can't read is missing from its answer
 */
export function createContentReader(
  allContents: () => ReadonlyMap<number, Content>,
  fetchRun: (run: readonly Content[]) => Promise<ReadonlyMap<number, Buffer>>
): (number: number) => Promise<Buffer | undefined> {
  const kept = new Map<number, Buffer>()
  let keptBytes = 0
  let contents: ReadonlyMap<number, Content> | undefined

  const readTogether = onDemand(async (wanted) => {
    // A table that is read on demand grows.
    if (!contents || [...wanted].some((number) => !contents?.has(number))) contents = allContents()
    const asked = [...wanted]
      .map((number) => contents?.get(number))
      .filter((content) => content !== undefined)
    const groups = new Set(asked.map(({ group }) => group))
    let room = maximumKeptBytes - keptBytes
    const company = [...contents.values()].filter(({ number, size, group }) => {
      if (group === undefined || !groups.has(group) || kept.has(number) || wanted.has(number)) return false
      room -= size
      return room >= 0
    })
    const found = new Map<number, Buffer>()
    for (const run of runsOf([...asked, ...company])) {
      for (const [number, data] of await fetchRun(run)) found.set(number, data)
    }
    for (const [number, data] of found) {
      if (contents.get(number)?.group === undefined || keptBytes + data.length > maximumKeptBytes) continue
      if (!kept.has(number)) keptBytes += data.length
      kept.set(number, data)
    }
    return found
  })

  return async (number) => kept.get(number) ?? (await readTogether(number))
}
