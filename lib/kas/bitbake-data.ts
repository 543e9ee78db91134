import { HardenError } from '../base/errors.ts'
import { chooseVariant, placesOf } from './bitbake-overrides.ts'
import type { Assignment, Origin } from './bitbake-parse.ts'
import type { DataStore, Expansion } from './data-store.ts'

interface Change {
  value: string
  /** Overrides that must all be active, as in `:append:bookworm`. */
  when: readonly string[]
}

interface Entry {
  content?: string
  weak?: string
  append: Change[]
  prepend: Change[]
  remove: Change[]
  flags: Map<string, string>
  weakFlags: Map<string, string>
  origins: Origin[]
  flagOrigins: Map<string, Origin>
}

interface Raw {
  value: string | undefined
  /** Removes of the override variant that won: they apply at the very end. */
  removes: readonly string[]
}

// BitBake takes `:append` as an operation only at the end or before overrides without capitals.
const operation = /^(.*?):(append|prepend|remove)(?::([^A-Z]*))?$/
const reference = /\$\{([a-zA-Z0-9\-_+./~:]+?)\}/g
const inlinePython = /\$\{@(?:\{.*?\}|.)+?\}/s

/** Expansions for one question at most, and characters of a value: a bound against doubling references. */
const maxSteps = 100_000
const maxLength = 1 << 20

/**
 * An empty store. It follows BitBake 2.8 (data_smart.py is the specification its manual describes):
 * values are kept unexpanded; on reading, the override that stands last in OVERRIDES replaces the value,
 * then appends, prepends, expansion, and removes last of all.
 */
export function createDataStore(): DataStore {
  const entries = new Map<string, Entry>()
  /** Base name -> its variants `name:override`. */
  const variants = new Map<string, Map<string, string>>()
  let active: readonly string[] | undefined
  let steps = 0

  function entryOf(name: string): Entry {
    let entry = entries.get(name)
    if (!entry) {
      entry = {
        append: [],
        prepend: [],
        remove: [],
        flags: new Map(),
        weakFlags: new Map(),
        origins: [],
        flagOrigins: new Map()
      }
      entries.set(name, entry)
    }
    return entry
  }

  function noteVariants(name: string): void {
    for (const { base, override } of placesOf(name)) {
      const known = variants.get(base) ?? new Map<string, string>()
      known.set(override, name)
      variants.set(base, known)
    }
  }

  function activeOverrides(): readonly string[] {
    if (active) return active
    // OVERRIDES may itself depend on overrides; BitBake tries five times as well.
    let current: readonly string[] = []
    for (let round = 0; round < 5; round++) {
      active = current
      const next = (read('OVERRIDES').value ?? '').split(':')
      if (next.join(':') === current.join(':')) break
      current = next
    }
    active = current
    return current
  }

  function chosenVariant(name: string): string | undefined {
    const known = variants.get(name)
    return known && chooseVariant(known, activeOverrides())
  }

  function raw(name: string, trail: readonly string[]): Raw {
    const entry = entries.get(name)
    const chosen = chosenVariant(name)
    let value: string | undefined
    let removes: readonly string[] = []
    if (chosen !== undefined) {
      const variant = raw(chosen, trail)
      value = variant.value
      // Of the removes of a variant only those go on that took a word from the variant itself.
      const words = value === undefined ? [] : wordsOf(expand(value, trail).value)
      removes = variant.removes.filter((one) =>
        wordsOf(expand(one, trail).value).some((word) => words.includes(word))
      )
    }
    value ??= entry?.content ?? entry?.weak
    if (!entry) return { value, removes }
    const applies = ({ when }: Change) =>
      when.length === 0 || when.every((one) => activeOverrides().includes(one))
    for (const change of entry.append.filter(applies)) value = (value ?? '') + change.value
    for (const change of entry.prepend.filter(applies)) value = change.value + (value ?? '')
    return { value, removes: [...removes, ...entry.remove.filter(applies).map((change) => change.value)] }
  }

  function expand(text: string, trail: readonly string[]): Expansion & { value: string } {
    const unset = new Set<string>()
    const python = new Set<string>()
    let circle: readonly string[] | undefined
    let value = text
    if (++steps > maxSteps) throw tooLarge(trail)
    for (let before = ''; before !== value;) {
      before = value
      if (value.length > maxLength) throw tooLarge(trail)
      value = value.replaceAll(reference, (whole, name: string) => {
        if (trail.includes(name)) {
          circle ??= [...trail, name]
          return whole
        }
        const inner = readIn(name, trail)
        inner.unset.forEach((one) => unset.add(one))
        inner.python.forEach((one) => python.add(one))
        circle ??= inner.circle
        if (inner.value === undefined) unset.add(name)
        return inner.value ?? whole
      })
    }
    const code = inlinePython.exec(value)?.[0]
    if (code !== undefined) python.add(code)
    return { value, unset: [...unset], python: [...python], circle }
  }

  function readIn(name: string, trail: readonly string[]): Expansion {
    const { value, removes } = raw(name, [...trail, name])
    if (value === undefined) return { value: undefined, unset: [], python: [], circle: undefined }
    const inner = [...trail, name]
    const expanded = expand(value, inner)
    if (removes.length === 0) return expanded
    const unwanted = removes.map((one) => expand(one, inner))
    const words = new Set(unwanted.flatMap((one) => wordsOf(one.value)))
    // BitBake splits at single blanks and keeps them, so the blanks around a removed word stay.
    const kept = expanded.value.split(/(\s)/).filter((word) => !words.has(word))
    return {
      value: kept.join(''),
      unset: [...new Set([expanded, ...unwanted].flatMap((one) => one.unset))],
      python: [...new Set([expanded, ...unwanted].flatMap((one) => one.python))],
      circle: [expanded, ...unwanted].find((one) => one.circle)?.circle
    }
  }

  function read(name: string): Expansion {
    steps = 0
    return readIn(name, [])
  }

  function assign({ name, flag, operator, value, origin }: Assignment): void {
    active = undefined
    const change = flag === undefined ? operation.exec(name) : null
    if (change) {
      changeLater(change, operator, value, origin)
      return
    }
    const entry = entryOf(name)
    const before = flag === undefined ? entry.content : entry.flags.get(flag)
    if (operator === '??=') {
      if (flag === undefined) entry.weak = value
      else entry.weakFlags.set(flag, value)
    } else {
      const next = combined(operator, before, value)
      if (flag === undefined) entry.content = next
      else entry.flags.set(flag, next)
    }
    if (flag === undefined) {
      entry.origins.push(origin)
      noteVariants(name)
    } else if (operator !== '?=' || before === undefined) {
      entry.flagOrigins.set(flag, origin)
    }
  }

  /** `A:append = "x"`: kept aside and applied on reading. */
  function changeLater(
    match: RegExpExecArray,
    operator: Assignment['operator'],
    value: string,
    origin: Origin
  ): void {
    const [, base = '', kind = 'append', overrides] = match
    if (operator === '??=') return // a default of the name `A:append` itself, which nothing ever reads
    const entry = entryOf(base)
    entry[kind as 'append' | 'prepend' | 'remove'].push({
      // `A:append += "x"` works, as `+=` on a variable that was never set: the blank belongs to it.
      value: combined(operator, undefined, value),
      when: overrides === undefined || overrides === '' ? [] : overrides.split(':')
    })
    entry.origins.push(origin)
    noteVariants(base)
  }

  function combined(operator: Assignment['operator'], before: string | undefined, value: string): string {
    switch (operator) {
      case '?=':
        return before ?? value
      case ':=':
        return expand(value, []).value
      case '+=':
        return `${before ?? ''} ${value}`
      case '=+':
        return `${value} ${before ?? ''}`
      case '.=':
        return `${before ?? ''}${value}`
      case '=.':
        return `${value}${before ?? ''}`
      case '=':
      case '??=':
        return value
    }
  }

  return {
    assign,
    preset(name, value, weak = false) {
      active = undefined
      if (weak) entryOf(name).weak = value
      else entryOf(name).content = value
      noteVariants(name)
    },
    names: () => [...new Set([...entries.keys(), ...variants.keys()])],
    read,
    readFlag(name, flag) {
      const entry = entries.get(name)
      const value = entry?.flags.get(flag) ?? entry?.weakFlags.get(flag)
      if (value === undefined) return { value, unset: [], python: [], circle: undefined }
      return expand(value, [])
    },
    flagNames(name) {
      const entry = entries.get(name)
      return entry ? [...new Set([...entry.flags.keys(), ...entry.weakFlags.keys()])] : []
    },
    origins(name) {
      const own = entries.get(name)?.origins ?? []
      const chosen = chosenVariant(name)
      return chosen === undefined ? own : [...own, ...(entries.get(chosen)?.origins ?? [])]
    },
    flagOrigin: (name, flag) => entries.get(name)?.flagOrigins.get(flag)
  }
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

function tooLarge(trail: readonly string[]): HardenError {
  return new HardenError(
    'usage',
    'BITBAKE_TOO_LARGE',
    `The value of ${trail[0] ?? ''} expands without end.`,
    {
      hint: 'Look for variables that refer to each other several times.'
    }
  )
}
