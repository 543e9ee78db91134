import type { Image } from '../../image/image.ts'
import { globImage } from './glob.ts'
import { readLines } from './lines.ts'
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

/** Variables a unit's processes start with, of Environment= and the EnvironmentFile= that are in the image. */
export async function environmentOf(image: Image, unit: Unit): Promise<ReadonlyMap<string, string>> {
  const variables = new Map<string, string>()
  for (const { value } of unit.values('Service', 'Environment')) {
    for (const word of splitCommand(value)) {
      const at = word.indexOf('=')
      if (at > 0) variables.set(word.slice(0, at), word.slice(at + 1))
    }
  }
  for (const { value } of unit.values('Service', 'EnvironmentFile')) {
    for (const path of globImage(image, value.replace(/^-/, ''))) {
      for (const { text } of (await readLines(image, path)) ?? []) {
        const match = /^\s*([A-Za-z_]\w*)=(.*)$/.exec(text)
        if (match?.[1]) variables.set(match[1], unquote((match[2] ?? '').trim()))
      }
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

function unquote(text: string): string {
  const match = /^"((?:[^"\\]|\\.)*)"|^'([^']*)'/.exec(text)
  if (!match) return text
  return match[2] ?? (match[1] ?? '').replace(/\\(.)/g, '$1')
}
