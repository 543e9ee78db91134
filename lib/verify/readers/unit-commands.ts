import type { CheckContext } from '../check-context.ts'
import { readBootOrders } from './command-lines.ts'
import { globImage } from './glob.ts'
import { readLines } from './lines.ts'
import { readSystemdConf } from './systemd-conf.ts'
import type { Unit } from './unit-file.ts'

/** Splits the command line of an Exec line (systemd.service(5)): quotes, backslashes; prefixes `@-:+!` kept off. */
export function splitCommand(text: string): readonly string[] {
  const words: string[] = []
  for (const match of text
    .replace(/^[@\-:+!]+/, '')
    .matchAll(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+/g)) {
    words.push(
      match[0].replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_, double, single, escaped) =>
        String(double ?? single ?? escaped ?? '').replace(/\\(.)/g, '$1')
      )
    )
  }
  return words
}

/**
 * Variables a unit's processes start with: those every service gets (DefaultEnvironment=, systemd.setenv= on the kernel
 * command line), of Environment= and the EnvironmentFile= that are in the image.
 */
export async function environmentOf(context: CheckContext, unit: Unit): Promise<ReadonlyMap<string, string>> {
  const { image } = context
  const variables = new Map<string, string>()
  const { words } = await context.read(readBootOrders)
  const given = words.flat().filter((word) => word.startsWith('systemd.setenv='))
  const defaults = await readSystemdConf(context, 'system.conf', 'Manager', 'DefaultEnvironment')
  for (const value of [
    ...defaults.map((one) => one.value),
    ...given.map((word) => word.slice('systemd.setenv='.length))
  ]) {
    for (const word of splitCommand(` ${value}`)) {
      const at = word.indexOf('=')
      if (at > 0) variables.set(word.slice(0, at), word.slice(at + 1))
    }
  }
  for (const { value } of unit.values('Service', 'Environment')) {
    for (const word of splitCommand(value)) {
      const at = word.indexOf('=')
      if (at > 0) variables.set(word.slice(0, at), word.slice(at + 1))
    }
  }
  for (const { value } of unit.values('Service', 'EnvironmentFile')) {
    for (const path of globImage(image, value.replace(/^-/, ''))) {
      const lines = (await readLines(image, path)) ?? []
      for (const [name, assigned] of parseEnvironment(lines.map(({ text }) => text).join('\n')))
        variables.set(name, assigned)
    }
  }
  return variables
}

/** `$NAME` alone becomes as many words as its value has, `${NAME}` is replaced in place (systemd.service(5)). */
export function expandVariables(word: string, environment: ReadonlyMap<string, string>): readonly string[] {
  const alone = /^\$([A-Za-z_]\w*)$/.exec(word)
  if (alone) return splitCommand(` ${environment.get(alone[1] ?? '') ?? ''}`)
  return [word.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => environment.get(name) ?? '')]
}

/**
 * The assignments of an EnvironmentFile= (systemd.exec(5)): a value may go on in the next line behind a backslash or
 * inside quotes, and quoted and bare pieces are put together.
 */
export function parseEnvironment(text: string): readonly (readonly [name: string, value: string])[] {
  const found: (readonly [string, string])[] = []
  let at = 0
  while (at < text.length) {
    const line = /^[^\n]*/.exec(text.slice(at))?.[0] ?? ''
    const match = /^\s*([A-Za-z_]\w*)[ \t]*=[ \t]*/.exec(line)
    if (!match || /^\s*[#;]/.test(line)) {
      at += line.length + 1
      continue
    }
    const { value, end } = readValue(text, at + match[0].length)
    found.push([match[1] ?? '', value])
    at = end + 1
  }
  return found
}

/** One value and where it ends: at the first line end outside quotes that no backslash hides. */
function readValue(text: string, start: number): { value: string; end: number } {
  let value = ''
  let quote = ''
  let kept = 0 // blanks behind this length are left out at the end
  let at = start
  for (; at < text.length; at++) {
    const character = text[at] ?? ''
    if (character === '\\' && quote !== "'") {
      at++
      const next = text[at] ?? ''
      if (next !== '\n') value += quote === '"' && !'"\\`$'.includes(next) ? `\\${next}` : next
      kept = value.length
    } else if (quote === '' && character === '\n') break
    else if (quote === '' && (character === '"' || character === "'")) quote = character
    else if (quote !== '' && character === quote) quote = ''
    else value += character
    if (quote !== '' || !/\s/.test(character)) kept = value.length
  }
  return { value: value.slice(0, kept), end: at }
}
