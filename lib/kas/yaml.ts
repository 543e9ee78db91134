import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  Scalar,
  type YAMLMap
} from 'yaml'
import { HardenError } from '../base/errors.ts'
import type { Finding, Range } from '../base/finding.ts'
import { resolvePlainScalar } from './yaml-scalar.ts'

/** A value of a kas file as Python holds it after `yaml.safe_load`. */
export type KasValue = null | boolean | number | string | readonly KasValue[] | KasMapping

/** A dictionary of a kas file. Read it with `Object.hasOwn` or `member`: keys are the user's. */
export interface KasMapping {
  readonly [key: string]: KasValue
}

/** Keys and list positions from the top of a file down. */
export type ValuePath = readonly (string | number)[]

/** A parsed file that still knows where everything stands. */
export interface YamlDocument {
  readonly source: string
  readonly value: KasValue
  readonly findings: readonly Finding[]
  /** Where the value at `path` stands; undefined when there is none. */
  locate(path: ValuePath): Range | undefined
  /** 1-based source line of line `index` (0-based) of the text at `path`. */
  lineOf(path: ValuePath, index: number): number
}

/** Nodes of one file at most, aliases expanded: a bound against hostile or broken files. */
const maxNodes = 200_000

/** The value of an own key, or undefined. */
export function member(value: KasValue | undefined, key: string): KasValue | undefined {
  return isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

/** Whether a value is a dictionary. */
export function isMapping(value: KasValue | undefined): value is KasMapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Parses a YAML file as kas does, which is PyYAML's SafeLoader (YAML 1.1): `y` and `n` are strings,
 * `0755` is octal, `1e3` a string, of two equal keys the later wins (a warning here).
 * @throws HardenError `KAS_YAML` (usage) with file, line and column where PyYAML fails, too.
 */
export function parseYaml(source: string, path: string): YamlDocument {
  const lines = new LineCounter()
  const rangeOf = (start: number, end: number): Range => {
    const from = lines.linePos(start)
    const to = lines.linePos(Math.max(start, end))
    return {
      line: Math.max(1, from.line),
      column: Math.max(1, from.col),
      endLine: to.line,
      endColumn: to.col
    }
  }
  const fail = (message: string, start: number, end: number, hint?: string): never => {
    const range = rangeOf(start, end)
    throw new HardenError('usage', 'KAS_YAML', `${path}:${range.line}:${range.column}: ${message}`, {
      path,
      hint,
      findings: [{ code: 'KAS_YAML', severity: 'error', message, path, range, hint }]
    })
  }

  const forbidden = /[^\t\n\r\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.exec(source)
  // The schema is 'failsafe' (all scalars are text): what they mean is decided by PyYAML's own rules below.
  const documents = parseAllDocuments(source, {
    version: '1.1',
    schema: 'failsafe',
    uniqueKeys: false,
    keepSourceTokens: true,
    lineCounter: lines
  })
  if (forbidden) fail('a control character is not allowed in YAML', forbidden.index, forbidden.index + 1)
  const all: readonly Document.Parsed[] = 'empty' in documents ? [] : documents
  for (const document of all) {
    const error = document.errors[0]
    if (error) fail(firstLine(error.message), error.pos[0], error.pos[1], 'Correct the YAML at this place.')
  }
  const second = all[1]
  if (second) {
    fail('a kas file holds a single YAML document', second.range[0], second.range[0] + 3, 'Remove the `---`.')
  }
  const document = all[0]
  const root: Node | null = document?.contents ?? null
  const findings: Finding[] = []
  let nodes = 0

  const target = (node: Node | null): Node | null =>
    node && isAlias(node) && document ? (node.resolve(document) ?? node) : node

  function toValue(raw: Node | null): KasValue {
    const node = target(raw)
    if (node === null) return null
    const [start, end] = node.range ?? [0, 0]
    if (++nodes > maxNodes) fail('the file expands to too many nodes', start, end)
    if (isMap(node)) return mapping(node)
    if (isSeq(node)) return node.items.map((item) => toValue(item as Node | null))
    if (isScalar(node)) return scalar(node, start, end)
    return fail('an alias points nowhere', start, end)
  }

  function scalar(node: Scalar, start: number, end: number): KasValue {
    const text = endsWithoutBreak(node, end) ? scalarText(node).replace(/\n$/, '') : scalarText(node)
    // A lone `!` means to PyYAML what no tag means.
    const tag = node.tag === '!' ? undefined : node.tag
    const type = /^(?:tag:yaml\.org,2002:|!!)(str|int|float|bool|null)$/.exec(tag ?? '')?.[1]
    if (tag !== undefined && type === undefined)
      fail(`the tag ${tag} is not known to kas`, start, end, 'Remove it.')
    if (type === 'str' || (tag === undefined && node.type !== Scalar.PLAIN && node.type !== undefined))
      return text
    const meaning = resolvePlainScalar(text)
    if (
      type !== undefined &&
      !(
        meaning.kind === type ||
        (type === 'bool' && meaning.kind === 'boolean') ||
        (/^(?:int|float)$/.test(type) && meaning.kind === 'number')
      )
    ) {
      fail(`'${text}' is no value of the tag ${tag ?? ''}`, start, end, 'Remove the tag.')
    }
    switch (meaning.kind) {
      case 'null':
        return null
      case 'string':
        return text
      case 'boolean':
      case 'number':
        return meaning.value
      case 'timestamp':
        findings.push({
          code: 'KAS_YAML_DATE',
          severity: 'warning',
          message: `PyYAML reads ${text} as a date, where kas expects text`,
          path,
          range: rangeOf(start, end),
          hint: `Quote it: "${text}"`
        })
        return text
      case 'unusable':
        return fail(`PyYAML cannot read the plain value '${text}'`, start, end, `Quote it: "${text}"`)
    }
  }

  /** To PyYAML a block that ends with the file, and the file without a line break, ends without one, too. */
  function endsWithoutBreak(node: Scalar, end: number): boolean {
    const block = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED
    return block && end >= source.length && /\S[^\S\n]*$/.test(source)
  }

  function keyText(key: Node | null): string {
    const [start, end] = key?.range ?? [0, 0]
    const value = toValue(key)
    if (typeof value === 'string') return value
    if (typeof value === 'object' && value !== null) return fail('a key must be text', start, end)
    findings.push({
      code: 'KAS_YAML_KEY',
      severity: 'warning',
      message: `the key ${String(value)} is not text for kas`,
      path,
      range: rangeOf(start, end),
      hint: 'Quote the key.'
    })
    return String(value)
  }

  function mapping(node: YAMLMap): KasMapping {
    const merged: [string, KasValue][] = []
    const own = new Map<string, KasValue>()
    for (const pair of node.items) {
      const key = pair.key as Node | null
      const value = pair.value as Node | null
      if (isMergeKey(key)) {
        const from = toValue(value)
        for (const one of Array.isArray(from) ? [...(from as readonly KasValue[])].reverse() : [from]) {
          if (!isMapping(one)) {
            return fail('`<<` wants a dictionary', key?.range?.[0] ?? 0, key?.range?.[1] ?? 0)
          }
          merged.push(...Object.entries(one))
        }
        continue
      }
      const name = keyText(key)
      if (own.has(name)) {
        findings.push({
          code: 'KAS_DUPLICATE_KEY',
          severity: 'warning',
          message: `the key '${name}' stands here a second time; kas takes the last one and drops the other`,
          path,
          range: rangeOf(key?.range?.[0] ?? 0, key?.range?.[1] ?? 0),
          hint: 'Join the two, or rename one.'
        })
      }
      own.set(name, toValue(value))
    }
    return Object.fromEntries([...merged, ...own])
  }

  function find(valuePath: ValuePath): Node | null | undefined {
    let node = target(root)
    for (const step of valuePath) {
      if (isMap(node)) node = childOf(node, String(step))
      else if (isSeq(node)) node = target((node.items[Number(step)] as Node | undefined) ?? null)
      else return undefined
      if (node === null) return undefined
    }
    return node
  }

  function childOf(node: YAMLMap, name: string): Node | null {
    const pair = node.items.findLast((item) => isScalar(item.key) && scalarText(item.key) === name)
    if (pair) return target(pair.value as Node | null)
    for (const item of node.items.filter((one) => isMergeKey(one.key as Node | null))) {
      const from = target(item.value as Node | null)
      for (const one of isSeq(from) ? from.items.map((entry) => target(entry as Node)) : [from]) {
        const found = isMap(one) ? childOf(one, name) : null
        if (found) return found
      }
    }
    return null
  }

  const value = toValue(root)
  return {
    source,
    value,
    findings,
    locate(valuePath) {
      const range = find(valuePath)?.range
      return range ? rangeOf(range[0], range[1]) : undefined
    },
    lineOf(valuePath, index) {
      const node = find(valuePath)
      const start = node?.range ? rangeOf(node.range[0], node.range[1]).line : 1
      // Only in a literal block does every line of the value stand on a line of its own.
      return isScalar(node) && node.type === Scalar.BLOCK_LITERAL ? start + 1 + index : start
    }
  }
}

/** The failsafe schema gives every scalar as text, and no value as an empty one. */
function scalarText(node: Scalar): string {
  return typeof node.value === 'string' ? node.value : ''
}

function isMergeKey(key: Node | null): boolean {
  return isScalar(key) && key.type === Scalar.PLAIN && key.value === '<<'
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '')
}
