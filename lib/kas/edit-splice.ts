import {
  type CST,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  type ParsedNode,
  type YAMLMap,
  type YAMLSeq
} from 'yaml'

/** A contiguous change of a text: `insert` takes the place of `[start, end)`. */
export interface Splice {
  start: number
  end: number
  insert: string
}

/** `header.includes` as it stands in the text of a kas file, or why nobody should edit it. */
export type IncludesPlace =
  | { kind: 'block'; includes: Pair<ParsedNode, ParsedNode>; list: YAMLSeq.Parsed }
  | { kind: 'flow'; includes: Pair<ParsedNode, ParsedNode>; list: YAMLSeq.Parsed; header: YAMLMap.Parsed }
  | { kind: 'missing'; header: YAMLMap.Parsed; last: Pair<ParsedNode, ParsedNode | null> }
  | { kind: 'unclear'; reason: string }

type AnyPair = Pair<ParsedNode, ParsedNode | null>

/** Finds `header.includes` in the syntax tree; of two equal keys the last, which is the one kas takes. */
export function findIncludes(source: string): IncludesPlace {
  const document = parseDocument(source, {
    version: '1.1',
    schema: 'failsafe',
    uniqueKeys: false,
    keepSourceTokens: true
  })
  if (document.errors.length > 0 || !isMap(document.contents)) {
    return unclear('the file is no YAML dictionary')
  }
  const header = pairOf(document.contents, 'header')?.value
  if (!isMap(header)) return unclear('`header` is no dictionary written out in this file (an alias?)')
  const includes = pairOf(header, 'includes')
  if (!includes) {
    const last = header.flow ? header.items.at(-1) : pairOf(header, 'version')
    return last ? { kind: 'missing', header, last } : unclear('`header` has no `version` of its own')
  }
  if (!isSeq(includes.value)) return unclear('`header.includes` is no list written out in this file')
  const list = includes.value
  const found = { includes: includes as Pair<ParsedNode, ParsedNode>, list }
  return list.flow ? { kind: 'flow', header, ...found } : { kind: 'block', ...found }
}

function unclear(reason: string): IncludesPlace {
  return { kind: 'unclear', reason }
}

function pairOf(map: YAMLMap.Parsed, name: string): AnyPair | undefined {
  return map.items.findLast((pair) => isScalar(pair.key) && pair.key.value === name)
}

/** Where the dash of item `index` of a block list stands. */
export function dashOf(list: YAMLSeq.Parsed, index: number): number | undefined {
  const token = list.srcToken as CST.BlockSequence | undefined
  return token?.items[index]?.start.find((one) => one.type === 'seq-item-ind')?.offset
}

/** Offset of the first character of the line that holds `offset`. */
export function lineStart(source: string, offset: number): number {
  return source.lastIndexOf('\n', offset - 1) + 1
}

/** Offset behind the line break of the line that holds the last character before `offset`. */
export function lineEnd(source: string, offset: number): number {
  if (offset > 0 && source[offset - 1] === '\n') return offset
  const newline = source.indexOf('\n', offset)
  return newline === -1 ? source.length : newline + 1
}

/**
 * Lines to put behind the line that ends at `at`, in the line endings of the file. Behind a last line without a
 * line break they get none either, so that taking them out gives back the old end.
 */
export function linesBehind(source: string, at: number, lines: readonly string[]): Splice {
  const newline =
    /\r\n$/.test(source.slice(0, at)) || (!atBreak(source, at) && /\r\n/.test(source)) ? '\r\n' : '\n'
  const text = lines.join(newline)
  return { start: at, end: at, insert: atBreak(source, at) ? text + newline : newline + text }
}

/** Whole lines from the one of `start` to the one that ends at `end`, with the line break before them at the end of a file without one. */
export function wholeLines(source: string, start: number, end: number): Splice {
  let from = lineStart(source, start)
  if (!atBreak(source, end)) from -= source.slice(0, from).endsWith('\r\n') ? 2 : from > 0 ? 1 : 0
  return { start: from, end, insert: '' }
}

function atBreak(source: string, at: number): boolean {
  return at === 0 || source[at - 1] === '\n'
}

/** The text with the change made. */
export function applySplice(source: string, { start, end, insert }: Splice): string {
  return source.slice(0, start) + insert + source.slice(end)
}
