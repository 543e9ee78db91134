import type { Finding } from '../base/finding.ts'
import { nearest } from '../config/suggest.ts'
import type { Check } from './check.ts'
import type { ControlParameter } from './control.ts'
import { variableOf } from './control.ts'
import { placeholder } from './placeholders.ts'
import type { ParameterValues } from './target.ts'

type Value = string | number | readonly string[]

/** Values of the parameters that could be resolved, and what is wrong with the rest. */
export interface ResolvedParameters {
  values: ParameterValues
  findings: readonly Finding[]
}

/**
 * Gives every parameter its value: the user's where it is valid, else the
 * default. A required parameter without a value, a value of another type, out
 * of bounds or against its pattern is an error finding and has no value.
 * @param given the user's values by name; numbers may be written as text (bitbake knows nothing else).
 * @param known names of all parameters there are; a given name that is none of them is an error, one that
 *   is not needed by this profile is not. Default: the names of `parameters`.
 * @param placeOf where a value stands, for the findings.
 */
export function resolveParameters(
  parameters: readonly ControlParameter[],
  given: Readonly<Record<string, unknown>> = {},
  known: readonly string[] = parameters.map(({ name }) => name),
  placeOf: (name: string) => Pick<Finding, 'path' | 'range'> = () => ({})
): ResolvedParameters {
  const values: Record<string, Value> = {}
  const findings: Finding[] = []
  for (const parameter of parameters) {
    const { name } = parameter
    const own = Object.hasOwn(given, name) ? given[name] : undefined
    const wanted = own ?? parameter.default
    if (wanted === undefined) {
      const message = `The parameter '${name}' (${parameter.title}) has no value`
      findings.push({ ...error('PARAMETER_REQUIRED', message, parameter), ...placeOf(name) })
      continue
    }
    const read = readValue(parameter, wanted)
    if ('problem' in read) {
      const message = `The parameter '${name}' (${parameter.title}) ${read.problem}`
      findings.push({ ...error('PARAMETER_INVALID', message, parameter), ...placeOf(name) })
    } else {
      values[name] = read.value
    }
  }
  const all = new Set([...known, ...parameters.map(({ name }) => name)])
  for (const name of Object.keys(given)) {
    if (all.has(name)) continue
    const meant = nearest(name, [...all])
    const hint = `${meant === undefined ? '' : `Did you mean '${meant}'? `}docs/controls.md has every parameter, \`kas-harden plan\` those of the target.`
    findings.push({
      code: 'PARAMETER_UNKNOWN',
      severity: 'error',
      message: `No control has a parameter '${name}'`,
      ...placeOf(name),
      hint
    })
  }
  return { values, findings }
}

/** What a parameter takes, for people: `integer, 3 to 10, seconds`. */
export function describeParameter(parameter: ControlParameter): string {
  const { type, minimum, maximum, unit, pattern } = parameter
  const bounds =
    minimum !== undefined && maximum !== undefined
      ? `${minimum} to ${maximum}`
      : minimum !== undefined
        ? `at least ${minimum}`
        : maximum !== undefined
          ? `at most ${maximum}`
          : undefined
  return [type, bounds, unit, pattern && `form ${pattern}`]
    .filter((part) => part !== undefined && part !== '')
    .join(', ')
}

/**
 * The check with every `${name}` replaced. A string that is nothing but a
 * placeholder becomes the value itself, so a number stays a number. In an
 * array a string with a list parameter becomes one string per element;
 * elsewhere a list is joined by spaces. Inside a regular expression
 * (`matches`, `notMatches`, `op: matches`) values are taken literally.
 * @throws RangeError when a parameter has no value; the caller resolves them first.
 */
export function substitute<T extends Check>(check: T, values: ParameterValues): T {
  const regexKeys = new Set(['matches', 'notMatches'])
  if ('op' in check && (check.op === 'matches' || check.op === 'not-matches')) regexKeys.add('value')
  // The shape stays what the schema says: strings become strings or, where it allows both, numbers.
  return inside(check, values, regexKeys, false) as T
}

function inside(
  value: unknown,
  values: ParameterValues,
  regexKeys: ReadonlySet<string>,
  regex: boolean
): unknown {
  if (typeof value === 'string') return fill(value, values, regex)
  if (Array.isArray(value)) {
    return value.flatMap((element: unknown) =>
      typeof element === 'string'
        ? fillEach(element, values, regex)
        : [inside(element, values, regexKeys, regex)]
    )
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        inside(inner, values, regexKeys, regex || regexKeys.has(key))
      ])
    )
  }
  return value
}

function fillEach(text: string, values: ParameterValues, regex: boolean): (string | number)[] {
  const list = [...text.matchAll(placeholder)]
    .map((match) => match[1] ?? '')
    .find((name) => Array.isArray(values[name]))
  if (list === undefined) return [fill(text, values, regex)]
  return (values[list] as readonly string[]).flatMap((element) =>
    fillEach(text, { ...values, [list]: element }, regex)
  )
}

function fill(text: string, values: ParameterValues, regex: boolean): string | number {
  const whole = /^\$\{([^{}]*)\}$/.exec(text)
  if (whole && !regex) {
    const value = valueOf(whole[1] ?? '', values)
    return typeof value === 'object' ? value.join(' ') : value
  }
  return text.replace(placeholder, (_, name: string) => {
    const value = valueOf(name, values)
    const written = typeof value === 'object' ? value.join(' ') : String(value)
    return regex ? written.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&') : written
  })
}

function valueOf(name: string, values: ParameterValues): Value {
  const value = Object.hasOwn(values, name) ? values[name] : undefined
  if (value === undefined) throw new RangeError(`The parameter '${name}' has no value`)
  return value
}

function error(code: string, message: string, parameter: ControlParameter): Finding {
  return {
    code,
    severity: 'error',
    message,
    hint: `Set parameters: { ${parameter.name}: … } in kas-harden.yml (${describeParameter(parameter)}; bitbake variable ${variableOf(parameter.name)}).`
  }
}

function readValue(parameter: ControlParameter, wanted: unknown): { value: Value } | { problem: string } {
  const shown = JSON.stringify(wanted)
  switch (parameter.type) {
    case 'integer': {
      const number =
        typeof wanted === 'string' && /^-?\d{1,15}$/.test(wanted.trim()) ? Number(wanted) : wanted
      if (typeof number !== 'number' || !Number.isSafeInteger(number))
        return { problem: `is ${shown}, not a whole number` }
      return bounded(parameter, number) ?? { value: number }
    }
    case 'percent': {
      const match = typeof wanted === 'string' ? /^(\d{1,3})%$/.exec(wanted.trim()) : null
      if (!match) return { problem: `is ${shown}, not a percentage such as 25%` }
      return (
        bounded({ ...parameter, maximum: parameter.maximum ?? 100 }, Number(match[1])) ?? { value: match[0] }
      )
    }
    case 'size': {
      const text = typeof wanted === 'number' ? String(wanted) : wanted
      if (typeof text !== 'string' || !/^[1-9]\d{0,14}[KMGT]?$/.test(text.trim())) {
        return { problem: `is ${shown}, not a size such as 200M` }
      }
      return { value: text.trim() }
    }
    case 'list': {
      const elements = typeof wanted === 'string' ? wanted.split(/\s+/).filter((part) => part !== '') : wanted
      if (!Array.isArray(elements) || !elements.every((part) => typeof part === 'string')) {
        return { problem: `is ${shown}, not a list of texts` }
      }
      if (elements.length === 0) return { problem: 'is an empty list' }
      for (const element of elements) {
        // The list is handed on separated by spaces.
        if (/\s/.test(element))
          return { problem: `has the element ${JSON.stringify(element)} with a space in it` }
        const bad = unfit(parameter, element)
        if (bad) return bad
      }
      return { value: elements }
    }
    case 'string': {
      if (typeof wanted !== 'string') return { problem: `is ${shown}, not a text` }
      return unfit(parameter, wanted) ?? { value: wanted }
    }
  }
}

function bounded(parameter: ControlParameter, value: number): { problem: string } | undefined {
  const { minimum, maximum } = parameter
  if (minimum !== undefined && value < minimum)
    return { problem: `is ${value}, below its minimum ${minimum}` }
  if (maximum !== undefined && value > maximum)
    return { problem: `is ${value}, above its maximum ${maximum}` }
  return undefined
}

/** Values end up in configuration files line by line, so no control character may pass. */
function unfit(parameter: ControlParameter, text: string): { problem: string } | undefined {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(text)) return { problem: 'contains a control character or a line break' }
  if (parameter.pattern !== undefined && !new RegExp(`^(?:${parameter.pattern})$`, 'u').test(text)) {
    return { problem: `is ${JSON.stringify(text)}, which has not the form ${parameter.pattern}` }
  }
  return undefined
}
