import { isDeepStrictEqual } from 'node:util'
import { isScalar, type ParsedNode } from 'yaml'
import { HardenError } from '../base/errors.ts'
import {
  applySplice,
  dashOf,
  findIncludes,
  type IncludesPlace,
  lineEnd,
  lineStart,
  linesBehind,
  type Splice,
  wholeLines
} from './edit-splice.ts'
import { isMapping, type KasMapping, type KasValue, member, parseYaml } from './yaml.ts'

/** How a file is named in messages, and whether it is JSON, where every text stands in quotes. */
export interface EditedFile {
  path: string
  json: boolean
}

/**
 * The text of a kas file with `include` as the last of its `header.includes`; the same text when it is there.
 * One contiguous piece of text is inserted and nothing else is touched; the result is parsed again and must
 * differ from the old configuration in this one entry only.
 * @throws HardenError usage `KAS_EDIT_REFUSED` when the file is written in a way that cannot be proven safe.
 */
export function addInclude(source: string, include: string, file: EditedFile): string {
  const before = valueOf(source, file)
  const old = includesIn(before)
  if (old.includes(include)) return source
  const splice = insertion(source, findIncludes(source), include, file)
  const after = applySplice(source, splice)
  if (old.length === 0 && !isMapping(member(before, 'header'))) throw refused(file, 'it has no `header`')
  return proven(after, withIncludes(before, [...old, include]), file)
}

/**
 * The text of a kas file without `include`; the same text when it is not there. What `addInclude` inserted goes
 * as a whole, an `includes:` key of ours too, so that the bytes from before come back.
 * @throws HardenError usage `KAS_EDIT_REFUSED` likewise.
 */
export function removeInclude(source: string, include: string, file: EditedFile): string {
  const before = valueOf(source, file)
  const old = includesIn(before)
  const index = old.indexOf(include)
  if (index === -1) return source
  const rest = old.filter((_, position) => position !== index)
  const candidates = removals(source, findIncludes(source), index, file).map((splice) =>
    applySplice(source, splice)
  )
  const sound = candidates.filter((text) => matches(text, rest, before, file))
  // Several texts can mean the same; the one that `addInclude` turns into this file is the one from before.
  const exact = sound.find((text) => tryAdd(text, include, file) === source)
  const best = exact ?? sound[0]
  if (best === undefined) throw refused(file, 'taking the include out would change more than the include')
  return best
}

function insertion(source: string, place: IncludesPlace, include: string, file: EditedFile): Splice {
  switch (place.kind) {
    case 'unclear':
      throw refused(file, place.reason)
    case 'block': {
      const last = place.list.items.length - 1
      const dash = dashOf(place.list, last)
      const item = place.list.items[last]
      if (dash === undefined || !item) throw refused(file, '`header.includes` is empty')
      const column = dash - lineStart(source, dash)
      return linesBehind(source, lineEnd(source, endOf(item)), [
        `${' '.repeat(column)}- ${written(include, file)}`
      ])
    }
    case 'flow': {
      const last = place.list.items.at(-1)
      const text = written(include, file)
      if (last) return insertAt(endOf(last), `, ${text}`)
      // The blanks tell this from a list of ours (see `removals`).
      return insertAt(place.list.range[0] + 1, ` ${text} `)
    }
    case 'missing': {
      const { header, last } = place
      const end = last.value ? endOf(last.value) : endOf(last.key)
      if (header.flow) {
        const text = `${file.json ? '"includes"' : 'includes'}: [${written(include, file)}]`
        return insertAt(end, `, ${text}`)
      }
      const column = last.key.range[0] - lineStart(source, last.key.range[0])
      const indent = ' '.repeat(column)
      return linesBehind(source, lineEnd(source, end), [
        `${indent}includes:`,
        `${indent}  - ${written(include, file)}`
      ])
    }
  }
}

/** Texts that may be the one from before, the smallest change first. */
function removals(source: string, place: IncludesPlace, index: number, file: EditedFile): Splice[] {
  if (place.kind === 'unclear') throw refused(file, place.reason)
  if (place.kind === 'missing') return []
  const item = place.list.items[index]
  if (!item) return []
  if (place.kind === 'block') {
    const dash = dashOf(place.list, index)
    if (dash === undefined) return []
    const end = lineEnd(source, endOf(item))
    return [wholeLines(source, dash, end), wholeLines(source, place.includes.key.range[0], end)]
  }
  const [start, end] = [item.range[0], endOf(item)]
  const before = place.list.items[index - 1]
  const after = place.list.items[index + 1]
  if (before) return [{ start: endOf(before), end, insert: '' }]
  if (after) return [{ start, end: after.range[0], insert: '' }]
  const pairs = place.header.items
  const previous = pairs[pairs.findIndex((pair) => pair.value === place.list) - 1]
  const list = [
    { start: start - 1, end: end + 1, insert: '' },
    { start, end, insert: '' }
  ].filter((splice) => source.slice(splice.start, splice.end).trim() === source.slice(start, end))
  if (!previous) return list
  const from = previous.value ? endOf(previous.value) : endOf(previous.key)
  return [...list, { start: from, end: place.list.range[1], insert: '' }]
}

/** Behind the last character of a node; a plain scalar's range may reach over blanks, its end does not. */
function endOf(node: ParsedNode): number {
  if (isScalar(node) || node.range[1] === node.range[0]) return node.range[1]
  const last = 'items' in node && !node.flow ? node.items.at(-1) : undefined
  if (last === undefined) return node.range[1]
  const inner = 'key' in last ? (last.value ?? last.key) : last
  return endOf(inner)
}

function written(include: string, { json }: EditedFile): string {
  return !json && /^[A-Za-z][\w-]*\/[\w./-]*$/.test(include) ? include : JSON.stringify(include)
}

function insertAt(offset: number, insert: string): Splice {
  return { start: offset, end: offset, insert }
}

function tryAdd(text: string, include: string, file: EditedFile): string | undefined {
  try {
    return addInclude(text, include, file)
  } catch {
    return undefined
  }
}

function matches(text: string, rest: readonly KasValue[], before: KasMapping, file: EditedFile): boolean {
  try {
    const header = member(valueOf(text, file), 'header')
    // An empty list and no list mean the same to kas.
    const keyed = member(header, 'includes') !== undefined
    if (rest.length === 0 && !keyed)
      return isDeepStrictEqual(valueOf(text, file), withIncludes(before, undefined))
    return isDeepStrictEqual(valueOf(text, file), withIncludes(before, rest))
  } catch {
    return false
  }
}

function proven(text: string, intended: KasMapping, file: EditedFile): string {
  let value: KasMapping
  try {
    value = valueOf(text, file)
  } catch (cause) {
    throw refused(file, 'with the include in it the file could not be parsed any more', cause)
  }
  if (!isDeepStrictEqual(value, intended)) throw refused(file, 'more than the list of includes would change')
  return text
}

function valueOf(source: string, { path, json }: EditedFile): KasMapping {
  const value = json ? (JSON.parse(source) as KasValue) : parseYaml(source, path).value
  if (!isMapping(value)) throw refused({ path, json }, 'it is no dictionary')
  return value
}

function includesIn(value: KasMapping): readonly KasValue[] {
  const includes = member(member(value, 'header'), 'includes')
  return Array.isArray(includes) ? (includes as readonly KasValue[]) : []
}

function withIncludes(value: KasMapping, includes: readonly KasValue[] | undefined): KasMapping {
  const header = member(value, 'header')
  const entries = isMapping(header) ? Object.entries(header).filter(([key]) => key !== 'includes') : []
  return {
    ...value,
    header: Object.fromEntries(includes === undefined ? entries : [...entries, ['includes', includes]])
  }
}

function refused(file: EditedFile, why: string, cause?: unknown): HardenError {
  return new HardenError('usage', 'KAS_EDIT_REFUSED', `${file.path} is not edited: ${why}.`, {
    path: file.path,
    hint: 'Edit `header.includes` by hand, or name the overlay on the command line: first.yml:kas-harden/harden.yml',
    cause
  })
}
