import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import type { Document } from 'yaml'
import * as v from 'valibot'
import type { Finding, Range } from '../base/finding.ts'
import { Control } from './control.ts'

/** A control.yml as text: the control when it is valid, and what is wrong with it. */
export interface ControlFile {
  control?: Control
  findings: readonly Finding[]
  /** Where a value of the file stands, for findings of later steps; `key` points at the name, not the value. */
  rangeOf(path: readonly (string | number)[], key?: boolean): Range | undefined
}

type Place = readonly (string | number)[]

interface Parsed {
  document: Document
  lines: LineCounter
}

/**
 * Reads one control.yml. Nothing is thrown: YAML errors and schema errors
 * come back as findings with file, line and column.
 * @param path what findings call the file.
 * @param data the same file as data, when somebody has parsed it before; the text is then only read for places.
 */
export function readControlFile(text: string, path: string, data?: unknown): ControlFile {
  let parsed: Parsed | undefined
  function parse(): Parsed {
    if (!parsed) {
      const lines = new LineCounter()
      parsed = { document: parseDocument(text, { lineCounter: lines, prettyErrors: false }), lines }
    }
    return parsed
  }
  const rangeOf = (place: Place, key = false) => locate(parse(), place, key)
  if (data !== undefined) return { ...validate(data, path, rangeOf), rangeOf }

  const { document, lines } = parse()
  const broken = document.errors.map((error): Finding => {
    const start = lines.linePos(error.pos[0])
    const range = { line: start.line, column: start.col }
    return {
      code: 'CONTROL_YAML',
      severity: 'error',
      message: `Not valid YAML: ${error.message}`,
      path,
      range
    }
  })
  if (broken.length > 0) return { findings: broken, rangeOf }
  try {
    const raw: unknown = document.toJS({ maxAliasCount: 50 })
    return { ...validate(raw, path, rangeOf), rangeOf }
  } catch {
    // yaml refuses documents whose aliases multiply without end.
    const message = 'Too many YAML aliases'
    return { findings: [{ code: 'CONTROL_YAML', severity: 'error', message, path }], rangeOf }
  }
}

function validate(
  raw: unknown,
  path: string,
  rangeOf: ControlFile['rangeOf']
): Pick<ControlFile, 'control' | 'findings'> {
  const result = v.safeParse(Control, raw)
  if (result.success) return { control: result.output, findings: [] }
  const findings = result.issues.map((issue): Finding => {
    const place = (issue.path ?? []).map((item) =>
      typeof item.key === 'number' ? item.key : String(item.key)
    )
    const unknownKey = issue.type === 'strict_object' && issue.expected === 'never'
    const name = place.length === 0 ? 'the control' : `'${place.join('.')}'`
    return {
      code: 'CONTROL_SCHEMA',
      severity: 'error',
      message: unknownKey
        ? `${name} is no field of a control`
        : `${name}: expected ${issue.expected ?? issue.type}, found ${issue.received}`,
      path,
      range: rangeOf(place, unknownKey),
      hint: 'lib/controls/control.ts and check.ts list every field and its form.'
    }
  })
  return { findings }
}

/** The nearest place the document has for a path: itself, else its closest parent. */
function locate({ document, lines }: Parsed, place: Place, key: boolean): Range | undefined {
  for (let length = place.length; length >= 0; length -= 1) {
    const range = offsets(document, place.slice(0, length), key && length === place.length)
    if (!range) continue
    const start = lines.linePos(range[0])
    const end = lines.linePos(range[1])
    return { line: start.line, column: start.col, endLine: end.line, endColumn: end.col }
  }
  return undefined
}

function offsets(document: Document, place: Place, key: boolean): readonly [number, number] | undefined {
  if (key && place.length > 0) {
    const parent = place.length === 1 ? document.contents : document.getIn(place.slice(0, -1), true)
    const name = place.at(-1)
    const pair = isMap(parent)
      ? parent.items.find((item) => isScalar(item.key) && item.key.value === name)
      : undefined
    return pair && isScalar(pair.key) && pair.key.range ? [pair.key.range[0], pair.key.range[1]] : undefined
  }
  const node = place.length === 0 ? document.contents : document.getIn(place, true)
  return isNode(node) && node.range ? [node.range[0], node.range[1]] : undefined
}
