import { byCodeUnit } from '../../base/text.ts'
import type { Image } from '../../image/image.ts'
import type { CheckContext } from '../check-context.ts'
import { joinContinued, readLines } from './lines.ts'
import type { Line } from './lines.ts'
import { parseDefaults, parseRule, splitOutside } from './sudoers-syntax.ts'
import type { SudoDefault, SudoRule } from './sudoers-syntax.ts'

/** What sudo reads. */
export interface Sudoers {
  defaults: readonly SudoDefault[]
  rules: readonly SudoRule[]
  /** Alias name -> its members, for commands and for who runs them; the kinds have names of their own. */
  aliases: Readonly<Record<'commands' | 'users', ReadonlyMap<string, readonly string[]>>>
  /** Files sudo refuses because of owner or mode; their lines are not in force. */
  refused: readonly string[]
}

const maxDepth = 128
/** A comment ends its line (toke.l of sudo); `#0` is none. */
const continuation = { hasComment: (text: string) => withoutComment(text) !== text, blanks: true }
const maxFiles = 2000

/**
 * Reads /etc/sudoers with include and includedir in place; in a directory sudo skips names with a dot or a
 * tilde at the end and takes the rest in lexical order. sudo.conf(5) may name another file in its place.
 * Undefined when that file is not there.
 */
export async function readSudoers({ image }: CheckContext): Promise<Sudoers | undefined> {
  const start = await sudoersFile(image)
  if (image.stat(start) === undefined) return undefined
  const result = {
    defaults: [] as SudoDefault[],
    rules: [] as SudoRule[],
    aliases: { commands: new Map<string, readonly string[]>(), users: new Map<string, readonly string[]>() },
    refused: [] as string[]
  }
  let files = 0

  async function readFile(path: string, depth: number): Promise<void> {
    if (depth > maxDepth || ++files > maxFiles)
      throw new RangeError(`${path}: too many includes, sudo refuses them`)
    if (!isTrusted(image, path)) {
      result.refused.push(path)
      return
    }
    for (const raw of joinContinued((await readLines(image, path)) ?? [], '', continuation)) {
      const include = /^\s*[@#](include|includedir)\s+(?:"([^"]*)"|(\S.*?))\s*$/.exec(raw.text)
      if (include) {
        const target = absolute(include[2] ?? (include[3] ?? '').replace(/\\(.)/g, '$1'), path)
        if (include[1] === 'include') await readFile(target, depth + 1)
        else for (const file of directoryFiles(image, target)) await readFile(file, depth + 1)
        continue
      }
      const line = { ...raw, text: withoutComment(raw.text).trim() }
      if (line.text !== '') readLine(line)
    }
  }

  function readLine(line: Line): void {
    const alias = /^(User|Runas|Host|Cmnd|Cmd)_Alias\s+(.*)$/.exec(line.text)
    if (alias) {
      const kind = alias[1] ?? ''
      if (kind === 'Host' || kind === 'Runas') return
      const aliases = result.aliases[kind === 'User' ? 'users' : 'commands']
      for (const definition of splitOutside(alias[2] ?? '', ':')) {
        const match = /^\s*([A-Z][A-Z0-9_]*)\s*\+?=\s*(.*)$/.exec(definition)
        if (match)
          aliases.set(
            match[1] ?? '',
            splitOutside(match[2] ?? '', ',').map((one) => one.trim())
          )
      }
    } else if (/^Defaults(?:[@:!>\s]|$)/.test(line.text)) result.defaults.push(...parseDefaults(line))
    else result.rules.push(...parseRule(line))
  }

  await readFile(start, 0)
  return result
}

/** `Plugin sudoers_policy sudoers.so sudoers_file=PATH`; the first plugin for the policy is the one. */
async function sudoersFile(image: Image): Promise<string> {
  const lines = (await readLines(image, '/etc/sudo.conf')) ?? []
  const plugin = lines.find(({ text }) => /^\s*Plugin\s+(?:sudoers_policy|policy_plugin)\s/.test(text))
  const policy = lines.find(({ text }) => /^\s*Plugin\s+\S*policy\S*\s/.test(text))
  const library = /^\s*Plugin\s+\S+\s+(\S+)/.exec(policy?.text ?? '')?.[1]
  if (library !== undefined && !/^(?:\/usr\/lib\/sudo\/|\/usr\/libexec\/sudo\/)?sudoers\.so$/.test(library))
    throw new RangeError(`sudo asks another plugin than its own (${library} in /etc/sudo.conf)`)
  return /\ssudoers_file=(\S+)/.exec(plugin?.text ?? '')?.[1] ?? '/etc/sudoers'
}

/** sudo takes a file only when root owns it and nobody else may write it (sudoers(5)). */
function isTrusted(image: Image, path: string): boolean {
  const entry = image.stat(path)
  if (!entry) return true // a missing file is an error of its own
  return (
    entry.type === 'file' &&
    entry.uid === 0 &&
    (entry.mode & 0o002) === 0 &&
    ((entry.mode & 0o020) === 0 || entry.gid === 0)
  )
}

function directoryFiles(image: Image, directory: string): readonly string[] {
  return image
    .list(directory)
    .filter((name) => !name.includes('.') && !name.endsWith('~'))
    .filter((name) => image.stat(`${directory}/${name}`)?.type === 'file')
    .sort(byCodeUnit)
    .map((name) => `${directory}/${name}`)
}

function absolute(target: string, from: string): string {
  return target.startsWith('/')
    ? target.replace(/\/+$/, '')
    : `${from.slice(0, from.lastIndexOf('/'))}/${target.replace(/\/+$/, '')}`
}

/** `#` starts a comment, except before digits (a uid) and inside quotes or behind a backslash. */
function withoutComment(text: string): string {
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '\\') at++
    else if (character === '"') quoted = !quoted
    else if (character === '#' && !quoted && !/^#-?\d/.test(text.slice(at, at + 3))) return text.slice(0, at)
  }
  return text
}
