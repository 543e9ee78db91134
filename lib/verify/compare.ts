import type { Operator } from '../controls/check.ts'

type Scalar = string | number | boolean
type Wanted = Scalar | readonly Scalar[] | undefined

/** How a source writes its values. */
export interface ValueStyle {
  /** Letters of either case are the same. */
  ignoreCase?: boolean
  /** Words that mean yes and no. */
  booleans?: 'yes-no' | 'systemd'
  /** A value that means "no limit" or "switched off" and so satisfies no `<=`, `<`, `>=` or `>`. */
  off?: (value: string) => boolean
  /** The value as a number of the key's unit (seconds, bytes); undefined when it is none. */
  quantity?: (value: string) => number | undefined
}

/** Whether a value answers the check. `set` and `unset` are decided by the caller. */
export function compare(actual: string, op: Operator, wanted: Wanted, style: ValueStyle = {}): boolean {
  const list = wanted === undefined ? [] : typeof wanted === 'object' ? wanted : [wanted]
  const first = list[0] ?? ''
  switch (op) {
    case 'set':
      return true
    case 'unset':
      return false
    case '=':
      return list.some((one) => same(actual, one, style))
    case '!=':
      return !list.some((one) => same(actual, one, style))
    case 'one-of':
      return elements(actual).every((part) => list.some((one) => same(part, one, style)))
    case 'none-of':
      // A `+name` or `^name` of sshd adds to the built-in list, so it is that name all the same.
      return !elements(actual).some((part) => list.some((one) => same(part.replace(/^[+^]/, ''), one, style)))
    case 'contains':
      return list.every(
        (one) => same(actual, one, style) || elements(actual).some((part) => same(part, one, style))
      )
    case 'matches':
      return list.every((one) => new RegExp(String(one), 'mu').test(actual))
    case 'not-matches':
      return !list.some((one) => new RegExp(String(one), 'mu').test(actual))
    default:
      return ordered(actual, op, first, style)
  }
}

function ordered(actual: string, op: '>=' | '<=' | '>' | '<', wanted: Scalar, style: ValueStyle): boolean {
  if (style.off?.(actual)) return false
  const left = numberOf(actual, style)
  const right = numberOf(String(wanted), style)
  if (left === undefined || right === undefined) return false
  // A percentage can't be held against an absolute value.
  if (actual.endsWith('%') !== String(wanted).endsWith('%')) return false
  if (op === '>=') return left >= right
  if (op === '<=') return left <= right
  return op === '>' ? left > right : left < right
}

function same(actual: string, wanted: Scalar, style: ValueStyle): boolean {
  const text = String(wanted)
  if (actual === text) return true
  if (style.ignoreCase && actual.toLowerCase() === text.toLowerCase()) return true
  const left = truth(actual, style)
  if (left !== undefined && left === (typeof wanted === 'boolean' ? wanted : truth(text, style))) return true
  const one = numberOf(actual, style)
  return one !== undefined && one === numberOf(text, style) && actual.endsWith('%') === text.endsWith('%')
}

function truth(text: string, { booleans }: ValueStyle): boolean | undefined {
  const lower = text.toLowerCase()
  if (lower === 'yes' || lower === 'true') return true
  if (lower === 'no' || lower === 'false') return false
  if (booleans !== 'systemd') return undefined
  if (['1', 'y', 't', 'on'].includes(lower)) return true
  return ['0', 'n', 'f', 'off'].includes(lower) ? false : undefined
}

function numberOf(text: string, { quantity }: ValueStyle): number | undefined {
  const own = quantity?.(text)
  if (own !== undefined) return own
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8) // umask and modes, as strtol(3) with base 0
  const match = /^([+-]?\d+(?:\.\d+)?)%?$/.exec(text.trim())
  return match ? Number(match[1]) : undefined
}

/** Elements of a list-valued setting: separated by commas or blanks. */
function elements(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '')
}

/** `<= 5`, `= yes`, `one of a, b`, `a list with a`: the wanted value for a message, behind 'must be'. */
export function describeWanted(op: Operator, wanted: Wanted): string {
  if (op === 'set' || op === 'unset') return op
  const list = wanted === undefined ? '' : typeof wanted === 'object' ? wanted.join(', ') : String(wanted)
  if (op === 'contains') return `a list with ${list}`
  if (op === 'matches') return `of the form ${list}`
  if (op === 'not-matches') return `of another form than ${list}`
  return `${op.replace('-', ' ')} ${list}`
}
