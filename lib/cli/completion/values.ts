import { componentTypes, releases } from '../../controls/control.ts'
import type { Flag, Verb } from '../verb-tree.ts'

/** What may stand in the place of a value. */
export type Value =
  | { kind: 'words'; words: readonly string[]; several: boolean }
  | { kind: 'files' }
  | { kind: 'directories' }
  | { kind: 'text' }

const engines = ['kas-container', 'kas', 'mmdebstrap']

/** By the name help gives a value. Every name there is stands here, so that a new option is thought of. */
const byName: Readonly<Record<string, Value>> = {
  level: words(['1', '2', '3', '4']),
  type: words(componentTypes, true),
  codename: words(releases),
  set: words(['cip']),
  year: words(['2019']),
  mode: words(['true', 'mode=min', 'mode=max']),
  shell: words(['bash', 'zsh', 'fish']),
  a: { kind: 'files' },
  b: { kind: 'files' },
  chain: { kind: 'files' },
  file: { kind: 'files' },
  files: { kind: 'files' },
  image: { kind: 'files' },
  directory: { kind: 'directories' },
  folder: { kind: 'directories' },
  args: { kind: 'text' },
  bitbake: { kind: 'text' },
  hash: { kind: 'text' },
  name: { kind: 'text' },
  names: { kind: 'text' },
  percent: { kind: 'text' },
  recipe: { kind: 'text' },
  requirement: { kind: 'text' },
  text: { kind: 'text' },
  uri: { kind: 'text' },
  url: { kind: 'text' },
  version: { kind: 'text' }
}

function words(list: readonly string[], several = false): Value {
  return { kind: 'words', words: list, several }
}

/** What an option takes; undefined for a switch. */
export function valueOf(flag: Flag): Value | undefined {
  if (flag.value === undefined) return undefined
  if (flag.choices) return words(flag.choices)
  return flag.long === '--engine' ? words(engines) : valueNamed(flag.value)
}

/** What stands behind a name of help: `<file>`. Names nobody listed are plain text. */
export function valueNamed(name: string): Value {
  return byName[name] ?? { kind: 'text' }
}

/** Names of values that stand in no list above; a test keeps this empty. */
export function unknownNames(verbs: readonly Verb[]): readonly string[] {
  const names = verbs.flatMap((verb) => [
    ...verb.arguments.map(({ name }) => name),
    ...verb.options.flatMap(({ value, choices }) => (value === undefined || choices ? [] : value))
  ])
  return [...new Set(names)].filter((name) => byName[name] === undefined)
}
