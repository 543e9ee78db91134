/** What a plain (unquoted) scalar means to PyYAML's SafeLoader. */
export type PlainScalar =
  | { kind: 'null' }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'number'; value: number }
  | { kind: 'string' }
  /** A date: PyYAML makes a datetime of it, which kas then refuses or cannot print. */
  | { kind: 'timestamp' }
  /** `=`, `<<` as a value, or a number PyYAML crashes on. */
  | { kind: 'unusable' }

// The implicit resolvers of PyYAML 6 (yaml/resolver.py), which differ from YAML 1.1 as published:
// `y` and `n` stay strings, an exponent needs a dot and a sign.
const boolean = /^(?:(yes|Yes|YES|true|True|TRUE|on|On|ON)|no|No|NO|false|False|FALSE|off|Off|OFF)$/
const integer =
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/
const float =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const timestamp =
  /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$/

/** Reads a plain scalar as PyYAML's SafeLoader does (kas loads its files with it). */
export function resolvePlainScalar(text: string): PlainScalar {
  if (/^(?:~|null|Null|NULL|)$/.test(text)) return { kind: 'null' }
  const truth = boolean.exec(text)
  if (truth) return { kind: 'boolean', value: truth[1] !== undefined }
  if (integer.test(text)) return number(integerValue(text))
  if (float.test(text)) return { kind: 'number', value: floatValue(text) }
  if (timestamp.test(text)) return { kind: 'timestamp' }
  if (text === '=' || text === '<<') return { kind: 'unusable' }
  return { kind: 'string' }
}

function number(value: number): PlainScalar {
  return Number.isNaN(value) ? { kind: 'unusable' } : { kind: 'number', value }
}

function integerValue(text: string): number {
  const { sign, digits } = signed(text)
  if (digits === '0') return 0
  if (/^0[bx]$/.test(digits)) return Number.NaN // `0b_`: int('', 2) raises
  if (/^0[bx]/.test(digits)) return sign * Number(digits)
  if (digits.startsWith('0')) return sign * Number.parseInt(digits, 8)
  return sign * sexagesimal(digits)
}

function floatValue(text: string): number {
  const { sign, digits } = signed(text.toLowerCase())
  if (digits === '.inf') return sign * Number.POSITIVE_INFINITY
  if (digits === '.nan') return Number.NaN
  return sign * sexagesimal(digits)
}

function signed(text: string): { sign: number; digits: string } {
  const plain = text.replaceAll('_', '')
  const sign = plain.startsWith('-') ? -1 : 1
  return { sign, digits: /^[-+]/.test(plain) ? plain.slice(1) : plain }
}

/** `1:30` is 90: YAML 1.1 knows base 60. */
function sexagesimal(digits: string): number {
  return digits.split(':').reduce((value, part) => value * 60 + Number(part), 0)
}
