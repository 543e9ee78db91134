import type { Line } from './lines.ts'

/** The four kinds of PAM work. */
export const facilities = ['auth', 'account', 'password', 'session'] as const
export type Facility = (typeof facilities)[number]

/** What a line does with a module's answer: an action, or how many lines to skip. */
export type PamAction = 'ignore' | 'ok' | 'done' | 'bad' | 'die' | 'reset' | number

/** What a module answers, as far as we tell them apart. */
export type PamAnswer = 'success' | 'new_authtok_reqd' | 'ignore' | 'auth_err'

/** One line of pam.d(5). */
export interface PamLine extends Line {
  facility: Facility
  /** As written: `required`, `[success=1 default=ignore]`, `include`. */
  control: string
  /** Base name of the module. */
  module: string
  /** As written: a module's path, or what include and substack name. */
  file: string
  arguments: readonly string[]
}

const simple: Readonly<Record<string, Readonly<Record<string, PamAction>>>> = {
  required: { success: 'ok', new_authtok_reqd: 'ok', ignore: 'ignore', default: 'bad' },
  requisite: { success: 'ok', new_authtok_reqd: 'ok', ignore: 'ignore', default: 'die' },
  sufficient: { success: 'done', new_authtok_reqd: 'done', default: 'ignore' },
  optional: { success: 'ok', new_authtok_reqd: 'ok', default: 'ignore' }
}

/** Actions by answer of a control field; undefined when libpam would refuse it. */
export function controlActions(control: string): Readonly<Record<string, PamAction>> | undefined {
  if (!control.startsWith('[')) return simple[control.toLowerCase()]
  const actions: Record<string, PamAction> = {}
  for (const [, answer, action] of control.slice(1, -1).matchAll(/([a-z_]+)\s*=\s*(\w+)/gi)) {
    const word = (action ?? '').toLowerCase()
    const known = (['ignore', 'ok', 'done', 'bad', 'die', 'reset'] as const).find((one) => one === word)
    const jump = /^\d{1,6}$/.test(word) ? Number(word) : undefined
    const value = known ?? jump
    if (value === undefined) return undefined
    actions[(answer ?? '').toLowerCase()] = value === 0 ? 'ignore' : value
  }
  return actions
}

/**
 * Splits a joined line of a file in pam.d: facility (a leading `-` is dropped), control, module, arguments;
 * `[...]` keeps blanks together in control and arguments.
 * @returns undefined for what is no such line.
 */
export function parsePamLine(line: Line): PamLine | undefined {
  const words = [...line.text.replace(/#.*$/, '').matchAll(/\[(?:[^\]\\]|\\.)*\]|\S+/g)].map(([word]) => word)
  const [kind = '', control = '', module = '', ...rest] = words
  const facility = facilities.find((one) => one === kind.replace(/^-/, '').toLowerCase())
  if (!facility || module === '') return undefined
  return {
    ...line,
    facility,
    control,
    module: module.slice(module.lastIndexOf('/') + 1),
    file: module,
    arguments: rest.map((word) => (word.startsWith('[') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word))
  }
}
